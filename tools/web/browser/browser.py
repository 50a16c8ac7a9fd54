"""The browser: Chromium, driven by Playwright, for pages that are written by their scripts (docs/web.md, "Browser").

It runs on an event loop in a thread of its own, started when the first page is shown. The asynchronous half of
Playwright is used because only there a page that hangs can be given up, and what it loads comes side by side.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.web import Fetched
from onelane.tools.web.browser.places import (
    SWITCHES,
    NoBrowser,
    browser_environment,
    find_browser,
    has_sandbox,
    usual_places,
)
from onelane.tools.web.browser.rendering import CLOSE_S, Rendering, Source

if TYPE_CHECKING:
    from playwright.async_api import Browser, Error, Playwright

LIMIT_S = 20.0
IDLE_S = 60.0

_HTML = ("text/html", "application/xhtml+xml")
_THREADS = 6
"""How many requests of a page are under way at once, as many as browsers ask of one host."""
_CLOSING = "The browser is being closed, for Onelane is being stopped. Ask again when it is back."


class BrowserFailed(ToolError):
    """The browser could not show the page. Try url_fetch, or look at another page."""


class Chromium:
    """Shows pages in Chromium, one at a time; `render` may be called from any thread.

    Args:
        source: where documents and what they load come from; it decides what may be asked for
        executable: the path in ONELANE_CHROMIUM
        limit_s: how long one page may take
        idle_s: how long the browser stays open when nobody asks for a page
    """

    def __init__(
        self, source: Source, *, executable: Path | None = None, limit_s: float = LIMIT_S, idle_s: float = IDLE_S
    ) -> None:
        self._source = source
        self._executable = executable
        self._limit_s = limit_s
        self._idle_s = idle_s
        self._starting = threading.Lock()
        self._is_closed = False
        self._worker: _Worker | None = None

    def render(self, url: str) -> Fetched:
        """The page's document after its scripts ran; what is no HTML is given as it came.

        Raises:
            NoBrowser: there is none; it says how to install one
            BrowserFailed: the page takes too long, or the browser could not be started
            ToolError: the page, or where it leads, must not be fetched or can't be
        """
        executable = self._find_browser()
        document = self._source.fetch(url)
        if document.content_type not in _HTML:
            return document
        return self._start_worker().show(document, executable)

    def close(self) -> None:
        """Close the browser and end its thread, for good; a page that is being shown is given up."""
        with self._starting:
            self._is_closed = True
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _start_worker(self) -> "_Worker":
        with self._starting:
            if self._is_closed:
                raise BrowserFailed(_CLOSING)
            self._worker = self._worker or _Worker(self._source, self._limit_s, self._idle_s)
            return self._worker

    def _find_browser(self) -> Path | None:
        if find_spec("playwright") is None:
            raise NoBrowser(
                "Showing pages in a browser needs Playwright. Install it with `pip install onelane[browser]`, then "
                "start Onelane again. Pages that need no scripts are read with url_fetch."
            )
        return find_browser(self._executable, search_path=None, usual=usual_places())


def _failure_of(error: "Error") -> BrowserFailed:
    # The rest of the message is the browser's log, which tells people nothing and may hold much.
    reason = error.message.strip().partition("\n")[0][:300]
    return BrowserFailed(f"The browser could not show the page: {reason}. Try url_fetch, or look at another page.")


class _Worker:
    """The thread with the event loop, and the browser that lives on it."""

    def __init__(self, source: Source, limit_s: float, idle_s: float) -> None:
        self._source = source
        self._limit_s = limit_s
        self._idle_s = idle_s
        self._loop = asyncio.new_event_loop()
        self._turn = asyncio.Lock()
        self._gate = threading.Lock()
        self._is_closing = False
        self._showing: set[Future[Fetched]] = set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="onelane-browser-fetch")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._resting: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="onelane-browser", daemon=True)
        self._thread.start()

    def show(self, document: Fetched, executable: Path | None) -> Fetched:
        with self._gate:
            if self._is_closing:
                raise BrowserFailed(_CLOSING)
            task = asyncio.run_coroutine_threadsafe(self._show(document, executable), self._loop)
            self._showing.add(task)
        try:
            return task.result()
        except CancelledError:
            raise BrowserFailed(_CLOSING) from None
        finally:
            self._showing.discard(task)

    def close(self) -> None:
        with self._gate:
            self._is_closing = True
        for task in tuple(self._showing):
            task.cancel()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._loop.close()

    async def _show(self, document: Fetched, executable: Path | None) -> Fetched:
        from playwright.async_api import Error

        async with self._turn:
            await self._awake()
            try:
                return await self._show_in(await self._open_browser(executable), document)
            except Error as error:
                # Whatever died, be it Playwright itself, the next page finds it new.
                await self._shut()
                raise _failure_of(error) from error
            finally:
                self._resting = asyncio.create_task(self._close_when_idle())

    async def _show_in(self, browser: "Browser", document: Fetched) -> Fetched:
        rendering = Rendering(browser, self._source, self._threads, document)
        try:
            async with asyncio.timeout(self._limit_s):
                return await rendering.show()
        except TimeoutError:
            raise BrowserFailed(
                f"The page was not ready after {self._limit_s:.0f} seconds in a browser. Try url_fetch, or look at "
                "another page."
            ) from None
        finally:
            if not await rendering.close():
                await self._shut()

    async def _open_browser(self, executable: Path | None) -> "Browser":
        from playwright.async_api import async_playwright

        if self._browser is not None and self._browser.is_connected():
            return self._browser
        if self._playwright is None:
            self._playwright = await async_playwright().start()
        # Without a browser of the system's, Playwright's own download is the last to be looked for.
        place = executable or Path(self._playwright.chromium.executable_path)
        if not place.is_file():
            raise NoBrowser
        self._browser = await self._playwright.chromium.launch(
            executable_path=place,
            args=list(SWITCHES),
            chromium_sandbox=has_sandbox(),
            env=browser_environment(),
            timeout=self._limit_s * 1000,
        )
        return self._browser

    async def _awake(self) -> None:
        """Put off the rest; who calls this has the turn, so that it can't be in the middle of it."""
        if self._resting is not None:
            self._resting.cancel()
            await asyncio.wait([self._resting])
            self._resting = None

    async def _close_when_idle(self) -> None:
        await asyncio.sleep(self._idle_s)
        async with self._turn:
            await self._shut()

    async def _end(self) -> None:
        async with self._turn:
            await self._awake()
            await self._shut()

    async def _shut(self) -> None:
        """Stop Playwright, which takes the browser with it, however stuck that is."""
        browser, playwright, self._browser, self._playwright = self._browser, self._playwright, None, None
        if browser is not None:
            await _end_in_time(browser.close())
        if playwright is not None:
            await _end_in_time(playwright.stop())


async def _end_in_time(end: Coroutine[Any, Any, None]) -> None:
    from playwright.async_api import Error

    with suppress(TimeoutError, Error):
        async with asyncio.timeout(CLOSE_S):
            await end
