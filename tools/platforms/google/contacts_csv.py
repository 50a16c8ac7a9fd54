"""Google Contacts' own CSV, in both generations of its header.

Since 2024: `First Name, ..., Labels, E-mail 1 - Label, E-mail 1 - Value`; before: `Name, Given Name, ..., Group
Membership, E-mail 1 - Type, E-mail 1 - Value`. Several values in one cell are joined by ` ::: ` (docs/formats.md).
"""

import re
from collections.abc import Iterator, Sequence

from onelane.tools.platforms.formats.cards import Card, record_of
from onelane.tools.platforms.formats.cells import SPOILT, is_no_name, is_nothing, is_spoilt, without_formula
from onelane.tools.platforms.formats.opt_outs import OptOutColumns
from onelane.tools.platforms.formats.records import BadLine, PersonRecord, SkippedLine, Unread, excerpt
from onelane.tools.platforms.formats.table import Table

_NUMBERED_COLUMN = re.compile(r"(e-mail|phone|website|address|organization|custom field) (\d+) - (.+)")
_NUMBERED_VALUE = re.compile(r"(?:e-mail|phone) 1 - value")
_ADDRESSES = re.compile(r"\be?-?mail\b(?! 1 - )")
_GOOGLES = frozenset({
    "middle name", "additional name", "phonetic first name", "phonetic last name", "yomi name", "given name yomi",
    "name prefix", "name suffix", "file as", "organization name", "organization title", "organization department",
    "organization 1 - name", "billing information", "directory server", "photo",
})  # fmt: skip
_FEWEST_GOOGLES = 3
_NAMES = frozenset({"name", "first name", "given name", "middle name", "additional name", "last name", "family name"})
_WORDS = frozenset({"nickname", "file as", "notes", "labels", "group membership"})
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
    """Google's numbered columns; or its labels beside a name and other columns of Google's alone, when nobody has more.

    A column of addresses that Google does not have tells another program's list: it would be read without them.
    """
    cells = set(header)
    if any(_NUMBERED_VALUE.fullmatch(column) for column in cells):
        return True
    if not cells & {"labels", "group membership"} or not cells & {"first name", "given name", "name"}:
        return False
    return len(cells & _GOOGLES) >= _FEWEST_GOOGLES and not any(_ADDRESSES.search(column) for column in cells)


def read_google_csv(table: Table) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person or organisation per row."""
    column_groups, opt_outs = _numbered_columns(table.columns), OptOutColumns(table.columns)
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
        else:
            line, row = entry
            cells = {
                column: text.strip()
                for column, text in zip(table.columns, row, strict=True)
                if not (is_no_name(text) if column in _NAMES or column in _WORDS else is_nothing(text))
            }
            spoilt = [Unread(f"{column}: {SPOILT}", excerpt(cell)) for column, cell in cells.items() if is_spoilt(cell)]
            if spoilt:
                cells = {column: cell for column, cell in cells.items() if not is_spoilt(cell)}
            card = _card(cells, column_groups)
            card.wants_no_letters, doubts = opt_outs.look(cells)
            yield record_of(card, line, unread_values=[*spoilt, *doubts])


def _numbered_columns(columns: Sequence[str]) -> dict[str, list[str]]:
    """The beginnings of columns that are numbered: `{"e-mail": ["e-mail 1 - ", "e-mail 2 - "]}`."""
    column_groups: dict[str, list[str]] = {}
    for column in columns:
        if match := _NUMBERED_COLUMN.fullmatch(column):
            beginnings = column_groups.setdefault(match[1], [])
            if (beginning := f"{match[1]} {match[2]} - ") not in beginnings:
                beginnings.append(beginning)
    return column_groups


def _card(cells: _Cells, column_groups: dict[str, list[str]]) -> Card:
    return Card(
        full=cells.get("name", "") or _file_as_name(cells),
        prefix=cells.get("name prefix", ""),
        first=_first_of(cells, "first name", "given name"),
        middle=_first_of(cells, "middle name", "additional name"),
        last=_first_of(cells, "last name", "family name"),
        suffix=cells.get("name suffix", ""),
        emails=list(_values_with_labels(cells, column_groups.get("e-mail", []))),
        phones=[without_formula(phone) for phone, _ in _values_with_labels(cells, column_groups.get("phone", []))],
        company=_first_of(cells, "organization name", "organization 1 - name"),
        title=_first_of(cells, "organization title", "organization 1 - title"),
        location=_location(cells, column_groups.get("address", [])),
        websites=[website for website, _ in _values_with_labels(cells, column_groups.get("website", []))],
        birthday=cells.get("birthday", ""),
        notes=cells.get("notes", ""),
        tags=[_without_star(tag) for tag in _values(_first_of(cells, "labels", "group membership"))],
        more={
            "nickname": cells.get("nickname", ""),
            "maiden_name": cells.get("maiden name", ""),
            "department": _first_of(cells, "organization department", "organization 1 - department"),
            "custom_fields": {
                label: value for value, label in _values_with_labels(cells, column_groups.get("custom field", []))
            },
            **{key: cells[column] for column, key in _PHONETIC.items() if column in cells},
        },
    )


def _file_as_name(cells: _Cells) -> str:
    """As what somebody is filed who has no other name."""
    return "" if cells.keys() & (_NAMES | {"nickname"}) else cells.get("file as", "")


def _first_of(cells: _Cells, *columns: str) -> str:
    return next((cells[column] for column in columns if column in cells), "")


def _values_with_labels(cells: _Cells, beginnings: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values of numbered columns with their labels; `* ` marks the label of the preferred one."""
    for beginning in beginnings:
        label = _without_star(_first_of(cells, beginning + "label", beginning + "type"))
        for value in _values(cells.get(beginning + "value", "")):
            yield value, label


def _without_star(label: str) -> str:
    """A label without the star of the preferred one, which may stand alone."""
    return "" if label == "*" else label.removeprefix("* ")


def _values(cell: str) -> list[str]:
    return [value.strip() for value in cell.split(":::") if value.strip()]


def _location(cells: _Cells, beginnings: Sequence[str]) -> str:
    for beginning in beginnings:
        parts = [cells.get(beginning + part, "") for part in ("city", "region", "country")]
        address_text = cells.get(beginning + "formatted", "")
        if location := ", ".join(filter(None, parts)) or ", ".join(address_text.split("\n")):
            return location.partition(" ::: ")[0]
    return ""
