"""Forms that are refused, without a script: what was typed stands there again, and why nothing was done beside it."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest

from onelane.storage.database.engine import Database
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.filled import HOSTILE, Filled, fill

WRONG = "every blue moon"


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, Filled]]:
    filled = fill(sqlite_database)
    with dashboard(sqlite_database) as served:
        served.enter()
        yield served, filled


def value_of(text: str, name: str) -> str:
    """What stands in a field."""
    found = re.search(rf'<input [^>]*name="{name}"[^>]*value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def test_what_was_typed_stands_in_a_refused_form_and_why_beside_its_field(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    page = f"/dashboard/schedules/{filled.schedule}"
    refused = served.press(page, "change", {"name": HOSTILE, "cron": WRONG, "timezone": "Europe/Berlin"})
    assert refused.status_code == 409
    assert (value_of(refused.text, "name"), value_of(refused.text, "cron")) == (HOSTILE, WRONG)
    field, _, notice = refused.text.partition(f'value="{WRONG}"')[2].partition("</label>")
    assert "<label" not in field
    assert unescape(notice).startswith(
        '<p class="notice bad" role="alert" tabindex="-1" autofocus data-theirs><span>cron'
    )
    assert WRONG not in served.page(page)


def test_a_refused_form_stands_on_the_page_that_it_was_typed_on_and_in_an_open_fold(
    shown: tuple[Dashboard, Filled],
) -> None:
    served, filled = shown
    typed_on = {"origin": served.url, "referer": f"{served.url}/dashboard/contacts?new=1"}
    given = {"name": "Ada New", "email": "no address", "notes": "Long\nwords", "funnel_stage": "customer"}
    text = served.press("/dashboard/contacts", "add", given, headers=typed_on).text
    assert (value_of(text, "name"), value_of(text, "email")) == ("Ada New", "no address")
    assert re.search(r'<textarea[^>]*name="notes"[^>]*>\nLong\nwords</textarea>', text)
    assert re.findall(r"<option value=\"(\w+)\" selected", text)[-1] == "customer"

    person = f"/dashboard/contacts/{filled.twin}"
    folded = served.press(person, "erase", {"name": "Somebody else"}).text
    assert re.search(r"<details open><summary[^>]*>Erase", folded)
    assert value_of(folded, "name") == "Somebody else"


def test_a_page_of_an_earlier_session_is_shown_again_with_what_was_typed_and_changes_nothing(
    shown: tuple[Dashboard, Filled],
) -> None:
    served, filled = shown
    page = f"/dashboard/schedules/{filled.schedule}"
    stale = re.findall(r'name="csrf" value="([^"]+)"', served.page(page))[0]
    served.enter()
    before = served.web.everything()
    given = {"name": "Typed before", "cron": "daily", "csrf": stale}
    refused = served.press(page, "change", given)
    assert (refused.status_code, value_of(refused.text, "name")) == (403, "Typed before")
    assert "of an earlier session" in refused.text
    assert (
        served.press(page, "change", given, headers={"origin": "http://localhost:3000"}).text.count("Typed before") == 0
    )
    assert served.web.everything() == before
    again = {"name": value_of(refused.text, "name"), "cron": "daily", "csrf": value_of(refused.text, "csrf")}
    assert served.press(page, "change", again).status_code == 303


def test_a_form_of_a_session_that_is_over_is_sent_once_more_by_whoever_comes_back(
    shown: tuple[Dashboard, Filled],
) -> None:
    served, filled = shown
    page = f"/dashboard/schedules/{filled.schedule}"
    token = value_of(served.page(page), "csrf")
    served.web.client.cookies.clear()
    before = served.web.everything()
    typed = {"name": HOSTILE, "cron": "daily", "csrf": token, "act": "change"}
    refused = served.web.client.post(page, data=typed, headers={"origin": served.url})
    assert (refused.status_code, value_of(refused.text, "name")) == (403, HOSTILE)
    assert "this browser is signed out" in refused.text
    foreign = served.web.client.post(page, data=typed, headers={"origin": "http://localhost:3000"})
    password = served.web.client.post(page, data={**typed, "password": WRONG}, headers={"origin": served.url})
    assert "Send it once more" not in foreign.text + password.text
    assert served.web.everything() == before

    served.enter()
    kept = {name: value_of(refused.text, name) for name in typed}
    looked_at = served.web.client.post(page, data=kept, headers={"origin": served.url})
    again = kept | {"csrf": value_of(looked_at.text, "csrf"), "name": value_of(looked_at.text, "name")}
    assert served.press(page, "change", again).status_code == 303
    assert value_of(served.page(page), "name") == HOSTILE


def test_a_link_leads_to_the_page_that_was_asked_for_and_nowhere_else(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    client, opened = served.web.client, {"sec-fetch-mode": "navigate"}
    client.cookies.clear()
    place = f"/dashboard/workflows/{filled.agent}?steps=graph&q=a%20%C3%A9"
    looked = client.get(place, headers=opened)
    assert "Type <code>onelane dashboard</code>" in looked.text
    client.get("/dashboard/help")
    assert client.get(served.link(), follow_redirects=False).headers["location"] == place
    assert "onelane_way_back" not in client.cookies
    used = client.get(f"{served.url}/dashboard/enter?link=1.a.b", headers=opened)
    assert (used.status_code, "good once" in used.text) == (403, True)
    for elsewhere in ("//evil.example/dashboard", "https://evil.example/dashboard", "/docs", "/dashboard/enter"):
        cookie = {"cookie": f"onelane_way_back={quote(elsewhere, safe='')}"}
        assert client.get(served.link(), headers=cookie, follow_redirects=False).headers["location"] == "/dashboard"
