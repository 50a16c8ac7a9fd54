"""What `onelane export` writes: a JSON with one long list of contacts, or a table (docs/backups.md, "Exports")."""

import io
import re
from collections.abc import Iterator

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.json_list import DamagedList, JsonList
from onelane.tools.platforms.formats.records import BadLine, Item, KeptContact
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.formats.table import Table, find_table
from onelane.tools.platforms.onelane.contacts_csv import is_own_header, read_own_table

# Other programs put an object's keys into an order of their own.
_HEAD = re.compile(r'\ufeff?\s*\{(?:\s*"\w+"\s*:\s*(?:"[^"\\]*"|\d+|null)\s*,)*?\s*"contacts"\s*:\s*(?=\[)')
_FORMAT = re.compile(r'"format"\s*:\s*"onelane-export"')
_VERSION = re.compile(r'"version"\s*:\s*(\d+)')
_ONLY_OURS = re.compile(r'"enrichment_score"\s*:')
"""What contacts of ours alone have, where the format's name stands behind them."""
_HEAD_BYTES = 64 << 10
_COUNT = re.compile(r'"count"\s*:\s*(\d{1,9})')


@export_format(
    "onelane_contacts",
    label="Onelane contacts",
    platform="onelane",
    expectation="a JSON or CSV file that onelane export wrote",
    advice="Where they are, type onelane export contacts.json, and import that file. People of other programs come as "
    "gmail_contacts: as vCards, or as a CSV whose first line names its columns, such as Name, Email, Phone, Company.",
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """The contacts of an export, each as it was kept; or what a spreadsheet keeps of them."""
    if member := _member(archive):
        count = _COUNT.search(_before_contacts(member))
        total = int(count[1]) if count else None
        return Contents("Onelane contacts", "onelane", _read, (member,), total_items=total)
    if table := _table(archive):
        note = f" ({table.encoding.note})" if table.encoding.note else ""
        return Contents(f"Onelane contacts{note}", "onelane", _read, (table.member,), total_items=table.count())
    return None


def _table(archive: Archive) -> Table | None:
    tables = (find_table(member, is_own_header) for member in archive.members_named(r".*\.csv")[:MOST_LOOKED_INTO])
    return next((table for table in tables if table), None)


def _member(archive: Archive) -> Member | None:
    members = archive.members_named(r".*\.json")[:MOST_LOOKED_INTO]
    return next((candidate for candidate in members if _is_ours(candidate)), None)


def _is_ours(member: Member) -> bool:
    before = _before_contacts(member)
    version = _VERSION.search(before)
    if not before or (version and version[1] != "1"):
        return False
    return bool(_FORMAT.search(before) or _ONLY_OURS.search(_head(member), len(before)))


def _before_contacts(member: Member) -> str:
    """What stands before the list of contacts; empty where there is none."""
    found = _HEAD.match(_head(member))
    return found[0] if found else ""


def _head(member: Member) -> str:
    return member.head(_HEAD_BYTES).decode("utf-8", "replace")


def _read(archive: Archive) -> Iterator[Item]:
    if member := _member(archive):
        yield from _read_json(member)
    elif table := _table(archive):
        yield from read_own_table(table)


def _read_json(member: Member) -> Iterator[Item]:
    with io.TextIOWrapper(member.open(), encoding="utf-8", errors="replace", newline="") as text:
        text.read(len(_before_contacts(member)))
        number = 0
        try:
            for number, entry in enumerate(JsonList(text, may_follow=None), start=1):
                yield (
                    KeptContact(number, entry)
                    if isinstance(entry, dict)
                    else BadLine(number, "this is no contact", "no contact")
                )
        except DamagedList as damage:
            yield BadLine(number + 1, f"the file is damaged from here on: {damage}", "damaged from here on")
