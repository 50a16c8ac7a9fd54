"""Letters in a real browser: they are cleared without the mouse, and nothing is approved by a slip."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.outbound import decisions
from tests.messages import message, read_action, sequence, status_of
from tests.proof import FULL
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.test_browser import entered, open_window

pytestmark = pytest.mark.xdist_group("outbound in a browser")

PATH = "/dashboard/outbound"
_LETTERS = 8 if FULL else 3


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, list[str]]]:
    """A dashboard with letters that wait, and one behind them that lacks its reader's first name."""
    with sqlite_database.write() as session:
        template = sequence(session, "Plain words", [{"subject": "Hello", "text": "Hello Ada"}])
        letters = [message(session, template, f"Ada Number{number}") for number in range(_LETTERS)]
        letters.append(message(session, sequence(session), "Nameless"))
    with dashboard(sqlite_database) as served:
        yield served, letters


def shown_letter(page: Page, letter_id: str) -> None:
    """Wait until this letter is read, and its line in the list is where the keyboard is."""
    expect(page.locator("article.letter")).to_have_id(letter_id)
    expect(page.locator(".mail[aria-current]")).to_be_focused()
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    # Whoever presses sooner meant the letter before.
    page.evaluate("() => new Promise(done => setTimeout(done, 600 - performance.now()))")


def hold(page: Page, key: str) -> None:
    """Press a key for so long that the keyboard repeats it."""
    for _ in range(6):
        page.keyboard.down(key)
    page.keyboard.up(key)


def test_letters_are_cleared_without_the_mouse(browser: Browser, shown: tuple[Dashboard, list[str]]) -> None:
    served, letters = shown
    context = open_window(browser, "light")
    page, said = entered(context, served)
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url(f"**{PATH}")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    shown_letter(page, letters[0])
    hold(page, "a")
    shown_letter(page, letters[1])
    assert status_of(served.onelane.database, letters[0]) is ActionStatus.APPROVED
    page.keyboard.press("u")
    expect(page.locator("article.letter .badge")).to_have_text("Awaiting approval")
    shown_letter(page, letters[0])
    page.keyboard.press("e")
    page.locator("[name=text]").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("aaa, an answer?")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text("Your changes are not saved yet.")
    page.locator(".editor[open]").get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".letter .msg").first).to_contain_text("aaa, an answer?")
    # What was typed pressed no key, and a new text needs a yes of its own.
    assert {status_of(served.onelane.database, each) for each in letters} == {ActionStatus.AWAITING_APPROVAL}
    page.keyboard.press("r")
    page.locator(".editor[open]").get_by_role("button", name="End the sequence").press("Enter")
    for number in range(1, _LETTERS):
        shown_letter(page, letters[number])
        page.keyboard.press("a")
    shown_letter(page, letters[_LETTERS])
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    page.keyboard.press("a")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    states = [status_of(served.onelane.database, each) for each in letters]
    approved, waits = ActionStatus.APPROVED, ActionStatus.AWAITING_APPROVAL
    assert states == [ActionStatus.REJECTED, *[approved] * (_LETTERS - 1), waits]
    assert read_action(served.onelane.database, letters[0]).body_text == "aaa, an answer?"
    assert said == []
    context.close()


def test_the_list_follows_what_happens_elsewhere_and_the_letter_that_is_read_stays(
    browser: Browser, shown: tuple[Dashboard, list[str]]
) -> None:
    served, (read, other, *_) = shown
    context = open_window(browser, "light")
    page, said = entered(context, served)
    page.goto(f"{served.url}{PATH}/{read}")
    shown_letter(page, read)
    moment = page.locator(".group", has_text="Goes in a moment").locator(".num")
    expect(moment).to_have_text("0")

    shown_hash = str(read_action(served.onelane.database, other).content_hash)
    decisions.approve_message(served.onelane.toolbox.services, other, shown_hash, via=Door.CLI)
    expect(moment).to_have_text("1")
    assert page.locator(".group", has_text="Goes in a moment").locator("+ .mail").get_attribute("data-live") == other
    shown_letter(page, read)
    expect(page.locator(".side .count")).to_have_text(str(_LETTERS))

    shown_hash = str(read_action(served.onelane.database, read).content_hash)
    decisions.approve_message(served.onelane.toolbox.services, read, shown_hash, via=Door.CLI)
    expect(page.locator("article.letter")).to_contain_text("Meanwhile it has become: approved.")
    expect(page.locator("article.letter .badge")).to_have_text("Awaiting approval")
    page.get_by_role("link", name="Show it as it stands").click()
    expect(page.locator("article.letter .badge")).to_have_text("Approved")

    page.goto(f"{served.url}{PATH}?state=uncertain")
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    expect(page.locator("main")).to_contain_text("Of each message it is known")
    with served.onelane.database.write() as session:
        message(session, sequence(session, "Another one"), "Ida Rhodes", status=ActionStatus.UNCERTAIN)
    expect(page.locator("article.letter")).to_contain_text("Ida Rhodes")
    assert said == []
    context.close()
