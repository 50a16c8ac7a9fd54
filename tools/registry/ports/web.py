"""The port to the web: pages, a browser, a search engine (docs/web.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from onelane.tools.registry.errors import ToolError


class NotOnline(ToolError):
    """This Onelane was put together without a way to the web. Start it with its command, then try again."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came.

    Args:
        requested_url: what was asked for
        url: where it was found in the end
        status: the HTTP status
        content_type: without parameters, in lower case; empty when none was told
        body: the text, decoded
        redirects: the addresses on the way, without the last
    """

    requested_url: str
    url: str
    status: int
    content_type: str
    body: str
    redirects: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FeedState:
    """By what a site tells whether a feed has anything new: what it said when the feed was last read.

    Args:
        etag: of the feed as it was
        last_modified: when it had changed
    """

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed as it came.

    Args:
        url: where it was found in the end
        status: the HTTP status; 304 where nothing is new
        state: what to ask with next time
        body: as the site sent it, unpacked
        retry_after: how long it asks to wait, in the words of its header; empty where it says nothing
    """

    url: str
    status: int
    state: FeedState
    body: bytes
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A search result."""

    title: str
    url: str
    snippet: str


class Pages(Protocol):
    """Fetches pages of the public web, politely."""

    def fetch(self, url: str) -> Fetched:
        """Fetch a page. ToolError when it can't or must not be fetched; a page of status 404 is no error."""
        ...


class Feeds(Protocol):
    """Fetches feeds of the public web, politely."""

    def fetch_feed(self, url: str, known: FeedState) -> FetchedFeed:
        """Fetch a feed if it has anything new. ToolError when it can't or must not be fetched."""
        ...


class Browser(Protocol):
    """Shows pages in a real browser, scripts and all."""

    def render(self, url: str) -> Fetched:
        """The page's document after its scripts ran. ToolError when there is no browser or the page can't be shown."""
        ...


class SearchEngine(Protocol):
    """Searches the web."""

    @property
    def name(self) -> str:
        """Which engine it is."""
        ...

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """The first results. ToolError when it is not set up, or does not answer."""
        ...


class Nowhere:
    """No way to the web."""

    name = "none"

    def fetch(self, url: str) -> Fetched:
        """There is none."""
        raise NotOnline

    def fetch_feed(self, url: str, known: FeedState) -> FetchedFeed:
        """There is none."""
        raise NotOnline

    def render(self, url: str) -> Fetched:
        """There is none."""
        raise NotOnline

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """There is none."""
        raise NotOnline


@dataclass(frozen=True, slots=True)
class Web:
    """The world outside."""

    pages: Pages = field(default_factory=Nowhere)
    browser: Browser = field(default_factory=Nowhere)
    search: SearchEngine = field(default_factory=Nowhere)
    feeds: Feeds = field(default_factory=Nowhere)
