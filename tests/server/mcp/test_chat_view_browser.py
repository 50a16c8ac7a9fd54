"""The chat's views in a real browser, on the official bridge of MCP Apps, in a frame that may only run scripts."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from mcp.client import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult
from playwright.sync_api import Browser, FrameLocator, expect

from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import WorkflowType, get_workflow_run, update_workflow_run
from tests.messages import message, sequence
from tests.server.conftest import BROWSER_WAIT_MS
from tests.server.dashboard.filled import HOSTILE, Filled, fill
from tests.server.dashboard.test_browser import BROKEN_WORDS
from tests.server.houses import house
from tests.server.mcp.chat_clients import ChatClient, ChatWindow

pytestmark = pytest.mark.xdist_group("chat views in a browser")

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = {"light": 760, "dark": 360}


@pytest.fixture(scope="module")
def window(browser: Browser, node_modules: Path) -> Iterator[ChatWindow]:
    context = browser.new_context(viewport={"width": 760, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(BROWSER_WAIT_MS)
    yield ChatWindow(context.new_page(), node_modules)
    context.close()


@pytest.fixture
def said(window: ChatWindow, chat: ChatClient) -> list[str]:
    """What the window complains of."""
    return window.complaints


@pytest.fixture
def filled(sqlite_database: Database) -> Filled:
    with sqlite_database.write() as session:
        message(session, sequence(session, "Letters"), name=f"Ada {HOSTILE}", text=HOSTILE, subject=HOSTILE)
    return fill(sqlite_database, HOSTILE)


@pytest.fixture
def chat(sqlite_database: Database, filled: Filled, window: ChatWindow) -> Iterator[ChatClient]:
    with window.client(house(sqlite_database)) as client:
        yield client


def violations(view: FrameLocator) -> list[tuple[str, str]]:
    """What shuts people out of a view: the rule, and the first place that breaks it."""
    view.owner.evaluate("frame => frame.removeAttribute('sandbox')")
    root = view.locator("html")
    root.evaluate(AXE)
    found = root.evaluate("() => axe.run({ resultTypes: ['violations'] })")
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]


@pytest.mark.parametrize("theme", WIDTHS)
def test_every_view_is_shown_in_the_hosts_theme_and_shuts_nobody_out(
    chat: ChatClient, filled: Filled, said: list[str], theme: str
) -> None:
    chat.page.set_viewport_size({"width": WIDTHS[theme], "height": 900})
    # What is said of each part in the one theme is asked of the views that have most of them in the other.
    tools = ("get_run", "list_outbound", "overview", "list_runs")
    for tool in tools if theme == "light" else tools[:2]:
        view = chat.show(tool, {"run_id": filled.agent} if tool == "get_run" else {}, theme=theme)
        expect(view.locator("#view h1")).to_be_visible()
        expect(view.locator("html")).to_have_attribute("data-theme", theme)
        assert view.locator("img").count() == 0, tool
        assert violations(view) == [], tool
        wide = "root => root.scrollWidth <= root.clientWidth"
        assert view.locator("html").evaluate(wide), tool
        assert view.locator("html").evaluate(BROKEN_WORDS) == [], tool
        # The frame is as high as the host was told, so that nothing is cut off and nothing scrolls twice.
        chat.page.wait_for_function("seen.heights.at(-1) > 100")
    assert (said, chat.page.title()) == ([], "A chat")


def test_a_button_calls_the_tool_through_the_host_and_shows_what_has_changed(
    window: ChatWindow, filled: Filled, sqlite_database: Database
) -> None:
    asked, given = list[str](), {"run_id": filled.runs[WorkflowType.SEARCH]}

    async def agree(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"confirm": True})

    with window.client(house(sqlite_database), agree) as chat:
        view = chat.show("get_run", given, theme="light")
        expect(view.locator(".stats")).to_contain_text("of 40")
        with sqlite_database.write() as session:
            update_workflow_run(session, given["run_id"], total_items=41)
        view.get_by_role("button", name="Refresh").click()
        expect(view.locator(".stats")).to_contain_text("of 41")
        view.get_by_role("button", name="Resume").click()
        expect(view.locator(".stats")).to_contain_text("Pending")
        expect(view.get_by_role("button", name="Resume")).to_have_count(0)
        assert chat.seen("called") == [
            ["get_run", given],
            ["control_run", {**given, "action": "resume"}],
            ["get_run", given],
        ]
    # The client's own form asked the person: a view's call is a call of the chat that has read strangers' words.
    assert [each[:10] for each in asked] == ["Resume the"]
    assert window.complaints == []


def test_a_button_stands_for_no_yes_of_the_person_and_leads_to_where_they_give_it(
    chat: ChatClient, filled: Filled, sqlite_database: Database
) -> None:
    view = chat.show("get_run", {"run_id": filled.agent}, theme="light")
    view.get_by_role("button", name="Pause").click()
    expect(view.get_by_role("alert")).to_contain_text("Nothing was done yet")
    with sqlite_database.read() as session:
        run = get_workflow_run(session, filled.agent)
        assert run is not None
        assert run.control is None
    view.get_by_role("link", name="Answer in the dashboard").click()
    chat.page.wait_for_function("seen.opened.length == 1")
    assert chat.seen("opened") == ["http://127.0.0.1:8765/dashboard/approvals"]
    view.get_by_role("button", name="Refresh").click()
    expect(view.get_by_role("alert")).to_have_count(0)
    expect(view.locator(".stats")).to_contain_text("Running")


def test_the_theme_follows_the_host_and_so_do_its_colours(chat: ChatClient) -> None:
    own = {"variables": {"--color-background-primary": "rgb(1, 2, 3)"}}
    view = chat.show("list_runs", {}, theme="light")
    expect(view.locator("html")).to_have_attribute("data-theme", "light")
    expect(view.locator("body")).to_have_css("background-color", "rgb(251, 251, 250)")
    chat.change(theme="dark")
    expect(view.locator("html")).to_have_attribute("data-theme", "dark")
    expect(view.locator("body")).to_have_css("background-color", "rgb(18, 18, 17)")
    chat.change(theme="dark", styles=own)
    expect(view.locator("body")).to_have_css("background-color", "rgb(1, 2, 3)")


def test_what_is_the_persons_to_decide_is_opened_by_the_host(chat: ChatClient, filled: Filled) -> None:
    view = chat.show("list_outbound", {}, theme="light")
    expect(view.get_by_role("button", name="Approve")).to_have_count(0)
    view.get_by_role("link", name="Decide in the dashboard").click()
    chat.page.wait_for_function("seen.opened.length == 1")
    (address,) = chat.seen("opened")
    assert address.startswith("http://127.0.0.1:8765/dashboard/outbound/out_")
    view = chat.show("get_run", {"run_id": filled.asking}, theme="light")
    view.get_by_role("link", name="Answer").click()
    chat.page.wait_for_function("seen.opened.length == 1")
    assert chat.seen("opened") == [f"http://127.0.0.1:8765/dashboard/workflows/{filled.asking}#questions"]
    assert chat.seen("called") == []


def test_a_host_that_keeps_back_what_is_for_the_view_sees_the_words(chat: ChatClient) -> None:
    result = chat.call("list_outbound", {})
    result.pop("_meta")
    view = chat.show_result("list_outbound", {}, result, theme="light")
    expect(view.locator("#view")).to_contain_text(HOSTILE)
    assert view.locator("img").count() == 0
