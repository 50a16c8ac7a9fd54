"""The posts of an X account, and those that name it (docs/platforms.md, "X's lists").

What is newer than the newest that is known comes first, then everything back to the oldest as far as that was not read.
Places are ids and not instants, for several posts may share a second.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from onelane.storage.database.engine import Session
from onelane.tools.platforms.online.failures import CursorExpired
from onelane.tools.platforms.x.answers import XPage, XPost
from onelane.tools.platforms.x.client import FEWEST_POSTS, MOST_POSTS
from onelane.tools.platforms.x.live_records import live_post
from onelane.tools.platforms.x.prices import Resource
from onelane.tools.sync.online.source import Position, SourcePage
from onelane.tools.sync.online.x.x_account import XAccount

_RESOURCES: dict[str, Resource] = {"tweets": "post", "mentions": "mention"}
_COUNTED = {"tweets": "posts"}
MOST_BACK = {"tweets": 3200, "mentions": 800}
"""So many posts X goes back."""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a list was read.

    Args:
        token: of the next page; empty between passes
        since_id: of the pass under way: only what is newer
        until_id: of the pass under way: only what is older
        start_time: of the pass under way: nothing that is older
        newest: the newest post that was read
        oldest: the oldest one
        is_known: whether everything back to the oldest was read
        back_token: of the pass backward that waits for this one: the token of its next page
        back_until_id: its `until_id`
        back_start_time: its `start_time`
    """

    token: str = ""
    since_id: str = ""
    until_id: str = ""
    start_time: str = ""
    newest: str = ""
    oldest: str = ""
    is_known: bool = False
    back_token: str = ""
    back_until_id: str = ""
    back_start_time: str = ""

    @classmethod
    def of(cls, position: Position) -> "_Place":
        """The place that a cursor says."""
        return cls(**{name: position[name] for name in cls.__dataclass_fields__ if name in position})

    @property
    def bounds(self) -> Mapping[str, str]:
        """What the pass under way asks for."""
        bounds = {"since_id": self.since_id, "until_id": self.until_id, "start_time": self.start_time}
        return {name: value for name, value in bounds.items() if value}

    @property
    def is_backward(self) -> bool:
        """Whether a pass back to the oldest is under way."""
        return not self.is_known and not self.since_id and bool(self.newest)

    def looking_forward(self) -> "_Place":
        """The beginning of a pass over what is newer; that backward waits."""
        return _Place(
            since_id=self.newest,
            newest=self.newest,
            oldest=self.oldest,
            is_known=self.is_known,
            back_token=self.token,
            back_until_id=self.until_id,
            back_start_time=self.start_time,
        )

    def going_back(self) -> "_Place":
        """The pass backward, where it waited."""
        return _Place(
            token=self.back_token,
            until_id=self.back_until_id,
            start_time=self.back_start_time,
            newest=self.newest,
            oldest=self.oldest,
        )

    def from_its_oldest(self) -> "_Place":
        """Where a pass backward is taken up again without a token."""
        return replace(self, token="", until_id=self.oldest)

    def after(self, page: XPage[XPost]) -> "_Place":
        """The place behind a page."""
        ids = [post.id for post in page.items if post.id.isdecimal()]
        newest = max(filter(None, (self.newest, *ids)), key=int, default="")
        oldest = min(filter(None, (self.oldest, *ids)), key=int, default="")
        if page.next_token:
            return replace(self, token=page.next_token, newest=newest, oldest=oldest)
        if self.since_id and not self.is_known:
            return replace(self, newest=newest).going_back()
        return _Place(newest=newest, oldest=oldest, is_known=True)


class XPosts:
    """A list of posts of an account; a `Source`.

    Args:
        x: the account
        name: `tweets` or `mentions`
        full: whether everything is read, though it is known
        since: nothing that is older is asked for
        has_looked: whether this run has begun to read it before, as one that goes on after a crash
    """

    def __init__(
        self,
        x: XAccount,
        name: str,
        *,
        full: bool = False,
        since: datetime | None = None,
        has_looked: bool = False,
    ) -> None:
        self._x = x
        self._name = name
        self._full = full
        self._has_looked = has_looked
        self._start_time = "" if since is None else since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def name(self) -> str:
        """See `Source`."""
        return self._name

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        place = self._next_place(_Place.of(position))
        self._has_looked = True
        try:
            return self._read(place)
        except CursorExpired:
            if not place.token or place.since_id or not place.oldest:
                raise
        return self._read(place.from_its_oldest())

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`; a post that is gone from X stays here."""

    def _next_place(self, place: _Place) -> _Place:
        """The place where the next page begins: that of the pass under way, or the beginning of one."""
        if self._full and (place.is_known or place.since_id):
            return _Place(newest=place.newest, start_time=self._start_time)
        if place.is_known and not place.token and place.newest:
            return replace(place, since_id=place.newest, until_id="", start_time="")
        if place.is_backward and not self._has_looked:
            return place.looking_forward()
        if place.token and not place.since_id and place.start_time != self._start_time:
            return replace(place.from_its_oldest(), start_time=self._start_time)
        return place if place.token or place.oldest else replace(place, start_time=self._start_time)

    def _read(self, place: _Place) -> SourcePage:
        with self._x.ledger.buying(
            _RESOURCES[self._name], self._key(place), most=MOST_POSTS, fewest=FEWEST_POSTS, for_run=True
        ) as purchase:
            page = self._page(purchase.size, place)
            purchase.ids = [post.id for post in page.items]
        after = place.after(page)
        return SourcePage(
            items=[live_post(line, post, page.users, self._x.owner) for line, post in enumerate(page.items, 1)],
            position=asdict(after),
            is_last=after.is_known and not after.token,
            resources=len(page.items),
            usd=purchase.usd,
            taken=self._x.ledger.taking_in(_RESOURCES[self._name]),
            total_items=None if place.since_id else self._total(),
        )

    def _page(self, size: int, place: _Place) -> XPage[XPost]:
        ask = self._x.client.tweets if self._name == "tweets" else self._x.client.mentions
        return ask(self._x.user_id, size=size, token=place.token or None, bounds=place.bounds)

    def _key(self, place: _Place) -> str:
        return ":".join((self._name, *place.bounds.values(), place.token))

    def _total(self) -> int | None:
        count = self._x.counts.get(_COUNTED.get(self._name, ""))
        return None if count is None or self._start_time else min(count, MOST_BACK[self._name])
