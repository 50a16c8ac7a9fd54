"""Substack's subscribers: `email_list.<publication>.csv`, the zip that holds it, or the export of the dashboard.

The list in the zip has seven columns; the dashboard's has up to 48, freely chosen (docs/formats.md, "Substack").
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive
from onelane.tools.platforms.formats.cells import SPOILT, is_no_name, is_spoilt, yes_or_no
from onelane.tools.platforms.formats.contact_details import full_name, named_addresses, parse_email
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.instants import written_instant
from onelane.tools.platforms.formats.records import (
    BadLine,
    Email,
    Item,
    Json,
    Owner,
    PersonRecord,
    Relation,
    SkippedLine,
    Unread,
    excerpt,
)
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.formats.table import Table, find_table

_Cells = dict[str, str]
# Columns that hardly any other list of addresses has. Every dashboard column that counts something names its period.
_SUBSTACK_COLUMNS = {
    "active_subscription", "email_disabled", "first_payment_at", "expiry", "stripe plan", "start date",
    "paid upgrade date", "first paid date", "subscription interval", "subscription source (free)",
    "subscription source (paid)", "can see paid content", "last email open", "last clicked at", "unique posts seen",
    "subscriptions gifted", "subscription type", "subscription date", "subscriber country", "receiving emails for",
    "is bestseller",
}  # fmt: skip
_PERIOD = re.compile(r".+ ?\((?:7d|30d|6mo|all[ -]time|last \d+ (?:days|months))\)")
_ADDRESSES_ONLY = {"email", "name", "first name", "last name"}
_SINCE = ("created_at", "start date", "subscription date")
_COUNTRY = ("country", "subscriber country")
_PLACED_COLUMNS = {"email", "name", "first name", "last name", "tags", "state/province", *_COUNTRY}
_DISABLED_COLUMNS = ("email_disabled", "email disabled", "emails disabled")
_TYPES = ("type", "subscription type")
# The kinds of subscription as lists of different years call them.
_PAID_TYPES = {
    "paid", "founding", "iap", "founding member", "founding subscriber", "yearly", "yearly subscriber", "annual",
    "annual subscriber", "monthly", "monthly subscriber", "paid subscriber", "yearly founding", "group",
}  # fmt: skip
_UNPAID_TYPES = {
    "", "free", "free subscriber", "comp", "comped", "complimentary", "gift", "gifted", "free_trial", "free trial",
    "trial", "author", "admin", "none", "other", "lifetime",
}  # fmt: skip
_PLANS = {"", "yearly", "annual", "monthly", "founding", "other", "group"}
"""Plans that somebody pays for while the subscription is active."""
_UNPAID_PLANS = {"comp", "gift", "free_trial", "free trial", "free", "none"}
_LEFT = re.compile(r"unsubscribed|disabled|blocked|removed|bounced", re.IGNORECASE)
"""Words in a kind of subscription that say that somebody gets no more e-mails."""
_DELETION_DOMAIN = "@deletion-request.substack.com"
_LIKE_A_LIST = re.compile(r"email_list|subscribers", re.IGNORECASE)
_ROWS_TO_ASK = 50
_LIST_NAME = re.compile(r"email_list\.([\w-]+)\.csv", re.IGNORECASE)

ADVICE = "In Substack open your publication's Settings, Exports, New export, and import the zip."
"""Where people get the zip that holds everything."""


@export_format(
    "substack_contacts",
    label="Substack subscribers",
    platform="substack",
    expectation="Substack's list of subscribers (email_list.csv or the dashboard's export), or the export zip",
    advice=ADVICE,
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """The subscribers of a publication."""
    table, *more_tables = _find_lists(archive) or [None]
    if table is None:
        return None
    is_guess = _could_be_any_list(table)
    if is_guess and not _has_addresses(table):
        return None
    publication = publication_of(archive)
    return Contents(
        label="Substack subscribers" + (f" ({table.encoding.note})" if table.encoding.note else ""),
        platform="substack",
        read=_read,
        members=(table.member,),
        owner=Owner(handle=publication) if publication else None,
        total_items=table.count(),
        copies=tuple(more.member.name for more in more_tables if more),
        is_guess=is_guess,
    )


def is_subscribers_header(header: Sequence[str]) -> bool:
    """An `email` column and one that is Substack's, or addresses and names alone; not a list of who opened a post."""
    columns = {column for column in header if column}
    if "email" not in columns or "post_id" in columns:
        return False
    return columns <= _ADDRESSES_ONLY or any(name in _SUBSTACK_COLUMNS or _PERIOD.fullmatch(name) for name in columns)


def _could_be_any_list(table: Table) -> bool:
    """Whether neither its columns nor its name say that a list is Substack's."""
    return _ADDRESSES_ONLY.issuperset(filter(None, table.columns)) and not _LIKE_A_LIST.match(table.member.basename)


def _has_addresses(table: Table) -> bool:
    """Whether there are addresses below the header, for a letter may have a line with that one word."""
    place = table.columns.index("email")
    rows = (row for row in islice(table.rows(), _ROWS_TO_ASK) if not isinstance(row, BadLine))
    return any("@" in row[place] for _, row in rows)


def publication_of(archive: Archive) -> str | None:
    """The publication's name as it stands in its address, which the list of subscribers is named after."""
    for member in archive.members:
        if match := _LIST_NAME.fullmatch(member.basename):
            return match[1].lower()
    return None


def _read(archive: Archive) -> Iterator[Item]:
    table = next(iter(_find_lists(archive)), None)
    if table is None:
        return
    relations_by_address: dict[str, tuple[Relation, ...]] = {}
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, row = entry
        cells = {column: text.strip() for column, text in zip(table.columns, row, strict=True) if not is_no_name(text)}
        item = _item(line, cells)
        if isinstance(item, PersonRecord):
            address, relations = item.emails[0].normalized, relations_by_address.get(item.emails[0].normalized)
            relations_by_address[address] = (*(relations or ()), *item.relations)
            # A row that says once more who reads is left out, but not one that says that somebody wants no more.
            if relations is not None and set(item.relations) <= set(relations):
                item = SkippedLine(line, "an address that stands further up in this list")
        yield item


def _item(line: int, cells: _Cells) -> PersonRecord | BadLine | SkippedLine:
    address_text = cells.get("email", "")
    email = parse_email(address_text)
    if not address_text:
        return SkippedLine(line, "no address")
    if email is None and (pairs := named_addresses(address_text)) and (email := parse_email(pairs[0][1])):
        cells = {"name": pairs[0][0].strip(), **cells}
    if email is None:
        return BadLine(line, f"not an e-mail address: {excerpt(address_text)}", "no e-mail address")
    if email.normalized.endswith(_DELETION_DOMAIN):
        return SkippedLine(line, "a reader who asked Substack to be deleted")
    return _subscriber(line, email, cells)


def _find_lists(archive: Archive) -> list[Table]:
    """The list of subscribers, then further ones, such as copies of it."""
    members = archive.members_named(r".*\.csv")[:MOST_LOOKED_INTO]
    tables: list[Table] = []
    for member in sorted(members, key=lambda member: not _LIST_NAME.fullmatch(member.basename)):
        # Beside the list there may be hundreds of other tables, which tell who opened a post.
        if not tables or _LIKE_A_LIST.match(member.basename):
            table = find_table(member, is_subscribers_header)
            tables += [table] if table else []
    return tables


def _subscriber(line: int, email: Email, cells: _Cells) -> PersonRecord:
    unread_cells = [Unread(f"{column}: {SPOILT}", excerpt(cell)) for column, cell in cells.items() if is_spoilt(cell)]
    cells = {column: cell for column, cell in cells.items() if not is_spoilt(cell)} if unread_cells else cells
    first, last = cells.get("first name", ""), cells.get("last name", "")
    name = cells.get("name") or full_name(first, last)
    relations = _relations(cells, unread_cells)
    extra = _extra(cells)
    since = _first_of(cells, _SINCE)
    connected_at = written_instant(since)
    if since and connected_at is None:
        extra["connected_on"] = since
        unread_cells.append(Unread("when a subscription began: not one certain day", excerpt(since)))
    return PersonRecord(
        line=line,
        platform="substack",
        platform_user_id=email.normalized,
        name=name if name and name.lower() != email.normalized else None,
        first_name=first or None,
        last_name=last or None,
        emails=(email,),
        location=", ".join(filter(None, (cells.get("state/province"), _first_of(cells, _COUNTRY)))) or None,
        tags=tuple(tag for part in cells.get("tags", "").split(",") if (tag := part.strip())),
        connected_at=connected_at,
        relations=relations,
        extra=extra,
        unread=tuple(unread_cells),
    )


def _relations(cells: _Cells, unread_cells: list[Unread]) -> tuple[Relation, ...]:
    """Someone who switched the e-mails off is no subscriber to write to; nor is someone of whom that is unsure."""
    if any(_flag(cells, column, unread_cells, unsure=True) for column in _DISABLED_COLUMNS if column in cells):
        return ("email_disabled",)
    if _LEFT.search(_first_of(cells, _TYPES)):
        return ("email_disabled",)
    return ("subscriber", "paid_subscriber") if _is_paid(cells, unread_cells) else ("subscriber",)


def _is_paid(cells: _Cells, unread_cells: list[Unread]) -> bool:
    if _flag(cells, "active_subscription", unread_cells, unsure=False):
        plan = cells.get("plan", "").lower()
        if plan not in _PLANS | _UNPAID_PLANS:
            unread_cells.append(Unread("plan: not a plan that is known, so not counted as paid", excerpt(plan)))
        return plan in _PLANS
    kind = _first_of(cells, _TYPES)
    if kind.lower() not in _PAID_TYPES | _UNPAID_TYPES:
        unread_cells.append(Unread("type of subscription: not known, so not counted as paid", excerpt(kind)))
    return kind.lower() in _PAID_TYPES


def _flag(cells: _Cells, column: str, unread_cells: list[Unread], *, unsure: bool) -> bool:
    """Whether a column says yes; `unsure` is what an unknown word counts as."""
    word = cells.get(column, "")
    meaning = yes_or_no(word)
    if word and meaning is None:
        unread_cells.append(
            Unread(f"{column}: neither yes nor no, counted as {'yes' if unsure else 'no'}", excerpt(word))
        )
    return unsure if word and meaning is None else bool(meaning)


def _first_of(cells: _Cells, columns: Sequence[str]) -> str:
    return next((cells[column] for column in columns if column in cells), "")


def _extra(cells: _Cells) -> dict[str, Json]:
    """Every other column as it stands, under a name for programs: `emails_opened_30d`."""
    since = next((column for column in _SINCE if column in cells), None)
    extra: dict[str, Json] = {
        re.sub(r"\W+", "_", column).strip("_"): value
        for column, value in cells.items()
        if column not in _PLACED_COLUMNS and column != since
    }
    for flag in ("email_disabled", "active_subscription"):
        if flag in extra and (meaning := yes_or_no(str(extra[flag]))) is not None:
            extra[flag] = meaning
    return extra
