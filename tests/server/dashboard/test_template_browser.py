"""Writing a template in a real browser: by keyboard, and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from onelane.storage.database.engine import Database
from onelane.storage.workflows import templates
from tests.messages import sequence
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.test_browser import entered, open_window

pytestmark = pytest.mark.xdist_group("templates in a browser")


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, str]]:
    """A dashboard, and the id of a sequence of two letters."""
    with sqlite_database.write() as session:
        template_id = sequence(session).id
    with dashboard(sqlite_database) as served:
        served.web.post("/api/contacts", {"name": "Ada Lovelace", "firstName": "Ada", "email": "ada@example.com"})
        yield served, template_id


def subjects(served: Dashboard, template_id: str) -> list[str]:
    """The configs of the steps that are saved."""
    with served.onelane.database.read() as session:
        return [row.config for row in templates.list_template_steps(session, template_id)]


def chosen(page: Page) -> str | None:
    """The step whose form is shown."""
    return page.locator(".sf:visible").get_attribute("data-step-form")


def test_a_step_is_chosen_written_moved_and_saved_by_keyboard(browser: Browser, shown: tuple[Dashboard, str]) -> None:
    served, template_id = shown
    context = open_window(browser, "light")
    page, said = entered(context, served)
    page.goto(f"{served.url}/dashboard/templates/{template_id}")
    expect(page.locator("#step-0")).to_be_visible()
    expect(page.locator("#step-1")).to_be_hidden()
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#step-1")).to_be_visible()
    expect(page.locator("#step-0")).to_be_hidden()
    assert page.url.endswith("#step-1")
    page.keyboard.press("e")
    expect(page.locator('[name="1.subject"]')).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Once more, {{ first_name }}")
    expect(page.locator("#step-1 .goes")).to_contain_text("Once more, Ada")
    expect(page.locator('[name="1.subject"]')).to_be_focused()
    expect(page.locator('.face[data-step="1"]')).to_contain_text("Once more,")
    page.locator("#step-1").get_by_role("button", name="Earlier").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#step-1")).to_contain_text("Step 1 of 2")
    page.get_by_role("button", name="Wait").press("Enter")
    expect(page.locator("#step-n0")).to_be_visible()
    page.locator('[name="n0.amount"]').fill("5")
    expect(page.locator('.face[data-step="n0"]')).to_contain_text("Wait 5 days")
    page.locator("#step-n0").get_by_role("button", name="Earlier").press("Enter")
    expect(page.locator("#step-n0")).to_contain_text("Step 2 of 3")
    assert subjects(served, template_id) == ['{"subject":"Hello","text":"Hello {{ first_name }}"}'] * 2
    page.get_by_role("button", name="Save as version 2").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert chosen(page) == "1"
    first, second, _ = subjects(served, template_id)
    assert ("Once more, {{ first_name }}" in first, second) == (True, '{"days": 5}')
    assert said == []
    context.close()


def test_without_scripts_a_step_is_chosen_added_and_saved(browser: Browser, shown: tuple[Dashboard, str]) -> None:
    served, template_id = shown
    context = open_window(browser, "light", scripts=False)
    page, _ = entered(context, served)
    page.goto(f"{served.url}/dashboard/templates/{template_id}")
    page.locator('.face[data-step="1"]').click()
    expect(page.locator("#step-1")).to_be_visible()
    expect(page.locator("#step-0")).to_be_hidden()
    page.locator('[name="1.subject"]').fill("Typed before")
    page.get_by_role("button", name="Condition").click()
    expect(page.locator("#step-n0")).to_be_visible()
    page.locator("#step-n0").get_by_role("button", name="Earlier").click()
    expect(page.locator("#step-n0")).to_contain_text("Step 2 of 3")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    _, condition, last = subjects(served, template_id)
    assert '"replied": true' in condition
    assert "Typed before" in last
    context.close()
