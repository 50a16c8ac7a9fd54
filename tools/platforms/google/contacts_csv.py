"""Google Contacts' own CSV, in both generations of its header.

Since 2024: `First Name, ..., Labels, E-mail 1 - Label, E-mail 1 - Value`; before: `Name, Given Name, ..., Group
Membership, E-mail 1 - Type, E-mail 1 - Value`. Several values in one cell are joined by ` ::: ` (docs/formats.md).
"""

import re
from collections.abc import Iterator, Sequence

from onelane.tools.platforms.formats.cards import Card, record_of
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, SkippedLine
from onelane.tools.platforms.formats.table import Table

_NUMBERED = re.compile(r"(e-mail|phone|website|address|organization|custom field) (\d+) - (.+)")
_PHONETIC = {
    "phonetic first name": "phonetic_first_name",
    "given name yomi": "phonetic_first_name",
    "phonetic middle name": "phonetic_middle_name",
    "additional name yomi": "phonetic_middle_name",
    "phonetic last name": "phonetic_last_name",
    "family name yomi": "phonetic_last_name",
    "yomi name": "phonetic_name",
}
_Cells = dict[str, str]


def is_google_header(header: Sequence[str]) -> bool:
    """Google's numbered columns, or its groups beside a name."""
    cells = set(header)
    if any(column.startswith(("e-mail 1 - ", "phone 1 - ")) for column in cells):
        return True
    return bool(cells & {"labels", "group membership"} and cells & {"first name", "given name", "name"})


def read_google_csv(table: Table) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person or organisation per row."""
    numbered = _numbered_columns(table.columns)
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
        else:
            line, row = entry
            cells = {column: cell for column, text in zip(table.columns, row, strict=True) if (cell := text.strip())}
            yield record_of(_card(cells, numbered), line)


def _numbered_columns(columns: Sequence[str]) -> dict[str, list[str]]:
    """The beginnings of columns that are numbered: `{"e-mail": ["e-mail 1 - ", "e-mail 2 - "]}`."""
    found: dict[str, list[str]] = {}
    for column in columns:
        if match := _NUMBERED.fullmatch(column):
            beginnings = found.setdefault(match[1], [])
            if (beginning := f"{match[1]} {match[2]} - ") not in beginnings:
                beginnings.append(beginning)
    return found


def _card(cells: _Cells, numbered: dict[str, list[str]]) -> Card:
    return Card(
        full=cells.get("name", ""),
        prefix=cells.get("name prefix", ""),
        first=_first_of(cells, "first name", "given name"),
        middle=_first_of(cells, "middle name", "additional name"),
        last=_first_of(cells, "last name", "family name"),
        suffix=cells.get("name suffix", ""),
        emails=list(_labelled(cells, numbered.get("e-mail", []))),
        phones=[phone for phone, _ in _labelled(cells, numbered.get("phone", []))],
        company=_first_of(cells, "organization name", "organization 1 - name"),
        title=_first_of(cells, "organization title", "organization 1 - title"),
        location=_location(cells, numbered.get("address", [])),
        websites=[website for website, _ in _labelled(cells, numbered.get("website", []))],
        birthday=cells.get("birthday", ""),
        notes=cells.get("notes", ""),
        tags=[tag.removeprefix("* ") for tag in _values(_first_of(cells, "labels", "group membership"))],
        more={
            "nickname": cells.get("nickname", ""),
            "department": _first_of(cells, "organization department", "organization 1 - department"),
            "custom_fields": {label: value for value, label in _labelled(cells, numbered.get("custom field", []))},
            **{key: cells[column] for column, key in _PHONETIC.items() if column in cells},
        },
    )


def _first_of(cells: _Cells, *columns: str) -> str:
    return next((cells[column] for column in columns if column in cells), "")


def _labelled(cells: _Cells, beginnings: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values of numbered columns with their labels; `* ` marks the label of the preferred one."""
    for beginning in beginnings:
        label = _first_of(cells, beginning + "label", beginning + "type").removeprefix("* ")
        for value in _values(cells.get(beginning + "value", "")):
            yield value, label


def _values(cell: str) -> list[str]:
    return [value.strip() for value in cell.split(":::") if value.strip()]


def _location(cells: _Cells, beginnings: Sequence[str]) -> str:
    for beginning in beginnings:
        parts = [cells.get(beginning + part, "") for part in ("city", "region", "country")]
        formatted = cells.get(beginning + "formatted", "")
        if location := ", ".join(filter(None, parts)) or ", ".join(formatted.split("\n")):
            return location.partition(" ::: ")[0]
    return ""
