"""Substack's subscribers: `email_list.<publication>.csv`, the zip that holds it, or the export of the dashboard.

The list in the zip has seven columns; the dashboard's has up to 48, freely chosen (docs/formats.md, "Substack").
"""

import re
from collections.abc import Iterator, Sequence

from onelane.tools.platforms.formats.addresses import parse_email
from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.instants import written_day
from onelane.tools.platforms.formats.names import full_name
from onelane.tools.platforms.formats.records import (
    BadLine,
    Email,
    Item,
    Json,
    Owner,
    PersonRecord,
    Relation,
    SkippedLine,
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
    "subscriptions gifted",
}  # fmt: skip
_PERIOD = re.compile(r".+ ?\((?:7d|30d|6mo)\)")
_ADDRESSES_ONLY = {"email", "name", "first name", "last name"}
_PLACED = {"email", "name", "first name", "last name", "tags", "country", "state/province", "created_at", "start date"}
_PAID_TYPES = {"paid", "founding", "iap"}
_UNPAID_PLANS = {"comp", "gift", "free_trial"}
_LIST_NAME = re.compile(r"email_list\.([\w-]+)\.csv", re.IGNORECASE)

ADVICE = "In Substack open your publication's Settings, Exports, New export, and import the zip."
"""Where people get the zip that holds everything."""


@export_format(
    "substack_contacts",
    label="Substack subscribers",
    platform="substack",
    expected="Substack's list of subscribers (email_list.csv or the dashboard's export), or the export zip",
    advice=ADVICE,
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """The subscribers of a publication."""
    table = _find_list(archive)
    if table is None:
        return None
    publication = publication_of(archive)
    return Contents(
        label="Substack subscribers" + (f" ({table.encoding.note})" if table.encoding.note else ""),
        platform="substack",
        read=_read,
        members=(table.member,),
        owner=Owner(handle=publication) if publication else None,
        total_items=table.count(),
    )


def is_subscribers_header(header: Sequence[str]) -> bool:
    """An `email` column and one that is Substack's, or addresses and names alone; not a list of who opened a post."""
    columns = {column for column in header if column}
    if "email" not in columns or "post_id" in columns:
        return False
    return columns <= _ADDRESSES_ONLY or any(name in _SUBSTACK_COLUMNS or _PERIOD.fullmatch(name) for name in columns)


def publication_of(archive: Archive) -> str | None:
    """The publication's name as it stands in its address, which the list of subscribers is named after."""
    for member in archive.members:
        if match := _LIST_NAME.fullmatch(member.basename):
            return match[1].lower()
    return None


def _read(archive: Archive) -> Iterator[Item]:
    table = _find_list(archive)
    if table is None:
        return
    seen: dict[str, int] = {}
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, row = entry
        cells = {column: cell for column, text in zip(table.columns, row, strict=True) if (cell := text.strip())}
        written = cells.get("email", "")
        email = parse_email(written)
        if not written:
            yield SkippedLine(line, "no address")
        elif email is None:
            yield BadLine(line, f"not an e-mail address: {excerpt(written)}")
        elif email.normalized in seen:
            yield SkippedLine(line, f"the same address as on line {seen[email.normalized]}")
        else:
            seen[email.normalized] = line
            yield _subscriber(line, email, cells)


def _find_list(archive: Archive) -> Table | None:
    members = archive.named(r".*\.csv")[:MOST_LOOKED_INTO]
    for member in sorted(members, key=lambda member: not _LIST_NAME.fullmatch(member.basename)):
        if table := find_table(member, is_subscribers_header):
            return table
    return None


def _subscriber(line: int, email: Email, cells: _Cells) -> PersonRecord:
    first, last = cells.get("first name", ""), cells.get("last name", "")
    name = cells.get("name") or full_name(first, last)
    return PersonRecord(
        line=line,
        platform="substack",
        platform_user_id=email.normalized,
        name=name if name and name.lower() != email.normalized else None,
        first_name=first or None,
        last_name=last or None,
        emails=(email,),
        location=", ".join(cells[key] for key in ("state/province", "country") if key in cells) or None,
        tags=tuple(tag for part in cells.get("tags", "").split(",") if (tag := part.strip())),
        connected_at=written_day(cells.get("created_at") or cells.get("start date", "")),
        relations=_relations(cells),
        extra=_extra(cells),
    )


def _relations(cells: _Cells) -> tuple[Relation, ...]:
    """Someone who switched the e-mails off is no subscriber to write to."""
    if cells.get("email_disabled", "").lower() == "true":
        return ("email_disabled",)
    is_paid = cells.get("type", "").lower() in _PAID_TYPES
    if cells.get("active_subscription", "").lower() == "true":
        is_paid = cells.get("plan", "").lower() not in _UNPAID_PLANS
    return ("subscriber", "paid_subscriber") if is_paid else ("subscriber",)


def _extra(cells: _Cells) -> dict[str, Json]:
    """Every other column as it stands, under a name for programs: `emails_opened_30d`."""
    extra: dict[str, Json] = {
        re.sub(r"\W+", "_", column).strip("_"): value for column, value in cells.items() if column not in _PLACED
    }
    for flag in ("email_disabled", "active_subscription"):
        if flag in extra:
            extra[flag] = str(extra[flag]).lower() == "true"
    return extra
