"""Address books as people export them: Google's CSV, Outlook's and Thunderbird's, vCards, or the zip of Takeout."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.records import BadLine, Item, PersonRecord, SkippedLine
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.formats.table import Table, find_table
from onelane.tools.platforms.formats.vcard import is_vcard, read_vcards
from onelane.tools.platforms.google.address_book_csv import is_address_book_header, read_address_book
from onelane.tools.platforms.google.contacts_csv import is_google_header, read_google_csv

_Items = Iterator[PersonRecord | BadLine | SkippedLine]
_Read = Callable[[], _Items]
_TABLES = ((is_google_header, read_google_csv), (is_address_book_header, read_address_book))
"""The headers that are known, and who reads what stands below; Google's come first."""


@export_format(
    "gmail_contacts",
    label="Google contacts",
    platform="gmail",
    expectation="a vCard file, a CSV of Google, Outlook or Thunderbird, or a Takeout zip with Contacts",
    advice="At contacts.google.com choose Export, Google CSV. At takeout.google.com choose Contacts and import the zip "
    "that Google makes; a .tgz is not read, choose .zip. From another program export vCards (.vcf), or name the "
    "columns of its table as Google does: First Name, Last Name, E-mail 1 - Value, Phone 1 - Value, Organization Name, "
    "Organization Title, Notes.",
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """The people and organisations of an address book. Those in several groups of a Takeout come once."""
    books = _books(archive)
    if not books:
        return None
    sole = _table(books[0][0]) if len(books) == 1 else None
    table = sole[0] if sole else None
    note = f" ({table.encoding.note})" if table and table.encoding.note else ""
    return Contents(
        label="Google contacts" + note,
        platform="gmail",
        read=_read,
        members=tuple(member for member, _ in books),
        total_items=table.count() if table else None,
    )


def _read(archive: Archive) -> Iterator[Item]:
    entry_hashes: set[int] = set()
    for number, (_, read) in enumerate(_books(archive)):
        for item in read():
            if isinstance(item, PersonRecord):
                count_before = len(entry_hashes)
                entry_hashes.add(_likeness(item))
                if len(entry_hashes) == count_before:
                    if number == 0:
                        yield SkippedLine(item.line, "the same entry stands further up in this file")
                    continue  # Takeout writes a person once per group, which is not worth a word
            yield item


def _likeness(person: PersonRecord) -> int:
    """The same for two entries that say the same about the same person, wherever they stand."""
    return hash(repr(replace(person, line=0)))


def _books(archive: Archive) -> list[tuple[Member, _Read]]:
    """The address books, the largest first: that is Takeout's "All Contacts", in whatever language."""
    books: list[tuple[Member, _Read]] = []
    for member in archive.members_named(r".*\.(vcf|vcard|csv)")[:MOST_LOOKED_INTO]:
        if known := _table(member):
            table, read = known
            books.append((member, partial(read, table)))
        elif is_vcard(member):
            books.append((member, partial(read_vcards, member)))
    return sorted(books, key=lambda book: (-book[0].size, book[0].name))


def _table(member: Member) -> tuple[Table, Callable[[Table], _Items]] | None:
    for knows, read in _TABLES:
        if table := find_table(member, knows):
            return table, read
    return None
