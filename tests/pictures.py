"""Makes the pictures of the README from the demo's people, in the system's Chromium.

    make pictures

The clock begins at a fixed instant and is put two hours ahead when all is done, so that the same stands there again.
"""

import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from onelane.server.app import Onelane, open_onelane
from onelane.server.cli.demo.filling import fill
from onelane.server.cli.demo.home import demo_home, demo_settings
from onelane.server.cli.demo.mail_server import demo_mail_server
from onelane.server.cli.output import put
from onelane.server.http.person.entrance import entry_link
from tests.server.houses import House
from tests.server.http.web_servers import serving_pages

PICTURES = {"workflows": "/dashboard/workflows", "outbound": "/dashboard/outbound"}
FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
MOST_BYTES = 150_000
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
    from playwright.sync_api import sync_playwright

    with serving_pages(House(onelane.settings, onelane.toolbox)) as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1280, "height": 720},
            color_scheme="light",
            reduced_motion="reduce",
            timezone_id="UTC",
            locale="en-GB",
        )
        page.clock.set_fixed_time(onelane.database.clock())
        page.goto(entry_link(web.url, onelane.toolbox.services.person_key, onelane.database.clock()))
        for name, address in PICTURES.items():
            page.goto(web.url + address)
            page.wait_for_selector(".live[data-state=on]")
            _keep(name, page.screenshot())
        browser.close()


def _keep(name: str, picture: bytes) -> None:
    if len(picture) > MOST_BYTES:
        sys.exit(f"The picture of {name} has {len(picture):,} bytes, and may have {MOST_BYTES:,}.")
    (FOLDER / f"{name}.png").write_bytes(picture)
    put(f"docs/pictures/{name}.png: {len(picture):,} bytes")


if __name__ == "__main__":
    main()
