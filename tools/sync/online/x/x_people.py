"""The followers of an X account, and whom it follows (docs/platforms.md, "X's lists").

X tells nothing of what changed. The newest come first, so that a sync is over where it meets those it knows; only a
pass over the whole list shows who is no longer in it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from onelane.storage.database.engine import Session
from onelane.storage.people.account_relations import count_seen, listed_users
from onelane.tools.people.intake.relations import ListedRelation, end_relations
from onelane.tools.platforms.x.answers import XPage, XUser
from onelane.tools.platforms.x.client import MOST_PEOPLE
from onelane.tools.platforms.x.live_records import live_person
from onelane.tools.sync.online.source import Position, SourcePage
from onelane.tools.sync.online.x.x_account import XAccount, keep_count

NEWEST = 100
"""So many are looked at for new ones."""
_LISTS: dict[str, ListedRelation] = {"followers": "follower", "following": "following"}


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a list was read.

    Args:
        token: of the next page; empty between passes
        mark: of the pass over the whole list that is under way or was the last
        is_forward: whether only new ones are looked for
        is_known: whether a whole pass was read to its end
    """

    token: str = ""
    mark: str = ""
    is_forward: bool = False
    is_known: bool = False

    @classmethod
    def of(cls, position: Position) -> "_Place":
        """The place that a cursor says."""
        return cls(**{name: position[name] for name in cls.__dataclass_fields__ if name in position})


class XPeople:
    """One of an account's two lists of people; a `Source`.

    Args:
        x: the account
        name: `followers` or `following`
        full: whether the whole list is read, though it is known
    """

    def __init__(self, x: XAccount, name: str, *, full: bool = False) -> None:
        self._x = x
        self._name = name
        self._relation: ListedRelation = _LISTS[name]
        self._full = full

    @property
    def name(self) -> str:
        """See `Source`."""
        return self._name

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        place = self._next_place(_Place.of(position))
        most = NEWEST if place.is_forward else self._size()
        # The pass's own mark is no part of it: a first page whose answer was lost is sent again as the same request.
        key = f"{self._name}:{'new' if place.is_forward else 'all'}:{place.token}"
        with self._x.ledger.buying(self._relation, key, most=most, for_run=True) as purchase:
            page = self._page(purchase.size, place.token)
            purchase.ids = [user.id for user in page.items]
        is_last = page.next_token is None or (place.is_forward and self._is_met(page.items))
        after = replace(
            place,
            token="" if is_last else page.next_token or "",
            is_known=place.is_known or (is_last and not place.is_forward),
        )
        mark = None if place.is_forward else place.mark
        other_users = [user for user in page.items if user.id != self._x.user_id]
        return SourcePage(
            items=[
                live_person(line, user, (self._relation,), seen_in=mark) for line, user in enumerate(other_users, 1)
            ],
            position=asdict(after),
            is_last=is_last,
            resources=len(page.items),
            usd=purchase.usd,
            taken=self._x.ledger.taking_in(self._relation),
            total_items=None if place.is_forward else self._x.counts.get(self._name),
        )

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`: who is no longer in the list loses the relation."""
        place = _Place.of(position)
        if not place.is_forward:
            account = self._x.account
            end_relations(session, account, self._relation, seen_in=place.mark)
            count = count_seen(session, account.id, self._relation, place.mark)
            keep_count(session, account.id, self._name, count)

    def _next_place(self, place: _Place) -> _Place:
        """The place where the next page begins: that of the pass under way, or the beginning of one."""
        if place.token and not (self._full and place.is_forward):
            return place
        if place.is_known and not self._full:
            return _Place(mark=place.mark, is_forward=True, is_known=True)
        return _Place(mark=self._x.database.clock().isoformat(), is_known=place.is_known)

    def _size(self) -> int:
        """How many are asked for: no more is reserved than a short list can cost."""
        count = self._x.counts.get(self._name)
        return MOST_PEOPLE if count is None else min(MOST_PEOPLE, max(NEWEST, count + count // 10))

    def _page(self, size: int, token: str) -> XPage[XUser]:
        ask = self._x.client.followers if self._name == "followers" else self._x.client.following
        return ask(self._x.user_id, size=size, token=token or None)

    def _is_met(self, users: Sequence[XUser]) -> bool:
        """Whether all at the end of a page are known; one is no proof, for who follows again stands at the top."""
        last_ids = [user.id for user in users[len(users) // 2 :]]
        if not last_ids:
            return False
        with self._x.database.read() as session:
            known_ids = listed_users(session, self._x.account.id, self._relation, last_ids)
        return known_ids >= {*last_ids}
