"""The dashboard in a real browser: nothing is said on the console, nobody is shut out, and what changes is shown."""

import re
from collections.abc import Iterator
from contextlib import nullcontext
from importlib.resources import files

import orjson
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from onelane.storage.database.change_log import changing
from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import create_contact
from onelane.storage.workflows.runs import RunStatus, WorkflowType, create_workflow_run, update_workflow_run
from onelane.storage.workflows.steps import StepStatus, StepType, create_workflow_step
from tests.messages import message, sequence
from tests.proof import FULL
from tests.server.conftest import BROWSER_WAIT_MS
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.filled import CHANGE, HOSTILE, Filled, fill

pytestmark = pytest.mark.xdist_group("dashboard in a browser")

WIDTHS = {"light": (1440, 900), "dark": (360, 740)}
MOST_SHIFT = 0.01
WORDS = f"{HOSTILE} {'Donaudampfschiff' * 9}"
"""Hostile, and a word that is wider than any window."""
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, Filled]]:
    filled = fill(sqlite_database, WORDS)
    with dashboard(sqlite_database) as served:
        yield served, filled


def open_window(browser: Browser, theme: str, *, scripts: bool = True) -> BrowserContext:
    """A window of the theme's width."""
    width, height = WIDTHS[theme]
    scheme = "dark" if theme == "dark" else "light"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=scripts,
    )
    context.set_default_timeout(BROWSER_WAIT_MS)
    return context


def entered(context: BrowserContext, served: Dashboard) -> tuple[Page, list[str]]:
    """The person's page, and whatever is said on its console."""
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(served.link())
    return page, said


def violations(page: Page, *rules: str) -> list[tuple[str, str]]:
    """What shuts people out: the rule, and the first place that breaks it. All rules are asked where none is named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **only})
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]


def shift(page: Page) -> float:
    """How far what was shown has moved while the page was loaded."""
    return page.evaluate(
        """() => new Promise(done => {
          let moved = 0;
          new PerformanceObserver(list => { for (const entry of list.getEntries()) moved += entry.value; })
            .observe({ type: "layout-shift", buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
        })"""
    )


BROKEN_WORDS = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const found = [];
  for (let text; (text = texts.nextNode());) {
    const around = text.parentElement;
    if (!around.checkVisibility() || around.closest("svg, textarea, .sr, .mono")) continue;
    for (const { 0: word, index } of text.data.matchAll(/(?<!\\S)[A-Za-z]{2,12}(?=[,.;:?!]?(?!\\S))/g)) {
      range.setStart(text, index); range.setEnd(text, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word);
    }
  }
  return found;
}"""
"""The short words of ours that go over two lines."""


def broken_words(page: Page) -> list[str]:
    """Those of a page."""
    return page.evaluate(BROKEN_WORDS)


FOCUS_UNDER_BAR = """() => {
  const bar = document.querySelector(".side"), links = [...document.querySelectorAll("main a, main summary")];
  return getComputedStyle(bar).position === "fixed" && links.some((link) => {
    scrollTo(0, 0); link.focus();
    const { left, top, bottom } = link.getBoundingClientRect();
    return bottom > top && bar.contains(document.elementFromPoint(left + 1, (top + bottom) / 2));
  });
}"""
"""Whether something that has the focus lies under the bar at the foot of a small window."""


def main_pages(filled: Filled, letter: str) -> list[str]:
    """The pages that people look at most."""
    agent = f"/dashboard/workflows/{filled.agent}"
    return [
        "/dashboard",
        *(f"/dashboard/workflows?view={view}" for view in ("list", "kanban", "swimlane")),
        f"/dashboard/workflows/{filled.runs[WorkflowType.SYNC]}#step-3",
        f"/dashboard/workflows/{filled.asking}",
        f"/dashboard/templates/{filled.sequence}",
        *(f"/dashboard/templates{asked}" for asked in ("?new=1", f"/{filled.sequence}/versions?to=1")),
        f"/dashboard/templates/{filled.sequence}/enroll",
        f"{agent}?steps=graph",
        f"{agent}/fork",
        "/dashboard/start",
        "/dashboard/jump",
        "/dashboard/contacts",
        f"/dashboard/contacts/{filled.contact}",
        f"/dashboard/outbound/{letter}",
        "/dashboard/approvals",
        "/dashboard/schedules",
        f"/dashboard/schedules/{filled.schedule}",
        "/dashboard/content",
        f"/dashboard/content/{filled.draft}",
        "/dashboard/settings",
        "/dashboard/undo",
        f"/dashboard/undo/{CHANGE.change_id}",
        "/dashboard/help",
    ]


@pytest.mark.parametrize("turn", [0, 1] if FULL else [0])
def test_no_page_complains_scrolls_sideways_or_shuts_anybody_out(
    browser: Browser, shown: tuple[Dashboard, Filled], turn: int
) -> None:
    """Each page is loaded in one theme and width, then changed to the other; every second one the other way round."""
    served, filled = shown
    with served.onelane.database.write() as session:
        letter = message(session, sequence(session), f"Grace {HOSTILE}", subject=WORDS, text=WORDS)
    with changing(CHANGE), served.onelane.database.write() as session:
        create_contact(session, name=f"Grace {HOSTILE}")
    context = open_window(browser, "light")
    page, said = entered(context, served)
    for number, path in enumerate(main_pages(filled, letter), start=turn):
        first, then = ("light", "dark") if number % 2 else ("dark", "light")
        look_as(page, first)
        page.goto(served.url + path)
        expect(page.locator(".live")).to_have_attribute("data-state", "on")
        # Who asks for one step has it opened, which moves what is below.
        assert "#" in path or shift(page) < MOST_SHIFT, path
        assert fits(page), path
        assert violations(page) == [], path
        assert broken_words(page) == [], path
        look_as(page, then)
        assert fits(page), path
        assert broken_words(page) == [], path
        assert not page.evaluate(FOCUS_UNDER_BAR), path
        # The markup is the same in both themes: in the second one its colours are asked about.
        assert violations(page, "color-contrast", "target-size", "scrollable-region-focusable") == [], path
        assert (said, page.title() == "owned", page.locator("img").count()) == ([], False, 0), path
        # A name that is written from right to left turns nothing round that stands beside it.
        assert page.locator("h1").evaluate("heading => getComputedStyle(heading).unicodeBidi") == "isolate", path
    context.close()


def test_a_slow_machine_paints_a_page_whole_and_moves_none_of_its_parts(
    browser: Browser, shown: tuple[Dashboard, Filled]
) -> None:
    served, filled = shown
    context = open_window(browser, "light")
    context.add_init_script(NOTES_WHEN_IT_IS_READ)
    page, _ = entered(context, served)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 20})  # pyright: ignore[reportUnknownMemberType] - answers are open
    for theme in ("light", "dark"):
        look_as(page, theme)
        page.goto(f"{served.url}/dashboard/contacts/{filled.contact}")
        expect(page.locator(".live")).to_have_attribute("data-state", "on")
        assert painted_whole(page), theme
        assert shift(page) < MOST_SHIFT / 100, theme
    context.close()


NOTES_WHEN_IT_IS_READ = """new MutationObserver((_, observer) => {
    if (document.getElementById("toasts")) { window.wholeAt = performance.now(); observer.disconnect(); }
}).observe(document, { childList: true, subtree: true });"""
"""Notes when the last part of a page was read: what is behind it ends the page and shows nothing."""


def painted_whole(page: Page) -> bool:
    """Whether nothing was painted before the whole page was read."""
    return page.evaluate("performance.getEntriesByName('first-paint')[0].startTime >= window.wholeAt")


def look_as(page: Page, theme: str) -> None:
    """Give the window this theme and the width that goes with it."""
    width, height = WIDTHS[theme]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_step_that_another_process_records_is_shown_and_what_was_ticked_stays(
    browser: Browser, shown: tuple[Dashboard, Filled]
) -> None:
    served, filled = shown
    context = open_window(browser, "light")
    page, said = entered(context, served)
    page.goto(f"{served.url}/dashboard/workflows/{filled.agent}")
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    page.locator("#step-0 > summary").click()
    expect(page.locator("#step-0 .prose")).to_be_visible()
    page.locator("#step-0 > summary").focus()
    with served.onelane.database.write() as session:
        create_workflow_step(
            session,
            workflow_run_id=filled.agent,
            step_type=StepType.WEB_SEARCH,
            status=StepStatus.COMPLETED,
            tool="web_search",
            input='{"query": "who is new"}',
        )
    expect(page.locator("#step-4")).to_contain_text("who is new")
    expect(page.locator("#step-0 .prose")).to_be_visible()
    expect(page.locator("#step-0 > summary")).to_be_focused()

    page.goto(f"{served.url}/dashboard/workflows")
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    row = page.locator(f'tr[data-live="{filled.agent}"]')
    row.locator(".check").check()
    with served.onelane.database.write() as session:
        update_workflow_run(session, filled.agent, status=RunStatus.COMPLETED)
    expect(row).to_contain_text("Completed")
    expect(row.locator(".check")).to_be_checked()
    expect(page.locator(".bulk")).to_contain_text("1 selected")
    newcomer = _start(served, "A newcomer")
    expect(page.locator("tbody tr").first).to_contain_text("A newcomer")
    expect(row.locator(".check")).to_be_checked()

    page.goto(f"{served.url}/dashboard/workflows?view=kanban")
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    # A browser keeps six connections to a server, so that a tab that is not looked at keeps none.
    _hide(page, is_hidden=True)
    assert page.evaluate("document.querySelector('ol-live').stream === undefined")
    with served.onelane.database.write() as session:
        update_workflow_run(session, newcomer, status=RunStatus.FAILED)
    _hide(page, is_hidden=False)
    expect(page.locator(".board > section").last).to_contain_text("A newcomer")

    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(251, 251, 250)"
    expect(page.locator("a.btn:visible, button:visible, .filters:visible")).to_have_count(0)
    assert said == []
    context.close()


def test_a_page_is_asked_for_rarely_while_something_that_it_may_not_show_is_committed_again_and_again(
    browser: Browser, shown: tuple[Dashboard, Filled]
) -> None:
    served, _ = shown
    context = open_window(browser, "light")
    page, _ = entered(context, served)
    page.clock.install()
    page.goto(f"{served.url}/dashboard/contacts")
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(7):
        with page.expect_response("**/dashboard/contacts") if not asked else nullcontext():
            page.evaluate("document.querySelector('ol-live').stream.dispatchEvent(new Event('change'))")
            page.clock.run_for(250)
    assert len(asked) == 1
    with page.expect_response("**/dashboard/contacts"):
        page.clock.run_for(2000)
    context.close()


def _start(served: Dashboard, goal: str) -> str:
    with served.onelane.database.write() as session:
        config = orjson.dumps({"goal": goal}).decode()
        return create_workflow_run(session, workflow_type=WorkflowType.AGENT, config=config).id


def _hide(page: Page, *, is_hidden: bool) -> None:
    """Let the page be a tab behind another one, or the one that is looked at."""
    page.evaluate(
        """isHidden => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
          dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


def test_a_form_that_is_refused_or_lost_says_why_and_keeps_what_was_typed(
    browser: Browser, shown: tuple[Dashboard, Filled]
) -> None:
    served, filled = shown
    context = open_window(browser, "light")
    page, _ = entered(context, served)
    page.goto(f"{served.url}/dashboard/schedules/{filled.schedule}")
    when, save = page.locator("[name=cron]"), page.get_by_role("button", name="Save")
    when.fill("every blue moon")
    save.click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("must have five fields")
    expect(when).to_be_focused()
    expect(when).to_have_attribute("aria-invalid", "true")
    assert alert.evaluate("note => note.previousElementSibling.querySelector('[name=cron]') !== null")

    when.fill("daily")
    context.set_offline(True)
    save.click()
    expect(alert).to_contain_text("The server did not answer")
    context.set_offline(False)
    # Another link, in another tab, ends what this page was opened with.
    context.new_page().goto(served.link())
    save.click()
    expect(page.locator(".toast")).to_contain_text("Saved:")
    expect(alert).to_have_count(0)
    assert (when.input_value(), violations(page)) == ("daily", [])
    context.close()


def test_the_person_finds_and_steers_a_run_by_keyboard(browser: Browser, shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    context = open_window(browser, "light")
    page, said = entered(context, served)
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/dashboard/workflows")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("agent")
    page.wait_for_url("**/dashboard/workflows?q=agent")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    for _ in range(3):
        page.keyboard.press("j")
        if page.locator(f'tr[data-live="{filled.agent}"] a:focus').count():
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dashboard/workflows/{filled.agent}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".toast")).to_contain_text("It ends at its next step.")
    expect(page.locator(".runhead")).to_contain_text("Ends at its next step")
    page.keyboard.press("Control+k")
    page.keyboard.type("start")
    expect(page.locator("#palette-list li")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/start")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/dashboard/outbound")
    page.goto(f"{served.url}/dashboard/content")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.locator(".toast")).to_contain_text("Copied.")
    expect(page).to_have_url(f"{served.url}/dashboard/content")
    assert said == []
    context.close()


def test_without_scripts_everything_can_be_read_and_every_form_works(
    browser: Browser, shown: tuple[Dashboard, Filled]
) -> None:
    served, filled = shown
    context = open_window(browser, "light", scripts=False)
    page, _ = entered(context, served)
    page.get_by_role("link", name="All runs").click()
    page.get_by_label("Status").select_option("running")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tbody tr")).to_have_count(1 + sum(1 for _ in _running(filled)))
    page.locator(f'tr[data-live="{filled.agent}"] .check').check()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").filter(has_text="1 paused.")).to_be_visible()
    page.goto(f"{served.url}/dashboard/workflows/{filled.runs[WorkflowType.SYNC]}")
    page.locator("#step-1 > summary").click()
    page.get_by_role("link", name=re.compile("^Input and output of step 1$")).click()
    expect(page.locator("pre").first).to_contain_text("onerror")
    context.close()


def _running(filled: Filled) -> Iterator[str]:
    # The states are dealt out in their order, and the types in theirs.
    yield filled.runs[WorkflowType.ENRICH]
