"""Export files that people can import: which sub-type of sync reads which file, and how to read it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from onelane.tools.platforms.formats.archive import Archive, Member
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.records import Item, Owner, PlatformName
from onelane.tools.platforms.google import contacts as google_contacts
from onelane.tools.platforms.google import gmail_export
from onelane.tools.platforms.linkedin import export as linkedin_export
from onelane.tools.platforms.substack import export as substack_export
from onelane.tools.platforms.substack import posts as substack_posts
from onelane.tools.platforms.x import archive as x_archive
from onelane.tools.registry.errors import UnreadableExport

MOST_ITEMS = 5_000_000
"""More people, posts or messages than one person has; a file with more is refused."""
_VERIFIED_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class SubType:
    """A kind of export: what it is, what file it wants, where people get that, and who looks for it."""

    name: str
    label: str
    platform: PlatformName
    expected: str
    advice: str
    look: Callable[[Archive], Contents | None]


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was opened and recognised. Between its items nothing is kept open."""

    sub_type: str
    path: Path
    contents: Contents

    @property
    def label(self) -> str:
        """What it is and where it came from, for the person."""
        return f"{self.contents.label} from {self.path.name}"

    @property
    def platform(self) -> PlatformName:
        return self.contents.platform

    @property
    def owner(self) -> Owner | None:
        """Whose export it is, when the export tells."""
        return self.contents.owner

    @property
    def total_items(self) -> int | None:
        """About how many items there are, when that is cheaply known: for a progress bar, not for arithmetic."""
        return self.contents.total_items

    def items(self, start: int = 0) -> Iterator[Item]:
        """The items, in an order that depends on the file alone.

        Args:
            start: how many items to pass over, so that an import goes on where it stopped

        Raises:
            UnreadableExport: the file is damaged further in, or gone, or goes on for ever; the items before are good
        """
        with Archive(self.path) as archive:
            items = self.contents.read(archive)
            yield from islice(items, start, MOST_ITEMS)
            if next(items, None) is not None:
                raise _too_many(self.path)


def open_export(sub_type: str, path: Path) -> Export:
    """Open a file, a zip or an unpacked folder as the export that a sub-type of sync reads.

    Args:
        sub_type: one of `SUB_TYPES`, such as `linkedin_contacts`
        path: the file as it was downloaded

    Raises:
        UnreadableExport: it is something else, damaged, or not to be trusted. The message says what was expected, what
            was found and what to do; nothing has been changed
    """
    known = SUB_TYPES.get(sub_type)
    if known is None:
        raise UnreadableExport(
            f"No file can be imported as {sub_type}. What can be imported from a file: {', '.join(SUB_TYPES)}."
        )
    with Archive(path) as archive:
        contents = known.look(archive)
        if contents is None:
            raise UnreadableExport(_mismatch(known, archive))
        if (contents.total_items or 0) > MOST_ITEMS:
            raise _too_many(path)
        if archive.kind == "zip":
            _verify(contents.members)
    return Export(sub_type, path, contents)


def _too_many(path: Path) -> UnreadableExport:
    return UnreadableExport(
        f"{path.name} holds more than {MOST_ITEMS:,} entries, which no person's export does. If they are really yours, "
        "split the file and import the parts."
    )


def recognise(path: Path) -> list[str]:
    """The sub-types that can read this file, in the order in which they are best imported; none if there are none.

    Raises:
        UnreadableExport: the file is empty, damaged or not to be trusted, so that nothing can be told
    """
    with Archive(path) as archive:
        return _fitting(archive)


def _fitting(archive: Archive) -> list[str]:
    return [known.name for known in SUB_TYPES.values() if known.look(archive) is not None]


def _mismatch(known: SubType, archive: Archive) -> str:
    message = f"Expected {known.expected}; {archive.path.name} is {archive.described()}."
    if fitting := _fitting(archive):
        return f"{message} It can be imported as {' or '.join(fitting)}."
    return f"{message} {known.advice}"


def _verify(members: tuple[Member, ...]) -> None:
    """Unpack what will be read, once, so that a damaged zip is refused before anything is imported.

    Very large files are not read twice for it: their damage shows when it is reached.
    """
    left = _VERIFIED_BYTES
    for member in sorted(members, key=lambda member: member.size):
        left -= member.size
        if left < 0:
            return
        with member.open() as stream:
            while stream.read(1 << 20):
                pass


_LINKEDIN = (
    "In LinkedIn open Settings & Privacy, Data privacy, Get a copy of your data, choose Connections, and import the "
    "file that LinkedIn sends."
)
_TAKEOUT = (
    "At takeout.google.com choose {product} and import the zip that Google makes; a .tgz is not read, choose .zip."
)
_X = "On X open Settings, Your account, Download an archive of your data, and import the zip when X has made it."
_SUBSTACK = "In Substack open your publication's Settings, Exports, New export, and import the zip."

SUB_TYPES: dict[str, SubType] = {
    known.name: known
    for known in (
        SubType(
            "linkedin_contacts", "LinkedIn connections", "linkedin",
            "LinkedIn's Connections.csv, or the zip that it comes in", _LINKEDIN, linkedin_export.look_for_contacts,
        ),
        SubType(
            "gmail_contacts", "Google contacts", "gmail",
            "a Google CSV or a vCard file of contacts, or a Takeout zip with Contacts",
            "At contacts.google.com choose Export, Google CSV. " + _TAKEOUT.format(product="Contacts"),
            google_contacts.look_for_contacts,
        ),
        SubType(
            "gmail_metadata", "Gmail messages: who and when", "gmail",
            "a mailbox (.mbox), or a Takeout zip with Mail", _TAKEOUT.format(product="Mail"),
            gmail_export.look_for_messages,
        ),
        SubType(
            "x_contacts", "X followers and following", "x",
            "X's archive with follower.js or following.js", _X, x_archive.look_for_contacts,
        ),
        SubType("x_tweets", "X posts", "x", "X's archive with tweets.js", _X, x_archive.look_for_tweets),
        SubType(
            "x_mentions", "X conversations", "x",
            "X's archive with tweets.js or direct-messages.js", _X, x_archive.look_for_mentions,
        ),
        SubType(
            "substack_contacts", "Substack subscribers", "substack",
            "Substack's list of subscribers (email_list.csv or the dashboard's export), or the export zip", _SUBSTACK,
            substack_export.look_for_contacts,
        ),
        SubType(
            "substack_posts", "Substack posts", "substack",
            "Substack's posts.csv, the export zip, or the RSS feed of a publication", _SUBSTACK,
            substack_posts.look_for_posts,
        ),
    )
}  # fmt: skip
