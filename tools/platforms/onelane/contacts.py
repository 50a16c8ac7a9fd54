"""What `onelane export` writes as JSON: one long list of contacts (docs/backups.md, "Exports")."""

import io
import re
from collections.abc import Iterator

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.json_list import DamagedList, JsonList
from onelane.tools.platforms.formats.records import BadLine, Item, KeptContact
from onelane.tools.platforms.formats.sub_types import export_format

_HEAD = re.compile(
    r'\s*\{\s*"format"\s*:\s*"onelane-export"\s*,\s*"version"\s*:\s*1\s*,[^\[\]{}]*?"contacts"\s*:\s*(?=\[)'
)
_HEAD_BYTES = 1_000
_COUNT = re.compile(r'"count"\s*:\s*(\d{1,9})')


@export_format(
    "onelane_contacts",
    label="Onelane contacts",
    platform="onelane",
    expectation="a JSON file that onelane export wrote",
    advice="Where they are, type onelane export contacts.json, and import that file. People of other programs come as "
    "gmail_contacts: as vCards, or as a CSV whose first line names its columns, such as Name, Email, Phone, Company.",
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """The contacts of an export, each as it was kept."""
    member = _member(archive)
    if member is None:
        return None
    count = _COUNT.search(_head(member))
    return Contents("Onelane contacts", "onelane", _read, (member,), total_items=int(count[1]) if count else None)


def _member(archive: Archive) -> Member | None:
    members = archive.members_named(r".*\.json")[:MOST_LOOKED_INTO]
    return next((candidate for candidate in members if _HEAD.match(_head(candidate))), None)


def _head(member: Member) -> str:
    return member.head(_HEAD_BYTES).decode("utf-8", "replace")


def _read(archive: Archive) -> Iterator[Item]:
    member = _member(archive)
    if member is None:
        return
    head = _HEAD.match(_head(member))
    with io.TextIOWrapper(member.open(), encoding="utf-8", errors="replace", newline="") as text:
        text.read(head.end() if head else 0)
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
