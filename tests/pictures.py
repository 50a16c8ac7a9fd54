"""Makes the pictures of the README from the demo's people, in the system's Chromium: of pages, a terminal and a chat.

    make pictures

The clock begins at a fixed instant and is put two hours ahead when all is done, so that the same stands there again;
only the commands in the terminal go by the machine's own.
"""

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import monotonic

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.text import Text

from onelane.server.app import Onelane, open_onelane
from onelane.server.cli.demo.filling import fill
from onelane.server.cli.demo.home import demo_home, demo_settings
from onelane.server.cli.demo.mail_server import demo_mail_server
from onelane.server.cli.output import put
from onelane.server.http.person.entrance import entry_link
from tests.server.houses import House
from tests.server.http.web_servers import serving_pages
from tests.server.mcp.chat_clients import ChatWindow

PICTURES = {"workflows": "/dashboard/workflows", "outbound": "/dashboard/outbound"}
TYPED: Sequence[Sequence[str]] = (
    ("contacts", "search", "fintech"),
    ("templates", "preview", "Invitations by hand"),
    ("outbound", "status"),
)
"""What the picture of a terminal shows."""
ASKED = "What would go out, if I said yes?"
SAID = "{waiting} letters wait for you. Nothing leaves before you have read it and agreed, one by one:"
FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
MOST_BYTES = 150_000
MOST_WAIT_MS, _DRAWN_MS = 180_000, 2_000
COLUMNS = 108
_BARE = "<pre><code>{code}</code></pre>"
_TALK = (
    "document.head.appendChild(document.createElement('style')).append(style);"
    "for (const [name, text] of [['said', said], ['asked', asked]]) {"
    " const part = document.createElement('p'); part.className = name; part.append(text);"
    " document.body.prepend(part); }"
)
_CHAT_STYLE = (
    "body { margin: 0 auto !important; max-width: 900px; padding: 26px 0; font: 17px/1.5 system-ui, sans-serif; }"
    " .asked { margin: 0 0 18px auto; inline-size: fit-content; padding: 10px 16px; border-radius: 16px;"
    " background: #eceae4; } .said { margin: 0 0 14px; } iframe { border: 1px solid #ddd !important;"
    " border-radius: 12px; }"
)
_BEGINS = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
_LATER = timedelta(hours=2)


class PictureClock:
    """Goes as fast as any clock, from a fixed instant."""

    def __init__(self) -> None:
        self.now, self._began = _BEGINS, monotonic()

    def __call__(self) -> datetime:
        """The current instant."""
        return self.now + timedelta(seconds=monotonic() - self._began)


def main() -> None:
    """Make each picture anew."""
    FOLDER.mkdir(exist_ok=True)
    clock = PictureClock()
    with demo_home(keep=False) as home, demo_mail_server(home) as server:
        onelane = open_onelane(demo_settings(home), clock=clock)
        try:
            fill(onelane, server, put)
            clock.now += _LATER
            _take(onelane)
        finally:
            onelane.close()


def _take(onelane: Onelane) -> None:
    house = House(onelane.settings, onelane.toolbox)
    with serving_pages(house) as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = _window(browser)
        page.clock.set_fixed_time(onelane.database.clock())
        page.goto(entry_link(web.url, onelane.toolbox.services.person_key, onelane.database.clock()))
        for name, address in PICTURES.items():
            page.goto(web.url + address)
            page.wait_for_selector(".live[data-state=on]")
            _keep(name, page.screenshot())
        # A window of its own, for a page's policy would take the style of what follows it.
        terminal = _window(browser)
        terminal.set_content(_terminal(onelane.settings.home))
        _keep("terminal", terminal.screenshot())
        _keep("chat", _chat(house, _window(browser)))
        browser.close()


def _window(browser: Browser) -> Page:
    page = browser.new_page(
        viewport={"width": 1280, "height": 720},
        color_scheme="light",
        reduced_motion="reduce",
        timezone_id="UTC",
        locale="en-GB",
    )
    page.set_default_timeout(MOST_WAIT_MS)
    return page


def _terminal(home: Path) -> str:
    """A page that looks like a terminal after some commands."""
    shown = Text()
    for typed in TYPED:
        quoted = " ".join(f'"{word}"' if " " in word else word for word in typed)
        shown.append_text(Text.assemble(("$ ", "green"), (f"onelane {quoted}\n", "bold")))
        shown.append_text(Text.from_ansi(_screen_after(home, typed) + "\n"))
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(shown)
    style = (
        "body { margin: 0; padding: 26px 34px; background: #16181d; color: #d7dae0; } "
        "pre, code { font: 16px/1.4 'DejaVu Sans Mono', monospace !important; }"
    )
    return f"<style>{style}</style>{console.export_html(inline_styles=True, code_format=_BARE)}"


def _screen_after(home: Path, typed: Sequence[str]) -> str:
    """What a terminal shows after a command."""
    mine, theirs = pty.openpty()
    environment = {**os.environ, "ONELANE_HOME": str(home), "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "onelane.server.cli", *typed]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = bytearray()
        while part := _read(mine):
            shown += part
        process.wait()
    os.close(mine)
    return shown.decode().replace("\r\n", "\n")


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 65_536)
    except OSError:
        # So a terminal ends on Linux.
        return b""


def _chat(house: House, page: Page) -> bytes:
    """A chat client that shows the view of an answer."""
    modules = Path(__file__).parent.parent / ".tools" / "node_modules"
    window = ChatWindow(page, modules)
    with window.client(house) as client:
        given = {"status": "awaiting_approval"}
        answer = client.call("list_outbound", given)
        said = SAID.format(waiting=answer["structuredContent"]["total"])
        view = client.show_result("list_outbound", given, answer, theme="light")
        view.locator(".msg").first.wait_for()
        page.wait_for_function("seen.heights.at(-1) > 300")
        page.evaluate("([asked, said, style]) => { " + _TALK + " }", [ASKED, said, _CHAT_STYLE])
        page.wait_for_timeout(_DRAWN_MS)
        return page.screenshot()


def _keep(name: str, picture: bytes) -> None:
    if len(picture) > MOST_BYTES:
        sys.exit(f"The picture of {name} has {len(picture):,} bytes, and may have {MOST_BYTES:,}.")
    (FOLDER / f"{name}.png").write_bytes(picture)
    put(f"docs/pictures/{name}.png: {len(picture):,} bytes")


if __name__ == "__main__":
    main()
