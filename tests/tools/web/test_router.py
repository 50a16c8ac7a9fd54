"""Which way a page is read, and why: by rules, by what came back, and by what there is."""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import client_runs, steps
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.page import Page
from onelane.tools.registry.ports.web import Browser, Fetched, Web
from onelane.tools.research import research
from onelane.tools.research.research import RoutedPage
from onelane.tools.web.browser.browser import Chromium
from onelane.tools.web.browser.places import NoBrowser
from onelane.tools.web.refusals import NotPublic, NotScraped
from onelane.tools.web.router import Way, route_and_read
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox
from tests.websites import Reply, Website, fetcher, page, public_network, redirect, website

URL = "http://ada.example.com/"
STORY = "<p>" + "Ada leads the engineers of Analytical Engines, and writes about looms. " * 10
SHELL = "<!doctype html><html><head><script src=/app.js defer></script></head><body><div id=root></div></body></html>"
CHALLENGE = "<title>Just a moment...</title><h1>Checking your browser</h1><p>" + "Please wait while this is done. " * 20


@dataclass
class Screen:
    """A browser that shows the same on every page, or fails.

    Args:
        shows: the document, or why there is none
        asked: the addresses, in order
    """

    shows: str | ToolError = STORY
    asked: list[str] = field(default_factory=list[str])

    def render(self, url: str) -> Fetched:
        """Show it."""
        self.asked.append(url)
        if isinstance(self.shows, ToolError):
            raise self.shows
        return Fetched(url, url, 200, "text/html", f"<title>Shown</title>{self.shows}")


@pytest.fixture
def site() -> Generator[Website]:
    with website({}) as running:
        yield running


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def web(site: Website, screen: Screen, sqlite_database: Database, clock: Clock) -> Web:
    return web_of(site, screen, sqlite_database, clock)


def web_of(site: Website, browser: Browser, database: Database, clock: Clock) -> Web:
    return Web(pages=fetcher(public_network(site), database, clock), browser=browser)


def test_a_plain_page_is_fetched_and_no_browser_is_bothered(web: Web, site: Website, screen: Screen) -> None:
    site.pages["/"] = STORY
    found = route_and_read(web, URL)
    assert found.page is not None
    assert "looms" in found.page.body
    assert (found.last.chosen, found.tried, screen.asked) == (Way.FETCH, [Way.FETCH], [])


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (page(SHELL), "scripts that would write it"),
        (page(""), "empty page"),
        (page(CHALLENGE, status=403), "status 403"),
        (page(CHALLENGE, status=429), "status 429"),
        (page(CHALLENGE, status=503), "status 503"),
        (page(SHELL, status=403), "status 403"),
    ],
)
def test_a_page_without_text_of_its_own_is_shown_in_a_browser(
    web: Web, site: Website, screen: Screen, reply: Reply, reason: str
) -> None:
    site.pages["/"] = reply
    found = route_and_read(web, URL)
    assert found.page is not None
    assert found.page.title == "Shown"
    assert (found.last.chosen, list(found.tried)) == (Way.BROWSER, [Way.FETCH, Way.BROWSER])
    assert reason in found.last.reason
    assert screen.asked == [URL]


@pytest.mark.parametrize(
    "reply",
    [
        page("<p>No entry for you, whoever asks.", status=403),
        page("<p>Slower, please.", status=429),
        page("", status=404),
        page("", content_type="text/plain"),
        page(
            "<html><head><script type='application/ld+json'>"
            '{"@context": "https://schema.org", "@type": "Person", "name": "Ada Example"}'
            "</script></head><body></body></html>"
        ),
    ],
)
def test_a_page_that_a_browser_would_not_improve_is_left_as_it_is(
    web: Web, site: Website, screen: Screen, reply: Reply
) -> None:
    site.pages["/"] = reply
    assert route_and_read(web, URL).last.chosen is Way.FETCH
    assert screen.asked == []


def test_hosts_whose_pages_scripts_write_are_shown_at_once(web: Web, site: Website) -> None:
    found = route_and_read(web, "https://linktr.ee/ada")
    assert found.page is not None
    assert (found.last.chosen, list(found.tried)) == (Way.BROWSER, [Way.BROWSER])
    assert "linktr.ee" in found.last.reason
    assert site.visits == []


@pytest.mark.parametrize(
    "url", ["https://x.com/ada", "https://www.linkedin.com/in/ada", "https://mobile.twitter.com/a"]
)
def test_pages_of_x_and_linkedin_are_not_read_and_it_says_why(
    web: Web, site: Website, screen: Screen, url: str
) -> None:
    found = route_and_read(web, url)
    assert (found.page, found.last.chosen, list(found.tried)) == (None, Way.NEITHER, [])
    assert "forbids reading its pages by program" in found.last.reason
    assert (site.visits, screen.asked) == ([], [])


def test_a_redirect_to_linkedin_is_a_decision_too(web: Web, site: Website) -> None:
    site.pages["/"] = redirect("https://www.linkedin.com/in/ada")
    found = route_and_read(web, URL)
    assert (found.page, found.last.chosen, list(found.tried)) == (None, Way.NEITHER, [Way.FETCH])
    assert "LinkedIn" in found.last.reason


def test_a_script_that_leads_to_x_is_a_decision_too(web: Web, site: Website, screen: Screen) -> None:
    site.pages["/"] = SHELL
    screen.shows = NotScraped("Pages of x.com are not fetched.")
    found = route_and_read(web, URL)
    assert (found.page, found.last.chosen, list(found.tried)) == (None, Way.NEITHER, [Way.FETCH, Way.BROWSER])


@pytest.mark.parametrize("url", [URL, "http://ada.notion.site/"])
def test_without_a_browser_it_says_so_and_gives_what_the_fetch_brought(
    web: Web, site: Website, screen: Screen, url: str
) -> None:
    site.pages["/"] = f"<title>Loading</title>{SHELL}"
    screen.shows = NoBrowser()
    found = route_and_read(web, url)
    assert found.page is not None
    assert found.page.title == "Loading"
    assert [decision.chosen for decision in found.decisions] == [Way.BROWSER, Way.FETCH]
    assert "playwright install chromium" in found.last.reason


def test_a_page_that_can_not_be_fetched_is_an_error(web: Web) -> None:
    with pytest.raises(NotPublic):
        route_and_read(web, "http://127.0.0.1/")
    with pytest.raises(ToolError):
        route_and_read(web, "nonsense")


def called(
    database: Database, web: Web, url: str, *, tool: str = "read_page"
) -> tuple[RoutedPage | Page, Sequence[PlainRow]]:
    """What a tool gives a run, and the steps that it leaves."""
    with database.write() as session:
        run_id = client_runs.begin_host_run(session, workflow_type=WorkflowType.AGENT, config={}, template_id=None).id
    box = tools_on(database, web)
    found = box.product.call(tool, {"url": url}, Caller(Face.MCP, run_id=run_id))
    assert isinstance(found, RoutedPage | Page)
    with database.read() as session:
        return found, [dict(row) for row in steps.list_workflow_steps(session, run_id)]


def tools_on(database: Database, web: Web) -> Toolbox:
    tools = toolbox(database, research)
    return Toolbox(tools.registry, replace(tools.services, web=web))


def output(step: PlainRow) -> Any:
    return json.loads(step["output"])


def test_a_run_keeps_the_decision_and_the_fetch(
    database: Database, site: Website, screen: Screen, clock: Clock
) -> None:
    site.pages["/"] = STORY
    found, (decision, fetched) = called(database, web_of(site, screen, database, clock), URL)

    assert (decision["step_type"], decision["status"], decision["url"]) == ("routing_decision", "completed", URL)
    assert output(decision)["decisions"] == [{"chosen": "fetch", "reason": "A plain fetch brought what the page says."}]
    assert (fetched["step_type"], fetched["tool"], fetched["url"]) == ("url_fetch", "read_page", URL)
    assert found.text().startswith("Way: fetch. A plain fetch brought what the page says.")
    assert "looms" in found.text()


def test_a_run_keeps_that_a_browser_was_needed(sqlite_database: Database, web: Web, site: Website) -> None:
    site.pages["/"] = SHELL
    _, (decision, shown) = called(sqlite_database, web, URL)
    assert (decision["step_type"], shown["step_type"]) == ("routing_decision", "browser_scrape")
    assert output(decision)["decisions"][0]["chosen"] == "browser"


def test_a_run_keeps_why_a_page_was_not_read(sqlite_database: Database, web: Web) -> None:
    found, (decision,) = called(sqlite_database, web, "https://www.linkedin.com/in/ada")
    assert (decision["step_type"], decision["status"]) == ("routing_decision", "completed")
    assert decision["url"] == "https://www.linkedin.com/in/ada"
    assert (output(decision)["way"], "LinkedIn forbids" in output(decision)["reason"]) == ("neither", True)
    assert found.text().startswith("Not read. www.linkedin.com is not read: LinkedIn forbids")


def test_outside_of_runs_nothing_is_recorded(sqlite_database: Database, web: Web, site: Website) -> None:
    site.pages["/"] = STORY
    assert tools_on(sqlite_database, web).call(RoutedPage, "read_page", url=URL).way is Way.FETCH


def test_the_browser_can_be_asked_for(sqlite_database: Database, web: Web, screen: Screen) -> None:
    found, (shown,) = called(sqlite_database, web, URL, tool="browser_scrape")
    assert isinstance(found, Page)
    assert found.title == "Shown"
    assert (shown["step_type"], shown["url"], screen.asked) == ("browser_scrape", URL, [URL])


def test_a_page_that_its_scripts_write_is_read_in_a_real_browser(
    sqlite_database: Database, site: Website, clock: Clock, chromium: Path
) -> None:
    site.pages |= {
        "/": SHELL,
        "/app.js": page(
            f"document.getElementById('root').innerHTML = {json.dumps(STORY)}", content_type="text/javascript"
        ),
    }
    pages = fetcher(public_network(site), sqlite_database, clock)
    browser = Chromium(pages, executable=chromium)
    try:
        found = route_and_read(Web(pages=pages, browser=browser), URL)
    finally:
        browser.close()
    assert found.last.chosen is Way.BROWSER
    assert found.page is not None
    assert "looms" in found.page.body
