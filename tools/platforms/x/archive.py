"""X's archive ("Download an archive of your data"): the zip, the folder it was unpacked to, or one of its files."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from onelane.tools.platforms.formats.archive import Archive
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.records import BadLine, Item, PostRecord, excerpt
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.x.files import XFiles, find_files
from onelane.tools.platforms.x.messages import read_messages
from onelane.tools.platforms.x.owners import Owners, find_owners
from onelane.tools.platforms.x.people import Names, read_people
from onelane.tools.platforms.x.posts import read_posts

_ADVICE = "On X open Settings, Your account, Download an archive of your data, and import the zip when X has made it."


@export_format(
    "x_contacts",
    label="X followers and following",
    platform="x",
    expectation="X's archive with follower.js or following.js",
    advice=_ADVICE,
)
def look_for_contacts(archive: Archive) -> Contents | None:
    """Followers and following. An archive holds only their ids; names come from the posts that mention them."""
    return _contents(archive, "X followers and following", _read_contacts, ("followers", "following"), ("tweets",))


@export_format(
    "x_tweets",
    label="X posts",
    platform="x",
    expectation="X's archive with tweets.js",
    advice=_ADVICE,
)
def look_for_tweets(archive: Archive) -> Contents | None:
    """The owner's posts, replies and reposts."""
    contents = _contents(archive, "X posts", _read_tweets, ("tweets",), ("notes", "deleted"))
    return replace(contents, total_items=find_files(archive).counts.get("tweets")) if contents else None


@export_format(
    "x_mentions",
    label="X conversations",
    platform="x",
    expectation="X's archive with tweets.js or direct-messages.js",
    advice=_ADVICE,
)
def look_for_mentions(archive: Archive) -> Contents | None:
    """Whom the owner talks to: the posts that name, answer or repost someone, then the direct messages.

    An archive does not hold what others wrote about the owner; that takes X's interface.
    """
    main_kinds = ("tweets", "messages", "group_messages")
    return _contents(archive, "X conversations", _read_conversations, main_kinds, ("notes", "deleted"))


def _read_contacts(owners: Owners, archive: Archive) -> Iterator[Item]:
    files = find_files(archive)
    yield from _missing(files, "followers", "following")
    yield from read_people(files)


def _read_tweets(owners: Owners, archive: Archive) -> Iterator[Item]:
    files = find_files(archive)
    yield from _missing(files, "tweets")
    yield from read_posts(files, owners)


def _read_conversations(owners: Owners, archive: Archive) -> Iterator[Item]:
    files, names = find_files(archive), Names()
    yield from _missing(files, "tweets")
    for item in read_posts(files, owners):
        if isinstance(item, PostRecord):
            for person in item.mentions:
                names.keep(person.platform_user_id or "", person.handle or "", person.name or "")
            if not (item.mentions or item.in_reply_to):
                continue
        yield item
    yield from read_messages(files, owners.account.platform_user_id if owners.account else None, names)


def _contents(
    archive: Archive,
    label: str,
    read: Callable[[Owners, Archive], Iterator[Item]],
    main_kinds: tuple[str, ...],
    useful: tuple[str, ...],
) -> Contents | None:
    files = find_files(archive)
    if not any(kind in files.parts for kind in main_kinds):
        return None
    members = tuple(member for kind in main_kinds + useful for member in files.parts.get(kind, ()))
    owners = find_owners(files)
    copies = tuple(name for kind in main_kinds for name in files.copies.get(kind, ()))
    return Contents(label, "x", partial(read, owners), members, owners.account, copies=copies)


def _missing(files: XFiles, *kinds: str) -> Iterator[BadLine]:
    for kind in kinds:
        for name in files.missing.get(kind, ()):
            yield BadLine(
                1,
                f"{excerpt(name)} is named by the archive's manifest, but it is not in the archive",
                "a file that is missing",
            )
