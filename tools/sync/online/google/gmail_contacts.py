"""The address book of a Google account: all once, then what changed (docs/platforms.md, "Google's address book")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onelane.storage.database.engine import Session
from onelane.tools.platforms.formats.records import Item, PersonRecord
from onelane.tools.platforms.google.people_answers import ENTRY, PeoplePage, person_record
from onelane.tools.platforms.google.people_client import PERSON_FIELDS, PeopleClient
from onelane.tools.platforms.online.failures import CursorExpired, OurFault
from onelane.tools.sync.online.page_tokens import PageTokens
from onelane.tools.sync.online.source import Position, SourcePage


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the address book was read.

    Args:
        sync_token: with which what changed is asked for; empty for a full pass
        page_token: of the next page; empty at the beginning of a pass
        known: the numbers of the entries that are known from this account
        seen: those that a full pass has shown until now
    """

    sync_token: str = ""
    page_token: str = ""
    known: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()

    @classmethod
    def of(cls, position: Position) -> "_Place":
        """The place that a cursor says. A sync token that belongs to other fields is none."""
        if position.get("fields") != PERSON_FIELDS:
            return cls(known=_numbers(position, "known"))
        return cls(
            str(position.get("sync_token") or ""),
            str(position.get("page_token") or ""),
            _numbers(position, "known"),
            _numbers(position, "seen"),
        )

    @property
    def is_full(self) -> bool:
        """Whether all is read, and not what changed."""
        return not self.sync_token

    def anew(self) -> "_Place":
        """The beginning of a full pass."""
        return _Place(known=self.known)

    def after(self, page: PeoplePage) -> "_Place":
        """The place behind a page."""
        present_ids = {_number(each.resource_name) for each in page.people if not each.is_deleted}
        deleted_ids = {_number(each.resource_name) for each in page.people if each.is_deleted}
        deleted_ids |= {_number(name) for each in page.people for name in each.former_names}
        if self.is_full:
            seen_ids = self.seen | present_ids
            if page.next_page_token:
                return _Place("", page.next_page_token, self.known, seen_ids)
            # Without the token that ends a pass, or the entries that were announced, nobody knows whether this was all.
            is_whole = bool(page.next_sync_token) and (bool(seen_ids) or not page.total)
            return _Place(page.next_sync_token, "", seen_ids if is_whole else seen_ids | self.known)
        known_ids = (self.known | present_ids) - deleted_ids
        token = self.sync_token if page.next_page_token else page.next_sync_token or self.sync_token
        return _Place(token, page.next_page_token, known_ids)

    def position(self) -> Mapping[str, Any]:
        """The place as a cursor keeps it."""
        lists = {"known": self.known, "seen": self.seen}
        return {
            "fields": PERSON_FIELDS,
            "sync_token": self.sync_token,
            "page_token": self.page_token,
            **{name: " ".join(sorted(numbers)) for name, numbers in lists.items() if numbers},
        }


class GoogleContacts:
    """The people in an account's address book; a `Source`.

    Args:
        client: asks the People API
        full: whether all is read, however little has changed
    """

    name = "connections"

    def __init__(self, client: PeopleClient, *, full: bool = False) -> None:
        self._client = client
        self._full = full
        self._tokens = PageTokens("Google")

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        place = _Place.of(position)
        if self._full and not place.is_full:
            place = place.anew()
        place, page = self._page(place)
        self._full = False
        self._tokens.check(page.next_page_token)
        after = place.after(page)
        is_last = not page.next_page_token
        return SourcePage(
            items=[*_items(page), *(_lost(place.known - after.known) if place.is_full and is_last else ())],
            position=after.position(),
            is_last=is_last,
            resources=len(page.people),
            total_items=page.total if place.is_full else None,
        )

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`; who is gone is said with the last page."""

    def _page(self, place: _Place) -> tuple[_Place, PeoplePage]:
        """The next page, of a full pass where Google has forgotten how far the last sync came."""
        try:
            return place, self._client.connections(sync_token=place.sync_token, page_token=place.page_token)
        except CursorExpired:
            if place.is_full and not place.page_token:
                raise
        except OurFault:
            # A page token that another run has left may be too old; one that was given just now is not.
            if not place.page_token or self._tokens.gave(place.page_token):
                raise
        return place.anew(), self._client.connections()


class GoogleOthers:
    """Those whom one has only mailed, and who are in no address book; a `Source`.

    Google's ids of them do not stay, so that they are known by their addresses, and all are read each time.

    Args:
        client: asks the People API
    """

    name = "others"

    def __init__(self, client: PeopleClient) -> None:
        self._client = client
        self._tokens = PageTokens("Google")

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        token = str(position.get("page_token") or "")
        try:
            page = self._client.other_contacts(page_token=token)
        except OurFault:
            # A page token that another run has left may be too old; one that was given just now is not.
            if not token or self._tokens.gave(token):
                raise
            page = self._client.other_contacts()
        self._tokens.check(page.next_page_token)
        return SourcePage(
            items=_items(page),
            position={"page_token": page.next_page_token},
            is_last=not page.next_page_token,
            resources=len(page.people),
            total_items=page.total,
        )

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`; whom Google no longer lists stays."""


def _items(page: PeoplePage) -> Sequence[Item]:
    return [person_record(each, line) for line, each in enumerate(page.people, 1)]


def _lost(numbers: frozenset[str]) -> Sequence[Item]:
    """Who was known and is in the address book no more, though nobody said so."""
    names = (f"{ENTRY}c{number}" for number in sorted(numbers))
    return [PersonRecord(line=0, platform="gmail", platform_user_id=name, is_gone=True) for name in names]


def _number(resource_name: str) -> str:
    return resource_name.removeprefix(ENTRY).removeprefix("c")


def _numbers(position: Position, name: str) -> frozenset[str]:
    return frozenset(str(position.get(name) or "").split())
