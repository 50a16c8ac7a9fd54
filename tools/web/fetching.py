"""Fetches pages of the public web, politely: robots.txt, one request a second per host, limits on size and time."""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from onelane.storage.database.engine import Database
from onelane.storage.platforms import web_hosts
from onelane.storage.platforms.web_hosts import Robots
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.trust import trusted_certificates
from onelane.tools.registry.ports.web import FeedState, Fetched, FetchedFeed
from onelane.tools.web.deadline import Deadline
from onelane.tools.web.decoding import bare, decode
from onelane.tools.web.locations import Location
from onelane.tools.web.network import Network
from onelane.tools.web.refusals import DisallowedByRobots, EndlessRedirects, HostBusy, RobotsUnknown, not_scraped

if TYPE_CHECKING:
    from onelane.tools.web.redirect_chain import HttpAnswer, RedirectChain

ROBOT = "Onelane"
"""The name that a robots.txt may use for us."""

_ROBOTS_BYTES = 512_000  # RFC 9309, section 2.5, wants at least 500 KiB to be read
_ROBOTS_FRESH = timedelta(days=1)
_ROBOTS_USABLE = timedelta(days=30)
_LONGEST_GAP_S = 10.0
_PAGE_TYPES = "text/html, application/xhtml+xml, text/*;q=0.9, application/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
_FEED_TYPES = "application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
_FEED_BYTES = 10_000_000
_LONGEST_STATE = 500
_PASSED_ON = frozenset({"accept", "accept-language", "origin", "referer"})
_NOT_PASSED_BACK = frozenset({"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one fetch may take.

    Args:
        size_bytes: of the body, unpacked
        time_s: for everything, waiting for a turn excepted
        redirects: how often it is sent on
        gap_s: between two requests to one host, by all processes together
        wait_s: the longest wait for a turn
    """

    size_bytes: int = 5_000_000
    time_s: float = 20.0
    redirects: int = 5
    gap_s: float = 1.0
    wait_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Resource:
    """Part of a page, as a browser wants it.

    Args:
        url: where it was found in the end
        status: the HTTP status
        headers: their names in lower case; without cookies, and without those of the transport
        body: unpacked
        redirects: the addresses on the way, without the last
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    redirects: Sequence[str] = ()


class Fetcher:
    """The web, for tools: public addresses only, and only so much.

    Args:
        network: resolves names and opens sockets; what may be asked of it is decided here
        database: where all processes see whose turn it is, and what each robots.txt says
        sleep: waits so many seconds
        timer: a clock that only goes forward, in seconds
        limits: how much one fetch may take
        trust: the certificates that are believed; the system's, if none are given
    """

    def __init__(
        self,
        network: Network,
        database: Database,
        *,
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
        limits: Limits = Limits(),
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._network = network
        self._database = database
        self._sleep = sleep
        self._timer = timer
        self._limits = limits
        self._given_trust = trust

    def fetch(self, url: str) -> Fetched:
        """Fetch a page of text.

        Raises:
            ToolError: it can't or must not be fetched; the class and the message say why
        """
        from onelane.tools.web.redirect_chain import Request

        chain = self._chain()
        request = Request(self._headers({"Accept": _PAGE_TYPES}), self._limits.size_bytes, text=True)
        answer = chain.follow(Location.of(url), request, lambda location: self._knock(chain, location))
        text = decode(answer.body, answer.content_type)
        kind = bare(answer.content_type)
        return Fetched(url, answer.location.url, answer.status, kind, text, answer.redirects)

    def fetch_feed(self, url: str, known: FeedState) -> FetchedFeed:
        """Fetch a feed if it has anything new, with all that holds for a page.

        Args:
            url: its address
            known: what the site said of it when it was last read

        Raises:
            ToolError: it can't or must not be fetched
        """
        from onelane.tools.web.redirect_chain import Request

        chain = self._chain()
        conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {"Accept": _FEED_TYPES, **{name: value for name, value in conditions.items() if value}}
        request = Request(self._headers(headers), _FEED_BYTES)
        answer = chain.follow(Location.of(url), request, lambda location: self._knock(chain, location))
        state = FeedState(_state(answer.headers.get("etag")), _state(answer.headers.get("last-modified")))
        retry_after = _state(answer.headers.get("retry-after"))
        return FetchedFeed(answer.location.url, answer.status, state, answer.body, retry_after)

    def resource(self, url: str, headers: Mapping[str, str] | None = None) -> Resource:
        """Fetch part of a page for a browser: the same checks and limits, but no robots.txt and no waiting for a turn.

        Args:
            url: the part's address
            headers: the browser's; nothing that tells who somebody is goes on

        Raises:
            ToolError: it can't or must not be fetched
        """
        from onelane.tools.web.redirect_chain import Request

        passed_on = {name: value for name, value in (headers or {}).items() if name.lower() in _PASSED_ON}
        request = Request(self._headers(passed_on), self._limits.size_bytes)
        answer = self._chain().follow(Location.of(url), request, _refuse_unscraped)
        answer_headers = {name: value for name, value in answer.headers.items() if name not in _NOT_PASSED_BACK}
        return Resource(answer.location.url, answer.status, answer_headers, answer.body, answer.redirects)

    @cached_property
    def user_agent(self) -> str:
        """Who we say we are: the truth."""
        return f"{ROBOT}/{version('onelane')} (reads pages for one person; obeys robots.txt)"

    def _chain(self) -> "RedirectChain":
        # It brings the HTTP client, which programs that fetch nothing start quicker without.
        from onelane.tools.web.redirect_chain import RedirectChain

        deadline = Deadline(self._limits.time_s, self._timer)
        return RedirectChain(self._network, lambda: self._trust, deadline, self._limits.redirects)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return self._given_trust or trusted_certificates()

    def _headers(self, more: Mapping[str, str]) -> Mapping[str, str]:
        return {"User-Agent": self.user_agent, **more}

    def _knock(self, chain: "RedirectChain", location: Location) -> None:
        _refuse_unscraped(location)
        robots = self._robots(chain, location)
        from protego import Protego

        rules = Protego.parse(robots)
        if not rules.can_fetch(location.url, ROBOT):
            raise DisallowedByRobots
        self._take_turn(chain, location, min(rules.crawl_delay(ROBOT) or 0.0, _LONGEST_GAP_S))

    def _take_turn(self, chain: "RedirectChain", location: Location, gap_s: float = 0.0) -> None:
        gap_ms = round(max(gap_s, self._limits.gap_s) * 1000)
        now_ms = round(self._database.clock().timestamp() * 1000)
        with self._database.write() as session:
            wait_ms = web_hosts.take_turn(session, location.host, now_ms=now_ms, gap_ms=gap_ms)
            if wait_ms > self._limits.wait_s * 1000:
                # Raised in here, so that the turn is not taken.
                raise HostBusy
        if wait_ms > 0:
            chain.deadline.pause(self._sleep, wait_ms / 1000)

    def _robots(self, chain: "RedirectChain", location: Location) -> str:
        with self._database.read() as session:
            stored = web_hosts.get_robots(session, location.origin)
        if stored is not None and self._age(stored) < _ROBOTS_FRESH:
            return stored.text
        try:
            text = self._ask_robots(chain, location)
        except ToolError:
            if stored is None or self._age(stored) > _ROBOTS_USABLE:
                raise
            return stored.text
        with self._database.write() as session:
            web_hosts.keep_robots(session, location.origin, text)
        return text

    def _age(self, robots: Robots) -> timedelta:
        return self._database.clock() - robots.read_at

    def _ask_robots(self, chain: "RedirectChain", location: Location) -> str:
        """What robots.txt says (RFC 9309, 2.3.1): nothing when there is none; when the site can't say, nothing goes."""
        try:
            answer = self._robots_answer(chain, location._replace(target="/robots.txt"))
        except EndlessRedirects:
            return ""
        if answer.status >= 500:
            raise RobotsUnknown
        return answer.body.decode("utf-8", errors="replace").replace("\0", "") if answer.status < 300 else ""

    def _robots_answer(self, chain: "RedirectChain", location: Location) -> "HttpAnswer":
        from onelane.tools.web.redirect_chain import Request

        def before(step: Location) -> None:
            _refuse_unscraped(step)
            self._take_turn(chain, step)

        return chain.follow(location, Request(self._headers({}), _ROBOTS_BYTES, cut=True), before)


def _state(value: str | None) -> str:
    """What a site says of a feed's state, if it is something that can be said to it again."""
    return value if value and len(value) <= _LONGEST_STATE and value.isascii() and value.isprintable() else ""


def _refuse_unscraped(location: Location) -> None:
    refusal = not_scraped(location)
    if refusal is not None:
        raise refusal
