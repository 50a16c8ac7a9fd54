"""Lists of people that no platform wrote: a person's spreadsheet, or a table of a CRM or of a newsletter's program.

Their columns are told by their names, in any order and many languages (docs/formats.md, "Plain lists"). What stands in
a column that is not known is kept with the person under the column's name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.cards import Card, record_of
from onelane.tools.platforms.formats.cells import SPOILT, is_no_name, is_nothing, is_spoilt, without_formula
from onelane.tools.platforms.formats.contact_details import addresses_in, parse_email
from onelane.tools.platforms.formats.opt_outs import OptOutColumns
from onelane.tools.platforms.formats.records import BadLine, Json, PersonRecord, SkippedLine, Unread, excerpt
from onelane.tools.platforms.formats.table import Table, find_table
from onelane.tools.platforms.google.address_book_csv import SALUTATIONS
from onelane.tools.platforms.google.list_words import WHOLE_NAMES_TOO, kind_of

_LINES_TO_TRY, _ROWS_TO_ASK = 20, 50
_NAMES = frozenset({"first", "middle", "last", "full", "nickname"})
_MANY = frozenset({"email", "mobile", "phone", "fax", "website", "linkedin", "x"})
"""What a person has several of. Of anything else the first column counts, and further ones are kept as they are."""
_REACHED_BY = frozenset({"email", "mobile", "phone", "linkedin", "x"})
_OF_OTHER_TABLES = frozenset({
    "post_id", "order id", "order number", "order", "financial status", "fulfillment status", "lineitem name",
    "invoice", "invoice number", "invoice id", "transaction id", "payment id", "charge id", "amount", "subtotal", "ip",
    "ip address", "message", "subject", "event", "password", "conversation id", "connected on",
})  # fmt: skip
"""Columns of orders, payments, letters and logs: what they call a name is often something else's."""
_DEGREES = frozenset({
    "dr", "drs", "prof", "ing", "dipl", "mag", "eng", "ir", "sir", "dame", "rev", "lic", "dott", "dottssa", "avv",
    "phd", "md", "mba", "msc", "bsc", "med", "rer", "nat",
})  # fmt: skip
"""What is part of a name before it."""
_LINKEDIN_PROFILE = re.compile(r".*linkedin\.com/(?:mwlite/|comm/)?(?:in|pub)/.+", re.IGNORECASE)
_HANDLE = re.compile(r"@?\w{1,15}")
_TAG_ENDS = re.compile(r"[;,|]|:::")
_AROUND_TAGS = " *\"'“”„«»[]"
_PLACES = ("city", "region", "country")
_FEWEST_DIGITS = 6
_Values = dict[str, list[str]]


def find_list(member: Member) -> Table | None:
    """The list of people in a file: columns that are known, and somebody in it who can be reached by what they say."""
    table = find_table(member, is_list_header, most_lines=_LINES_TO_TRY)
    return table if table and _reaches_somebody(table) else None


def is_list_header(header: Sequence[str]) -> bool:
    """An address beside a name or alone; or a name beside a number or a profile. Not a table of orders or letters."""
    if not _OF_OTHER_TABLES.isdisjoint(header):
        return False
    kinds = {kind_of(column) for column in header}
    has_name = not kinds.isdisjoint(_NAMES)
    if "email" in kinds:
        return has_name or "company" in kinds or kind_of(header[0]) == "email"
    return has_name and not kinds.isdisjoint(_REACHED_BY)


def read_list(table: Table) -> Iterator[PersonRecord | BadLine | SkippedLine]:
    """One person or organisation per row."""
    kinds, opt_outs = _kinds(table.columns), OptOutColumns(table.columns)
    columns = [column or f"column {number}" for number, column in enumerate(table.columns, 1)]
    notes = _notes(table.columns, kinds, opt_outs)
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, row = entry
        values: _Values = {}
        others: dict[str, Json] = {}
        unread: list[Unread] = []
        for kind, column, cell in zip(kinds, columns, map(str.strip, row), strict=True):
            if is_spoilt(cell):
                unread.append(Unread(f"{column}: {SPOILT}", excerpt(cell)))
            elif is_no_name(cell) if kind in _NAMES else is_nothing(cell):
                continue
            elif kind is None or (kind in values and kind not in _MANY):
                others[column] = cell
            else:
                values.setdefault(kind, []).append(cell)
        card = _card(values, others)
        card.wants_no_letters, doubts = opt_outs.look(_texts(columns, row))
        record = record_of(card, line, unread_values=[*unread, *doubts])
        if notes and isinstance(record, PersonRecord):
            # Said once, with the first of the people.
            record.unread += notes
            notes = ()
        yield record


def _notes(columns: Sequence[str], kinds: Sequence[str | None], opt_outs: OptOutColumns) -> tuple[Unread, ...]:
    """The columns that are not known, and so kept as they are under their names."""
    names = [column for column, kind in zip(columns, kinds, strict=True) if column and kind is None]
    unknown = ", ".join(name for name in names if name not in opt_outs.names)
    return (Unread(f"columns that are not known, kept as custom fields: {excerpt(unknown)}"),) if unknown else ()


def _texts(columns: Sequence[str], row: Sequence[str]) -> Mapping[str, str]:
    """What a row says, by column."""
    return {column: cell.strip() for column, cell in zip(columns, row, strict=True) if not is_nothing(cell)}


def _kinds(columns: Sequence[str]) -> list[str | None]:
    """What each column holds. In many languages one word is that for a name and for a part of it."""
    kinds = [kind_of(column) for column in columns]
    lone = {"first", "last"} & set(kinds)
    if len(lone) == 1 and "full" not in kinds:
        place = kinds.index(next(iter(lone)))
        kinds[place] = "full" if columns[place] in WHOLE_NAMES_TOO else kinds[place]
    return kinds


def _card(values: _Values, others: dict[str, Json]) -> Card:
    first, last, full = (_one(values, kind) for kind in ("first", "last", "full"))
    if full and bool(first) is not bool(last) and (first or last).lower() not in full.lower():
        # `Vorname, Name` is a given name and a family name, though `Name` alone is a whole one.
        first, last, full = first or full, last or full, ""
    title_before, job = _title_and_job(_one(values, "title"), _one(values, "job"), others)
    prefix = " ".join(filter(None, (_degree(_one(values, "prefix")), title_before)))
    card = Card(
        full=full,
        prefix=prefix if first or last else "",
        first=first,
        middle=_one(values, "middle"),
        last=last,
        suffix=_one(values, "suffix"),
        emails=[(cell, "") for cell in _each(values, "email")],
        phones=[without_formula(cell) for kind in ("mobile", "phone", "fax") for cell in _each(values, kind)],
        company=_one(values, "company"),
        title=job,
        location=_one(values, "place") or ", ".join(filter(None, (_one(values, kind) for kind in _PLACES))),
        websites=[without_formula(cell) for cell in values.get("website", ())],
        birthday=_one(values, "birthday"),
        notes=_one(values, "notes"),
        tags=[text for tag in _TAG_ENDS.split(_one(values, "tags")) if (text := tag.strip(_AROUND_TAGS))],
    )
    card.more = {
        "nickname": _one(values, "nickname"),
        "department": _one(values, "department"),
        "profiles": list(_profiles(values, others)),
        "custom_fields": others,
    }
    return card


def _one(values: _Values, kind: str) -> str:
    return values[kind][0] if kind in values else ""


def _each(values: _Values, kind: str) -> Iterator[str]:
    """What somebody has several of. Google's tables have it in one cell, also in a language that is not known."""
    return (part.strip() for cell in values.get(kind, ()) for part in cell.split(":::"))


def _title_and_job(title: str, job: str, others: dict[str, Json]) -> tuple[str, str]:
    """What stands before a name, and what somebody does; a column `Title` may mean either."""
    if not title or _words(title) <= _DEGREES | SALUTATIONS:
        return _degree(title), job
    if job:
        others["title"] = title
    return "", job or title


def _degree(text: str) -> str:
    """What stands before a name and is part of it, as `Ms.` is not."""
    return "" if _words(text) <= SALUTATIONS else text


def _words(text: str) -> set[str]:
    return set(re.sub(r"\W+", " ", text.lower()).split())


def _profiles(values: _Values, others: dict[str, Json]) -> Iterator[str]:
    """The addresses of somebody's profiles, which lists give as addresses or by the names in them."""
    for cell in map(without_formula, values.get("linkedin", ())):
        if _LINKEDIN_PROFILE.fullmatch(cell):
            yield cell
        else:
            others["linkedin"] = cell
    for cell in map(without_formula, values.get("x", ())):
        yield f"https://x.com/{cell.removeprefix('@')}" if _HANDLE.fullmatch(cell) else cell


def _reaches_somebody(table: Table) -> bool:
    """Whether what stands below the header is what it promises, for nearly any text has a line that looks like one."""
    kinds = _kinds(table.columns)
    rows = (row for row in islice(table.rows(), _ROWS_TO_ASK) if not isinstance(row, BadLine))
    return any(
        _is_way(kind, cell.strip()) for _, row in rows for kind, cell in zip(kinds, row, strict=True) if cell.strip()
    )


def _is_way(kind: str | None, cell: str) -> bool:
    if kind == "email":
        return any(parse_email(address) for address in addresses_in(without_formula(cell)))
    if kind in {"mobile", "phone"}:
        return sum(char.isdigit() for char in cell) >= _FEWEST_DIGITS
    return kind == "linkedin" and _LINKEDIN_PROFILE.fullmatch(without_formula(cell)) is not None
