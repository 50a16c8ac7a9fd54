"""A platform for tests: lists of people over real HTTP, with page tokens, limits, prices and what goes wrong."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest
from onelane.storage.database.engine import Session
from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.formats.records import PersonRecord
from onelane.tools.platforms.online.failures import (
    AgainAt,
    AgainNow,
    CapReached,
    CursorExpired,
    PlatformFailure,
    SignInAgain,
    UnreadableAnswer,
)
from onelane.tools.registry.context import Services
from onelane.tools.sync.online.online_sources import SourcesOf, SyncOptions
from onelane.tools.sync.online.source import Position, Source, SourcePage

USD_EACH = 0.001


@dataclass
class Lists:
    """The platform: some lists of people, each on pages.

    Args:
        pages: how many pages each list has
        page_size: how many people are on one
        answers: what is answered to the n-th request instead, counted from 1
        forgotten: page tokens that it does not know any more
        repeats: after which page of a list the same token comes again
        on_request: called with each request, before it is answered
    """

    pages: Mapping[str, int]
    page_size: int = 5
    answers: dict[int, DoubleAnswer] = field(default_factory=dict[int, DoubleAnswer])
    forgotten: set[str] = field(default_factory=set[str])
    repeats: dict[str, int] = field(default_factory=dict[str, int])
    on_request: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.double = Double({"GET /lists/{name}": self._page})

    @property
    def asked(self) -> list[str]:
        """Which pages were asked for, in order: the list and the number."""
        return [f"{each.path.rpartition('/')[2]}:{each.first('token') or '0'}" for each in self.double.requests]

    @property
    def twice(self) -> dict[str, int]:
        """Which pages were asked for more than once, and how often."""
        return {page: count for page, count in Counter(self.asked).items() if count > 1}

    @property
    def people(self) -> int:
        """How many there are in all lists."""
        return sum(self.pages.values()) * self.page_size

    def _page(self, request: DoubleRequest, name: str) -> DoubleAnswer:
        self.on_request()
        instead = self.answers.get(len(self.double.requests))
        if instead is not None:
            return instead
        token = request.first("token") or "0"
        if token in self.forgotten:
            return DoubleAnswer(410, {"title": "Gone"})
        number, last = int(token), self.pages[name] - 1
        first = number * self.page_size
        people = [{"id": f"{name}{at}", "name": f"{name.title()} N{at}"} for at in range(first, first + self.page_size)]
        following = None if number >= last else str(number + 1)
        if self.repeats.get(name) == number:
            following = token
        return DoubleAnswer(200, {"people": people, "next": following, "total": self.pages[name] * self.page_size})


class HttpSource:
    """One of the lists, over HTTP."""

    def __init__(self, services: Services, name: str, url: str, concluded: list[str]) -> None:
        self._services = services
        self._name = name
        self._url = url
        self._concluded = concluded

    @property
    def name(self) -> str:
        """See `Source`."""
        return self._name

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        with self._services.online.connect() as client:
            try:
                response = client.get(f"{self._url}/lists/{self._name}", params=dict(position))
            except httpx2.HTTPError as error:
                raise AgainNow from error
        self._refuse(response)
        body = response.json()
        people = [
            PersonRecord(line=at, platform="x", platform_user_id=each["id"], name=each["name"])
            for at, each in enumerate(body["people"])
        ]
        position = {} if body["next"] is None else {"token": body["next"]}
        count, total = len(people), body["total"]
        return SourcePage(people, position, not position, resources=count, usd=count * USD_EACH, total_items=total)

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`."""
        session.after_commit(lambda: self._concluded.append(self._name))

    def _refuse(self, response: httpx2.Response) -> None:
        seconds = float(response.headers.get("retry-after") or 0)
        at = self._services.database.clock() + timedelta(seconds=seconds)
        failures: dict[int, PlatformFailure] = {
            429: AgainAt("The platform takes no more requests for now.", at=at),
            503: AgainNow(),
            401: SignInAgain(),
            402: CapReached(),
            410: CursorExpired(),
            418: UnreadableAnswer("The platform answered with something else.", raw=response.text),
        }
        if response.status_code in failures:
            raise failures[response.status_code]


def limited(seconds: int) -> DoubleAnswer:
    """The platform takes no requests for so long."""
    return DoubleAnswer(429, {}, {"Retry-After": str(seconds)})


def sources_at(url: str, names: Sequence[str], concluded: list[str]) -> SourcesOf:
    """What reads these lists at an address."""

    def sources(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
        return [HttpSource(services, name, url, concluded) for name in names]

    return sources
