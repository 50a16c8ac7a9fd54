"""The pages of people over HTTP: found, listed by key, changed by the person alone, and one where there were two."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people.contacts import create_contact, get_contact, update_contact
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows.steps import StepType
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.filled import Filled, fill

LIST = "/dashboard/contacts"
NAME = "Ada Example of Example Bank"
ROW = re.compile(r'class="cover title clip" href="/dashboard/contacts/(\w+)"')


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, Filled]]:
    filled = fill(sqlite_database, NAME)
    with dashboard(sqlite_database) as served:
        yield served, filled


def test_pages_of_people_lead_on_by_key(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        made = [create_contact(session, name=f"Ada Number{number}").id for number in range(110)]
        index_contacts(session, made)
    with dashboard(sqlite_database) as served:
        path, seen, pages = LIST, list[str](), 0
        while path:
            text = served.page(path)
            seen, pages = seen + ROW.findall(text), pages + 1
            following = re.search(r'href="(/dashboard/contacts\?cursor=[^"]*)" rel="next"', text)
            path = following[1] if following else ""
        assert (pages, sorted(seen)) == (3, sorted(made))


def test_a_filter_finds_people(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    assert set(ROW.findall(served.page(f"{LIST}?query=example"))) == {filled.contact, filled.twin}
    assert ROW.findall(served.page(f"{LIST}?who=email")) == [filled.twin]
    assert ROW.findall(served.page(f"{LIST}?platform=x")) == [filled.contact]
    nobody = served.page(f"{LIST}?funnelStage=customer&query=zebra&who=email")
    assert "Nobody has “zebra” in it and is in the stage customer and has an e-mail address" in nobody
    assert " outside of this filter." in nobody
    for wrong in ("?who=everybody", "?cursor=x", "?twice=1&cursor=%00", f"/{filled.twin}?before=1.%00"):
        served.page(LIST + wrong, 400)


def test_everything_that_happened_with_a_person_is_paged_without_loss(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    path, whole, pages = f"{LIST}/{filled.contact}", "", 0
    while path:
        text = served.page(path)
        whole, pages = whole + text, pages + 1
        following = re.search(r'href="(\?before=[^"]*)" rel="next"', text)
        path = f"{LIST}/{filled.contact}{following[1]}" if following else ""
    seen = re.findall(r'class="event[^>]*>.*?href="([^"]*/steps/\d+)"', whole)
    sent = list(StepType).index(StepType.ENGAGEMENT_ACTION)
    indexes = [at for at in range(len(StepType)) if at != sent]
    assert pages > 1
    assert sorted(seen) == sorted(
        f"/dashboard/workflows/{run}/steps/{at}" for run in filled.runs.values() for at in indexes
    )
    for words in ("Came into your contacts", "<span>Enrolled · ", "Undated", "From them to you"):
        assert whole.count(words) == 1, words
    assert "Read from a page by the model" in whole
    changes = served.page(f"{LIST}/{filled.contact}?show=changes")
    assert "Came into your contacts" in changes
    assert {"Contact merged", "Contact archived"} <= set(re.findall(r'/steps/\d+">([^<]+)</a>', changes))
    messages = served.page(f"{LIST}/{filled.contact}?show=messages")
    assert "From them to you" in messages
    assert "Came into your contacts" not in messages
    assert 'href="?show=messages#all" aria-current="true"' in messages
    served.page(f"{LIST}/{filled.contact}?show=what", 400)
    for task in set(re.findall(r'href="(/dashboard/outbound/tsk_\w+)"', whole)):
        assert NAME in served.page(task)
    assert "/dashboard/outbound/tsk_" in whole


def test_the_person_adds_and_changes_somebody(shown: tuple[Dashboard, Filled]) -> None:
    served, _ = shown
    served.enter()
    new = {"name": "Grace Example", "tags": "navy, compilers", "funnel_stage": "engaged", "email": ""}
    page = served.press(f"{LIST}?new=1", "add", new).headers["location"]
    form = dict(re.findall(r'name="(was_\w+)" value="([^"]*)"', served.page(f"{page}?edit=1")))
    assert (form["was_name"], form["was_tags"], form["was_funnel_stage"]) == (
        "Grace Example",
        "navy, compilers",
        "engaged",
    )
    typed = {**form, "name": "Grace Hopper", "tags": "", "notes": "line one\r\nline two", "was_notes": ""}
    served.press(page, "save", typed)
    with served.onelane.database.read() as session:
        contact = get_contact(session, page.rsplit("/", 1)[-1])
        assert contact is not None
        kept = (contact.name, contact.tags, contact.notes, contact.email)
    assert kept == ("Grace Hopper", "[]", "line one\nline two", None)
    served.press(page, "save", {**typed, "name": "Somebody else"})
    text = served.page(page)
    assert "has become" in text
    assert "Grace Hopper" in text


def test_the_person_enrolls_archives_restores_and_suppresses_somebody(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    page = f"{LIST}/{filled.twin}"
    said: list[str] = []
    for act, fields in (
        ("enroll", {"template": filled.template}),
        ("archive", {"reason": "Has gone"}),
        ("restore", {}),
        ("suppress", {}),
        ("enroll", {"template": filled.template}),
    ):
        assert served.press(page, act, fields).headers["location"] == page
        found = re.search(r'role="status">.*?<span>(.*?)</span>', served.page(page))
        said.append(found[1] if found else "")
    assert "1 queued" in said[0], said
    assert said[1:4] == [
        "Archived. What they were enrolled in has ended.",
        "Restored.",
        "They are not written to any more; 0 enrollments ended.",
    ]
    assert "1 blocked" in said[4], said
    ticked = {"contact": [filled.contact, filled.twin], "reason": "Done with both"}
    served.press(LIST, "archive", ticked)
    assert "2 archived." in served.page(LIST)


def test_the_person_says_how_often_and_that_they_were_in_touch(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    page = f"{LIST}/{filled.contact}"
    served.press(page, "rhythm", {"days": "90"})
    assert "Again on" in served.page(page)
    with served.onelane.database.write() as session:
        update_contact(session, filled.contact, rhythm_from=session.now() - timedelta(days=100))
    assert "Be in touch with" in served.page("/dashboard")
    assert "Due since" in served.page(page)
    served.press(page, "touch", {"outcome": "done", "days": "7"})
    after = served.page(page)
    assert "Noted. The days count from now." in after
    assert "Due since" not in after
    served.press(page, "rhythm", {"days": ""})
    assert "Again on" not in served.page(page)


@pytest.mark.parametrize("place", ["?twice=1", "/{contact}"])
def test_two_who_are_one_person_are_made_one(shown: tuple[Dashboard, Filled], place: str) -> None:
    served, filled = shown
    served.enter()
    page = LIST + place.format(contact=filled.contact)
    assert "twin@example.com" in served.page(page)
    both = {"contact": [filled.contact, filled.twin]}
    served.press(page, "merge", {**both, "kept": filled.contact})
    assert "also has what" in served.page(f"{LIST}/{filled.contact}")
    served.page(f"{LIST}/{filled.twin}", 404)
    assert "Nobody is there twice" in served.page(f"{LIST}?twice=1")


def test_two_who_are_two_people_stay_two(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    served.press(f"{LIST}?twice=1", "apart", {"contact": [filled.contact, filled.twin]})
    assert "Nobody is there twice" in served.page(f"{LIST}?twice=1")
    served.page(f"{LIST}/{filled.twin}")


def test_somebody_is_erased_once_their_name_is_typed(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    page = f"{LIST}/{filled.twin}"
    text = served.shown_after(served.press(page, "erase", {"name": "Ada"}))
    assert "type the name as it stands here" in text
    assert f'href="/api/contacts/{filled.twin}/export"' in text
    assert served.press(page, "erase", {"name": f"{NAME} again"}).headers["location"] == LIST
    served.page(page, 404)


def test_a_name_that_turns_writing_round_is_shown_in_its_order_and_typed_as_it_is_seen(
    sqlite_database: Database,
) -> None:
    with dashboard(sqlite_database) as served:
        served.enter()
        answer = served.press(
            f"{LIST}?new=1",
            "add",
            {"name": "\u202eeci\u202clA Ex\u200bample", "notes": "\u202denil", "company": "Zebra"},
        )
        page = answer.headers["location"]
        for path in (page, f"{page}?edit=1", LIST, "/dashboard/jump?q=zebra"):
            text = served.page(path)
            assert "ecilA Ex" in text, path
            assert not re.search("[\u202a-\u202e]", text), path
        assert served.press(page, "erase", {"name": "ecilA Example"}).headers["location"] == LIST
        # Pressed twice: the page that is gone by now says what came of the second.
        token = re.search(r'name="csrf" value="([^"]+)"', served.page("/dashboard/settings"))
        assert token is not None
        given = {"csrf": token[1], "act": "erase", "name": "ecilA Example"}
        again = served.web.client.post(page, data=given, headers={"origin": served.url}, follow_redirects=False)
        assert 'id="notice"' in served.page(again.headers["location"], 404)


def test_a_refused_form_names_its_fields_and_no_arguments_of_a_tool(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    page = f"{LIST}/{filled.contact}"
    assert "'rhythm days' must be" in unescape(served.press(page, "rhythm", {"days": "99999"}).text)
    nameless = served.shown_after(served.press(f"{LIST}?new=1", "add", {"name": " "}))
    assert "A new contact needs a name." in nameless
    assert "contact_id" not in nameless.partition("A new contact needs a name.")[2][:60]


def test_a_person_is_enriched_from_their_page(shown: tuple[Dashboard, Filled]) -> None:
    served, filled = shown
    served.enter()
    answer = served.press(f"{LIST}/{filled.contact}", "enrich", {})
    run_id = answer.headers["location"].rpartition("/")[2]
    assert run_id in served.page("/dashboard/workflows?workflowType=enrich&status=pending")
    run = served.web.get(f"/api/workflows/{run_id}")
    assert (run["title"], filled.contact in run["config"]) == ("Enrich 1 contact", True)
