"""One page in the browser: all that it asks for is asked for by us, or refused (docs/web.md, "Browser")."""

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urldefrag, urlsplit

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.web import Fetched
from onelane.tools.web.fetching import Resource
from onelane.tools.web.locations import BadUrl, Location
from onelane.tools.web.refusals import TooLarge

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Request, Route, WebSocketRoute

MOST_REQUESTS = 200
MOST_BYTES = 20_000_000
"""Of everything that one page loads."""
MOST_DOCUMENTS = 5
"""How often a page may send its reader on by script."""
MOST_CHARACTERS = 5_000_000
QUIET_S = 0.5
"""A page that has asked for nothing for so long is taken for ready."""
SETTLE_S = 8.0
"""How long is waited for that: some pages never stop asking."""
CLOSE_S = 3.0

_LOOK_S = 0.05
_LOADED = frozenset({"document", "script", "stylesheet", "xhr", "fetch"})
"""Kinds of requests that can change what a page says. Images, films and fonts are left out, and so are streams."""
_METHODS = frozenset({"GET", "HEAD"})

# A peer connection opens sockets of its own, which no request shows.
_NO_PEERS = "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) delete globalThis[name];"
Found = TypeVar("Found")


class Source(Protocol):
    """Where documents and what they load come from: it decides what may be asked for, and of whom."""

    def fetch(self, url: str) -> Fetched:
        """A document, with all the rules for pages. ToolError when it must not or can't be fetched."""
        ...

    def resource(self, url: str, headers: Mapping[str, str] | None = None) -> Resource:
        """What a page loads, asked for with some of its headers. ToolError when it must not or can't be fetched."""
        ...


class Rendering:
    """A page being shown, in a browser context that nothing else has been in.

    Args:
        browser: started, with no way out of its own
        source: where everything comes from
        threads: where it is asked, for it waits
        document: the page as it came, redirects followed
    """

    def __init__(self, browser: "Browser", source: Source, threads: Executor, document: Fetched) -> None:
        self._browser = browser
        self._source = source
        self._threads = threads
        self._first = document
        self._document = document
        self._awaited: Fetched | None = document
        """What the next navigation gets: it was fetched already."""
        self._redirects = list(document.redirects)
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self._refusal: ToolError | None = None
        self._requests = 0
        self._documents = 0
        self._bytes = 0
        self._underway = 0
        self._last_change = monotonic()
        self._is_parsed = False
        """Whether the document that is shown was read to its end, with the scripts in it."""
        self._navigating = 0
        """Navigations whose document is being fetched."""

    async def show(self) -> Fetched:
        """Show the page and give its document once it has settled.

        Raises:
            ToolError: the page is too large, or sends its reader on to what must not be fetched
        """
        context = await self._browser.new_context(service_workers="block", accept_downloads=False, permissions=[])
        self._context = context
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", _hang_up)
        await context.add_init_script(_NO_PEERS)
        self._page = page = await context.new_page()
        context.on("page", _close)
        page.on("domcontentloaded", self._on_parsed)
        html = await self._settle(page)
        return Fetched(
            requested_url=self._first.requested_url,
            url=self._address(page.url),
            status=self._document.status,
            content_type=self._document.content_type,
            body=html,
            redirects=tuple(self._redirects),
        )

    async def close(self) -> bool:
        """Close the page; False when it hangs too badly for that, so that only the browser's end is left."""
        from playwright.async_api import Error

        if self._context is None:
            return True
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._context.unroute_all(behavior="ignoreErrors")
                await self._context.close()
        except (TimeoutError, Error):
            return False
        return True

    async def _settle(self, page: "Page") -> str:
        from playwright.async_api import Error

        # A page that sends its reader on at once interrupts the navigation; where it leads is waited for below.
        with suppress(Error):
            await page.goto(self._first_url(), wait_until="commit")
        ends = monotonic() + SETTLE_S
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._refusal is not None:
                raise self._refusal
            if not self._browser.is_connected() or page.is_closed():
                # This says why.
                return await page.content()
            if self._is_ready(is_late=monotonic() > ends):
                # Here too a page may just be sending its reader on.
                with suppress(Error):
                    return _check_size(await page.content())

    def _is_ready(self, *, is_late: bool) -> bool:
        if self._navigating or self._awaited is not None:
            return False
        # On a busy machine a script may begin long after its document came; what it asks for begins later still.
        is_quiet = self._is_parsed and self._underway == 0 and monotonic() - self._last_change > QUIET_S
        return is_late or is_quiet

    def _on_parsed(self, _page: "Page") -> None:
        self._is_parsed = True
        self._last_change = monotonic()

    def _first_url(self) -> str:
        """Where to go first: with the fragment, by which some pages choose what they show."""
        fragment = urldefrag(self._first.requested_url).fragment
        return f"{self._first.url}#{fragment}" if fragment else self._first.url

    def _address(self, page_url: str) -> str:
        """Where the reader is: pages may rewrite their own address, also into one that is none of the web."""
        return page_url if urlsplit(page_url).scheme in {"http", "https"} else self._document.url

    async def _answer(self, route: "Route") -> None:
        from playwright.async_api import Error

        self._underway += 1
        self._last_change = monotonic()
        try:
            # The page may be gone by the time that its answer comes.
            with suppress(Error):
                await self._handle(route, route.request)
        finally:
            self._underway -= 1
            self._last_change = monotonic()

    async def _handle(self, route: "Route", request: "Request") -> None:
        self._requests += 1
        may_be_asked = self._may_be_asked(request)
        if not request.is_navigation_request():
            await (self._load(route, request) if may_be_asked else route.abort("blockedbyclient"))
        elif not self._is_ours(request):
            # What stands in a frame or a window of its own is no part of the document that is given back.
            await route.abort("blockedbyclient")
        elif may_be_asked and self._documents < MOST_DOCUMENTS:
            await self._navigate(route, urldefrag(request.url).url)
        else:
            await _stay(route)

    def _may_be_asked(self, request: "Request") -> bool:
        return (
            self._requests <= MOST_REQUESTS
            and self._bytes <= MOST_BYTES
            and request.method in _METHODS
            and request.resource_type in _LOADED
            and urlsplit(request.url).scheme in {"http", "https"}
        )

    def _is_ours(self, request: "Request") -> bool:
        from playwright.async_api import Error

        try:
            return self._page is not None and request.frame == self._page.main_frame
        except Error:
            # A window that is only just opening has no frame yet.
            return False

    async def _navigate(self, route: "Route", url: str) -> None:
        self._documents += 1
        self._navigating += 1
        try:
            await self._arrive(route, url)
        finally:
            self._navigating -= 1

    async def _arrive(self, route: "Route", url: str) -> None:
        document, self._awaited = self._awaited, None
        if document is None or not _is_same(document.url, url):
            try:
                document = await self._apart(lambda: self._source.fetch(url))
            except ToolError as refusal:
                self._refusal = refusal
                await _stay(route)
                return
            self._redirects += [self._document.url, *document.redirects]
            if not _is_same(document.url, url):
                self._awaited = document
                await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=_onward(document.url))
                return
        self._document = document
        self._is_parsed = False
        self._bytes += len(document.body)
        kind = "text/html" if "html" in document.content_type else "text/plain"
        await route.fulfill(status=document.status, content_type=f"{kind}; charset=utf-8", body=document.body)

    async def _load(self, route: "Route", request: "Request") -> None:
        url, headers = urldefrag(request.url).url, request.headers
        try:
            resource = await self._apart(lambda: self._source.resource(url, headers))
        except ToolError:
            await route.abort("blockedbyclient")
            return
        self._bytes += len(resource.body)
        await route.fulfill(status=resource.status, headers=dict(resource.headers), body=resource.body)

    async def _apart(self, work: Callable[[], Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def _stay(route: "Route") -> None:
    """With this answer a browser stays on the page where it is."""
    await route.fulfill(status=204)


def _onward(url: str) -> str:
    """A page that does what a redirect would: a browser follows none that it is given in place of an answer."""
    return f"<!doctype html><script>location.replace({json.dumps(url).replace('<', chr(92) + 'u003c')})</script>"


def _is_same(one: str, other: str) -> bool:
    try:
        return Location.of(one) == Location.of(other)
    except BadUrl:
        return False


def _check_size(html: str) -> str:
    if len(html) > MOST_CHARACTERS:
        raise TooLarge
    return html


async def _hang_up(socket: "WebSocketRoute") -> None:
    await socket.close()


async def _close(page: "Page") -> None:
    from playwright.async_api import Error

    with suppress(Error):
        await page.close()
