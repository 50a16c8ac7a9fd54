"""The contents of a recognised export."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from onelane.tools.platforms.formats.archive import Archive, Member
from onelane.tools.platforms.formats.records import Item, Owner, PlatformName


@dataclass(frozen=True, slots=True)
class Contents:
    """The answer of a reader that recognised its files in an archive."""

    label: str
    """What it is, for the person: "LinkedIn connections, messages"."""
    platform: PlatformName
    read: Callable[[Archive], Iterator[Item]]
    """Reads all items in a fixed order, from the same path opened anew."""
    members: tuple[Member, ...]
    """The files that `read` reads."""
    owner: Owner | None = None
    total_items: int | None = None
    copies: tuple[str, ...] = ()
    """Files that hold the same kind of thing as one that is read, such as a copy of it, by name."""
    is_part: bool = False
    """Whether it is only a table that lies beside what is mostly meant, such as messages beside connections."""
    is_guess: bool = False
    """Whether it could be nearly anybody's list; what is certainly a platform's is that platform's."""
