"""The page about the HTTP interface works in a real browser that reaches nothing but Onelane."""

from pathlib import Path

from playwright.sync_api import Request, sync_playwright

from tests.acceptance.processes import Home
from tests.acceptance.serving import serving


def test_the_page_shows_every_route_without_asking_any_other_host(tmp_path: Path, chromium: Path) -> None:
    with serving(Home(tmp_path)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        complaints: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/docs")

        page.locator("summary", has_text="Show a run").first.click()
        assert page.get_by_text("Show a run with its counters").first.is_visible()
        assert all(url.startswith(address) for url in asked)
        assert complaints == []
        browser.close()
