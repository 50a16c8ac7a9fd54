"""What tests of the faces may ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ERAS = ("auto", "legacy")
BROWSER_WAIT_MS = 30_000


@pytest.fixture(scope="module")
def browser(chromium: Path) -> "Iterator[Browser]":
    """A browser, which waits for what it expects as long as a busy machine may take."""
    # Most tests of the faces need none.
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=BROWSER_WAIT_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    """How a client begins: as 2026-07-28 has it, or with the handshake of 2025-11-25."""
    mode: str = request.param
    return mode
