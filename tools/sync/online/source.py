"""The port of an online sync: one list of a platform, which is read page by page (docs/platforms.md, "Syncs")."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from onelane.storage.database.engine import Session
from onelane.tools.platforms.formats.records import Item

Position = Mapping[str, Any]
"""How far a list was read, as JSON: one part of `sync_cursors.cursor`, under the source's name."""

_WAYMARKS = frozenset({"token", "page_token", "seen", "history_page", "came", "list_page", "left", "start"})
"""What sources call the place in a pass that is under way."""


def without_waymarks(position: Position) -> Position:
    """What was read before the pass that is under way, which begins anew from there."""
    return {name: value for name, value in position.items() if name not in _WAYMARKS}


@dataclass(frozen=True, slots=True)
class SourcePage:
    """What one request for a page brought.

    Args:
        items: people, posts and messages, as the readers of files give them
        position: where the next page begins; kept in the commit that takes the items
        is_last: whether the list ends here for this sync
        resources: so many things the platform counts for it
        usd: what it costs, in dollars
        requests: so many requests it took; a page of mails takes one for each mail besides the list
        total_items: so many there are in all, where the platform says so
        taken: says what was paid for as taken in, in the commit that takes the items
        also: what else is done in the commit that takes the items; it gives what is counted of it
    """

    items: Sequence[Item]
    position: Position
    is_last: bool
    resources: int = 0
    usd: float = 0.0
    requests: int = 1
    total_items: int | None = None
    taken: Callable[[Session], None] | None = None
    also: Callable[[Session], Mapping[str, int]] | None = None


class Source(Protocol):
    """One list of one account, such as its followers."""

    @property
    def name(self) -> str:
        """Its part of the cursor, such as `followers`; it is data and stays when code is renamed."""
        ...

    def fetch(self, position: Position) -> SourcePage:
        """Ask for the next page; called outside of any transaction.

        Args:
            position: where the last page ended; empty at the first sync

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        ...

    def conclude(self, session: Session, position: Position) -> None:
        """Do what only a pass that was read to its end allows, such as taking away relations that are over.

        Called in the commit of the last page.
        """
        ...
