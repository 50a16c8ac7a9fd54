"""What tests of the faces may ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgresql_cases import file_of, leave_out

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FACES = [Path(__file__).parent / name for name in ("agent", "cli", "mcp")]
"""They ask the tools and the engine, whose own tests ask both databases."""
ERAS = ("auto", "legacy")
BROWSER_WAIT_MS = 30_000


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """PostgreSQL is asked by one test of each file."""
    leave_out(config, items, lambda item: item.path.parent in FACES, file_of)


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
