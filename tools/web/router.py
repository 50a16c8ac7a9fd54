"""Chooses between a plain fetch and a browser, by rules and by the page; each choice has a reason."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.page import Page
from onelane.tools.registry.ports.web import Fetched, Web
from onelane.tools.web.ip_addresses import is_public
from onelane.tools.web.locations import Location
from onelane.tools.web.reading import reading
from onelane.tools.web.refusals import NotScraped, not_public, not_scraped
from onelane.tools.web.rules import BROWSER, NEVER, rule_for

_WARY = frozenset({403, 429, 503})
"""What sites answer that want to see a browser first; often it just means no."""
_CHALLENGE = re.compile(
    r"_cf_chl_opt|/cdn-cgi/challenge-platform/|px-captcha|captcha-delivery\.com|awswaf\.com|_Incapsula_Resource"
    r"|checking your browser|(enable|requires?) javascript|turn on javascript",
    re.IGNORECASE,
)
_HTML = frozenset({"text/html", "application/xhtml+xml"})


class Way(StrEnum):
    """How a page is read."""

    FETCH = "fetch"
    BROWSER = "browser"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class RouteDecision:
    """A choice of a way, and its reason in a sentence."""

    chosen: Way
    reason: str


@dataclass(frozen=True, slots=True)
class Routed:
    """A page and the route to it.

    Args:
        page: None when it must not be read
        decisions: in order; the last one says which way the page came, or why there is none
        tried: the ways that were gone, whatever came of it
    """

    page: Page | None
    decisions: Sequence[RouteDecision]
    tried: Sequence[Way]

    @property
    def last(self) -> RouteDecision:
        """The choice that it came down to."""
        return self.decisions[-1]


def route_and_read(web: Web, url: str) -> Routed:
    """Read a page the way that suits it.

    Args:
        web: the world outside
        url: of the page

    Raises:
        ToolError: it can't be fetched, or must not be; pages that are never scraped are no error but a decision
    """
    host = urlsplit(url.strip()).hostname or ""
    never = rule_for(NEVER, host)
    if never is not None:
        return Routed(None, [RouteDecision(Way.NEITHER, f"{host} is not read: {never.reason}")], [])
    ways: list[Way] = []
    try:
        page, decisions = _read(_Ways(web, url, ways), host)
    except NotScraped as refusal:
        # The page leads there, by a redirect or a script.
        return Routed(None, [RouteDecision(Way.NEITHER, refusal.message)], ways)
    return Routed(page, decisions, ways)


class _Ways:
    """The two ways to a page, and which were tried."""

    def __init__(self, web: Web, url: str, tried_ways: list[Way]) -> None:
        self._web = web
        self._url = url
        self._tried = tried_ways

    def fetch(self) -> Fetched:
        self._tried.append(Way.FETCH)
        return self._web.pages.fetch(self._url)

    def show(self) -> Page:
        self._tried.append(Way.BROWSER)
        return reading.read_page(self._web.browser.render(self._url))


def _read(ways: _Ways, host: str) -> tuple[Page, Sequence[RouteDecision]]:
    rule = rule_for(BROWSER, host)
    if rule is not None:
        decision = RouteDecision(Way.BROWSER, f"{host} is read in a browser: {rule.reason}.")
        return _show_or(ways, decision, lambda: reading.read_page(ways.fetch()))
    document = ways.fetch()
    page = reading.read_page(document)
    doubt = _doubt(document, page)
    if doubt is None:
        return page, [RouteDecision(Way.FETCH, "A plain fetch brought what the page says.")]
    return _show_or(ways, RouteDecision(Way.BROWSER, doubt), lambda: page)


def _show_or(ways: _Ways, decision: RouteDecision, plain: Callable[[], Page]) -> tuple[Page, Sequence[RouteDecision]]:
    """The page as a browser shows it, or else as a plain fetch brings it."""
    try:
        return ways.show(), [decision]
    except NotScraped:
        raise
    except ToolError as error:
        reason = f"The browser did not help, so this is what a plain fetch brought. {error.message}"
        return plain(), [decision, RouteDecision(Way.FETCH, reason)]


def _doubt(document: Fetched, page: Page) -> str | None:
    """Why a browser may bring more; None when it would not."""
    if document.content_type not in _HTML:
        return None
    if page.status in _WARY:
        is_asking = page.needs_browser or _CHALLENGE.search(document.body) is not None
        return f"A plain fetch was answered with status {page.status} and a page of scripts." if is_asking else None
    if page.needs_browser:
        return "What came has next to no text, but scripts that would write it."
    return None if _says_something(page) or page.status >= 400 else "What came was an empty page."


def _says_something(page: Page) -> bool:
    return bool(page.body.strip() or page.description or page.json_ld or page.microdata or page.microformats)


def refuse_unreadable(url: str) -> None:
    """Refuse an address of which its words alone tell that it is never fetched; nothing is looked up.

    Args:
        url: the address

    Raises:
        ToolError: it is none, or its host is inside, or is never read
    """
    location = Location.of(url)
    if location.is_numeric and not is_public(location.host):
        raise not_public(location)
    if (refusal := not_scraped(location)) is not None:
        raise refusal
