"""Tables as people's exports look after a spreadsheet, another program or an accident had them."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.samples.linkedin import CONNECTION_COLUMNS

SUBSCRIBER_COLUMNS = ("email", "active_subscription", "expiry", "plan", "email_disabled", "created_at",
                      "first_payment_at")  # fmt: skip
GOOGLE_COLUMNS = ("First Name", "Middle Name", "Last Name", "Name Prefix", "File As", "Organization Name", "Birthday",
                  "Notes", "Photo", "Labels")  # fmt: skip
GOOGLE_NUMBERED = ("E-mail 1 - Label", "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value")


def table(path: Path, columns: Sequence[str], *rows: Iterable[str], delimiter: str = ",") -> Path:
    """A table with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def connections(path: Path, *rows: Iterable[str], delimiter: str = ",") -> Path:
    """LinkedIn's connections."""
    return table(path, CONNECTION_COLUMNS, *rows, delimiter=delimiter)


def connection(name: str, connected_on: str = "15 Mar 2023", **cells: str) -> list[str]:
    """A row of LinkedIn's connections; cells by column, such as `company`."""
    first, _, last = name.partition(" ")
    url = cells.get("url", f"https://www.linkedin.com/in/{name.lower().replace(' ', '-')}")
    return [first, last, url, cells.get("email", ""), cells.get("company", "Acme"), "CTO", connected_on]


def subscribers(path: Path, *rows: Sequence[str], delimiter: str = ",") -> Path:
    """Substack's list; a row may end before the last columns, which then are empty."""
    whole = ([*row, *[""] * (len(SUBSCRIBER_COLUMNS) - len(row))] for row in rows)
    return table(path, SUBSCRIBER_COLUMNS, *whole, delimiter=delimiter)


def google_contacts(path: Path, *rows: dict[str, str]) -> Path:
    """Google's contacts; a row is its cells by column."""
    columns = (*GOOGLE_COLUMNS, *GOOGLE_NUMBERED)
    return table(path, columns, *([row.get(column, "") for column in columns] for row in rows))


def each_row_in_one_cell(path: Path) -> Path:
    """The same file after each row became a cell of its own."""
    lines = path.read_text(encoding="utf-8").splitlines()
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([line] for line in lines)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path
