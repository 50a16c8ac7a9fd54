"""Address books as people export them: Google's CSV, Outlook's and Thunderbird's, vCards, or the zip of Takeout.

Whoever has none of these has a list of people, which is read as well.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.records import BadLine, Item, PersonRecord, SkippedLine
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.formats.table import Table, find_table
from onelane.tools.platforms.formats.vcard import is_vcard, read_vcards
from onelane.tools.platforms.google.address_book_csv import is_address_book_header, read_address_book
from onelane.tools.platforms.google.contacts_csv import is_google_header, read_google_csv
from onelane.tools.platforms.google.plain_list import find_list, read_list

_Items = Iterator[PersonRecord | BadLine | SkippedLine]
_Read = Callable[[Table], _Items]
_TABLES = ((is_google_header, read_google_csv), (is_address_book_header, read_address_book))
"""The headers that are known, and who reads what stands below; Google's come first."""


@dataclass(frozen=True, slots=True)
class _Book:
    """A file with people: a table and its reader, or vCards."""

    member: Member
    table: Table | None
    read: _Read | None

    def items(self) -> _Items:
        return self.read(self.table) if self.table and self.read else read_vcards(self.member)


@export_format(
    "gmail_contacts",
    label="Google contacts",
    platform="gmail",
    expectation="a vCard file, a CSV of Google, Outlook or Thunderbird, a CSV of people with a column for their "
    "addresses, or a Takeout zip with Contacts",
    advice="At contacts.google.com choose Export, Google CSV. At takeout.google.com choose Contacts and import the zip "
    "that Google makes; a .tgz is not read, choose .zip. From another program export vCards (.vcf), or a CSV whose "
    "first line names its columns, such as Name, Email, Phone, Company, Job title, Notes.",
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """The people and organisations of an address book. Those in several groups of a Takeout come once."""
    if books := _books(archive):
        return _contents("Google contacts", books)
    if lists := _lists(archive):
        return replace(_contents("a list of people", lists), is_guess=True)
    return None


def _contents(label: str, books: Sequence[_Book]) -> Contents:
    table = books[0].table if len(books) == 1 else None
    note = f" ({table.encoding.note})" if table and table.encoding.note else ""
    return Contents(
        label=label + note,
        platform="gmail",
        read=_read,
        members=tuple(book.member for book in books),
        total_items=table.count() if table else None,
    )


def _read(archive: Archive) -> Iterator[Item]:
    entry_hashes: set[int] = set()
    for number, book in enumerate(_books(archive) or _lists(archive)):
        for item in book.items():
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
    return hash(repr(replace(person, line=0, unread=())))


def _books(archive: Archive) -> list[_Book]:
    """The address books, the largest first: that is Takeout's "All Contacts", in whatever language."""
    books: list[_Book] = []
    for member in archive.members_named(r".*\.(vcf|vcard|csv)")[:MOST_LOOKED_INTO]:
        if known := _table(member):
            table, read = known
            books.append(_Book(member, table, read))
        elif is_vcard(member):
            books.append(_Book(member, None, None))
    return sorted(books, key=lambda book: (-book.member.size, book.member.name))


def _lists(archive: Archive) -> list[_Book]:
    """The lists of people, of which a program that sends newsletters writes several: who reads it, and who has left."""
    members = archive.members_named(r".*\.(csv|tsv|txt)")[:MOST_LOOKED_INTO]
    return [_Book(member, table, read_list) for member in members if (table := find_list(member))]


def _table(member: Member) -> tuple[Table, _Read] | None:
    for knows, read in _TABLES:
        if table := find_table(member, knows):
            return table, read
    return None
