"""Looks people up at X: those who were never asked about, or those who are named (docs/platforms.md, "X's lists")."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from onelane.storage.database.engine import Session
from onelane.storage.people.identities import contacts_on, count_unasked, users_of, users_unasked
from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.formats.records import PersonRecord, SkippedLine, excerpt
from onelane.tools.platforms.online.failures import PersonMustAct, UnreadableAnswer
from onelane.tools.platforms.x.answers import XPage, XUser
from onelane.tools.platforms.x.client import MOST_IDS
from onelane.tools.platforms.x.live_records import gone_person, live_person
from onelane.tools.sync.online.source import Position, SourcePage
from onelane.tools.sync.online.x.x_account import XAccount

_UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class _Place:
    """How far was looked up.

    Args:
        whom: those who were never asked about, or a mark of those who are named
        after: the last user's id that was looked up
        read: so many were looked up
    """

    whom: str
    after: str = ""
    read: int = 0


class XLookUps:
    """The users of X whom a run looks up; a `Source`.

    Args:
        x: the account
        contact_ids: whom; empty for all who were never asked about
        most: so many at most in this run
    """

    name = "profiles"

    def __init__(self, x: XAccount, *, contact_ids: Sequence[str] = (), most: int | None = None) -> None:
        self._x = x
        self._contact_ids = contact_ids
        self._left = most
        self._whom = _mark_of(contact_ids) if contact_ids else _UNASKED

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        place = _Place(**position) if position.get("whom") == self._whom else _Place(self._whom)
        size = MOST_IDS if self._left is None else min(MOST_IDS, self._left)
        ids, remaining_count = self._next(place.after, size)
        if not ids:
            return SourcePage(items=(), position={}, is_last=True, requests=0)
        with self._x.ledger.buying("user", f"users:{_mark_of(ids)}", most=len(ids), for_run=True) as purchase:
            requested_ids = ids[: purchase.size]
            page = self._x.client.users(requested_ids)
            _check_answer(page, requested_ids)
            purchase.ids = [user.id for user in page.items]
        if self._left is not None:
            self._left -= len(requested_ids)
        is_last = len(requested_ids) >= remaining_count or self._left == 0
        after = _Place(self._whom, requested_ids[-1], place.read + len(requested_ids))
        return SourcePage(
            items=[*_people(page, requested_ids), *self._without_number(position)],
            position=asdict(after) if not is_last else {},
            is_last=is_last,
            resources=len(page.items),
            usd=purchase.usd,
            taken=self._x.ledger.taking_in("user"),
            total_items=place.read
            + (remaining_count if self._left is None else min(remaining_count, self._left + len(requested_ids))),
        )

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`; there is nothing more to say of those who were looked up."""

    def _without_number(self, position: Position) -> Sequence[SkippedLine]:
        """Those who were named and whom X can't be asked about; they are told with the first page."""
        if not self._contact_ids or position.get("whom") == self._whom:
            return ()
        with self._x.database.read() as session:
            contacts_at_x = contacts_on(session, Platform.X, self._contact_ids)
        contact_ids = [each for each in self._contact_ids if each not in contacts_at_x]
        return [SkippedLine(line, "a contact whose number at X is not known") for line, _ in enumerate(contact_ids, 1)]

    def _next(self, after: str, size: int) -> tuple[Sequence[str], int]:
        """The next users to look up, and how many there are from there on."""
        with self._x.database.read() as session:
            if self._contact_ids:
                ids = [each for each in users_of(session, Platform.X, self._contact_ids) if each > after]
                return ids[:size], len(ids)
            return users_unasked(session, Platform.X, after, size), count_unasked(session, Platform.X, after)


def _check_answer(page: XPage[XUser], requested_ids: Sequence[str]) -> None:
    """See that X says something of at least one of those who were asked about: nothing at all is no news of them.

    Raises:
        PersonMustAct: X says why it shows nobody
        UnreadableAnswer: it does not
    """
    if not {*requested_ids}.isdisjoint({*(user.id for user in page.items), *(fault.id for fault in page.faults)}):
        return
    if page.faults:
        raise PersonMustAct(f'X shows none of these people. (X says: "{excerpt(page.faults[0].detail)}")')
    raise UnreadableAnswer(
        "X's answer can't be read: it tells of nobody who was asked about. Nothing of it was taken. Start again in "
        "a while.",
        raw="",
    )


def _people(page: XPage[XUser], requested_ids: Sequence[str]) -> list[PersonRecord]:
    people = [live_person(line, user) for line, user in enumerate(page.items, 1)]
    gone_users = [fault for fault in page.faults if fault.is_gone and fault.id in requested_ids]
    return people + [gone_person(line, fault) for line, fault in enumerate(gone_users, len(people) + 1)]


def _mark_of(ids: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
