"""How far a Gmail account's mails were read, as its cursor keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onelane.tools.platforms.formats.instants import iso_instant
from onelane.tools.sync.online.google.fetched_mails import FetchedMails
from onelane.tools.sync.online.source import Position

_MOST_PASSED_OVER = 5000


@dataclass(frozen=True, slots=True)
class GmailPlace:
    """How far a mailbox was read.

    Args:
        history_id: where its history was when it was last read to its end; empty before the first sync
        history_page: of what came since; empty at its beginning
        came: of what came since, the ids that are still to be asked for
        is_listing: whether the list is being read
        list_page: the next one of the list; empty at its beginning
        left: of the last page of the list, the ids that are still to be asked for
        since: the list was read down to this instant; None where it was read to its end
        passed_over: ids of mails that leave no trace, such as newsletters; the last of them, since ids grow
        own: further addresses of the owner, from what was sent
    """

    history_id: str = ""
    history_page: str = ""
    came: tuple[str, ...] = ()
    is_listing: bool = False
    list_page: str = ""
    left: tuple[str, ...] = ()
    since: datetime | None = None
    passed_over: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()

    @classmethod
    def of(cls, position: Position) -> "GmailPlace":
        """The place that a cursor says."""

        def text(name: str) -> str:
            return str(position.get(name) or "")

        return cls(
            text("history_id"),
            text("history_page"),
            tuple(text("came").split()),
            bool(position.get("is_listing")),
            text("list_page"),
            tuple(text("left").split()),
            iso_instant(text("since")) if text("since") else None,
            frozenset(text("passed_over").split()),
            frozenset(text("own").split()),
        )

    def position(self) -> Mapping[str, Any]:
        """The place as a cursor keeps it: only what it has."""
        values: dict[str, Any] = {
            "history_id": self.history_id,
            "history_page": self.history_page,
            "came": " ".join(self.came),
            "is_listing": self.is_listing,
            "list_page": self.list_page,
            "left": " ".join(self.left),
            "since": self.since.isoformat() if self.since else "",
            "passed_over": " ".join(sorted(self.passed_over)),
            "own": " ".join(sorted(self.own)),
        }
        return {name: value for name, value in values.items() if value}

    def at_top(self) -> "GmailPlace":
        """The beginning of the list."""
        return replace(self, is_listing=True, list_page="", left=())

    def at_history(self, history_id: str) -> "GmailPlace":
        """A place in the history behind which nothing was read yet."""
        return replace(self, history_id=history_id, history_page="", came=())

    def with_mails(self, mails: FetchedMails) -> "GmailPlace":
        """What mails tell of the mailbox, besides what is kept of them."""
        passed_over = sorted(self.passed_over.union(mails.without_trace))[-_MOST_PASSED_OVER:]
        return replace(self, passed_over=frozenset(passed_over), own=self.own | mails.own)
