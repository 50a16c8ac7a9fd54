"""A template's versions in the dashboard: what differs, the person's yes, moving people; and enrolling them."""

import re
from collections.abc import Iterator

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.template_versions import list_versions
from onelane.storage.people.contacts import create_contact
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.templates import Template, TemplateStepType
from onelane.tools.outreach.versions import freeze_sequence
from tests.messages import sequence
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.typed_forms import TypedForm


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, str]]:
    """A dashboard with the person in front of it, and the page of a sequence in whose first version Ada is."""
    with sqlite_database.write() as session:
        template = sequence(session, approval="version")
        contact = create_contact(session, name="Ada Lovelace", email="ada@example.com", tags='["vip"]')
        entered = enrollments.enroll_contact(session, template_id=template.id, contact_id=contact.id)
        assert entered is not None
        index_contacts(session, [contact.id])
        entered.template_version_id = list_versions(session, template.id)[0].id
        session.flush()
        templates.replace_template_steps(
            session,
            template.id,
            [
                {"step_type": TemplateStepType.WAIT, "config": '{"days": 2}', "delay_hours": 0},
                {"step_type": TemplateStepType.MESSAGE, "config": '{"subject": "Hello", "text": "Dear you"}'},
            ],
        )
        freeze_sequence(session, template)
        page = f"/dashboard/templates/{template.id}"
    with dashboard(sqlite_database) as served:
        served.enter()
        yield served, page


def approvals_of(database: Database, page: str) -> dict[int, Door | None]:
    """At which door each version was approved."""
    with database.read() as session:
        return {each.version: each.approved_via for each in list_versions(session, page.rsplit("/", 1)[-1])}


def versions_people_are_in(database: Database, page: str) -> list[int]:
    """The version of each who is in the template."""
    with database.read() as session:
        found = {each.id: each.version for each in list_versions(session, page.rsplit("/", 1)[-1])}
        rows = session.exec(enrollments.select(enrollments.Enrollment)).all()
        return [found[each.template_version_id or ""] for each in rows]


def test_what_a_version_changed_is_told_in_words(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    text = served.page(f"{page}/versions")
    assert "What version 2 changed in version 1" in text
    assert re.search(r"<b>Step 1, wait</b> <span[^>]*>is new, at once", text)
    assert re.search(r"<b>What was step 1, message,</b> <span[^>]*>is gone", text)
    assert "<del>Hello {{ first_name }}</del> <ins>Dear you</ins>" in text
    assert "1 on their way" in text
    assert "has no version 7" in served.page(f"{page}/versions?version=7", 404)


def test_the_person_approves_the_version_that_was_shown(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    form = re.search(r'name="hash" value="([^"]+)"', served.page(f"{page}/versions"))
    assert form is not None
    place = f"{page}/versions"
    other = served.press(place, "approve", {"version": "1", "hash": form[1]})
    assert "says something else than what was shown" in served.shown_after(other)
    assert approvals_of(served.onelane.database, page) == {1: None, 2: None}
    done = served.press(place, "approve", {"version": "2", "hash": form[1]})
    assert "Version 2 is approved." in served.shown_after(done)
    assert approvals_of(served.onelane.database, page) == {1: None, 2: Door.DASHBOARD}


def test_people_move_to_a_version_after_it_was_shown_who_and_what_they_get(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    database, place = served.onelane.database, f"{page}/versions?to=2"
    text = served.page(place)
    assert "1 would move to version 2" in text
    assert "Ada Lovelace" in text
    assert versions_people_are_in(database, page) == [1]
    seen = re.search(r'name="seen" value="([^"]+)"', text)
    assert seen is not None
    stale = served.press(place, "migrate", {"to": "2", "seen": "of others"})
    assert (stale.status_code, "It is shown anew below." in stale.text) == (409, True)
    assert versions_people_are_in(database, page) == [1]
    moved = served.press(place, "migrate", {"to": "2", "seen": seen[1]})
    assert "1 moved to version 2." in served.shown_after(moved)
    assert versions_people_are_in(database, page) == [2]
    assert "Everybody who is on their way is in version 2." in served.page(f"{page}/versions")


def test_people_are_enrolled_by_ids_tag_or_words_with_an_answer_for_each(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    with served.onelane.database.write() as session:
        ben = create_contact(session, name="Ben Sample", email="ben@example.com").id
        cleo = create_contact(session, name="Cleo Test").id
    place = f"{page}/enroll"
    listed = served.press(place, "enroll", {"ids": f"{ben}, Ben Sample\n{cleo}\tCleo\ncon_nobody\n"})
    assert listed.status_code == 200
    answers = re.findall(
        r'<td class="main-cell">.*?>([^<]+)</[^<]+</td><td><[^>]+>(\w+[^<]*)</span>.*?>([^<]*)</td>', listed.text
    )
    assert answers == [
        ("Cleo Test", "Blocked", "no channel"),
        ("con_nobody", "Blocked", "not found"),
        ("Ben Sample", "Enrolled", ""),
    ]
    again = served.press(place, "enroll", {"tag": "vip"})
    assert "1 already enrolled" in again.text
    both = served.press(place, "enroll", {"ids": ben, "query": "ben"})
    assert (both.status_code, "Nobody was enrolled." in both.text) == (422, True)
    assert 'name="query" value="ben"' in both.text
    nobody = served.press(place, "enroll", {"tag": "nobody has this"})
    assert "Nobody fits" in nobody.text


def test_a_version_is_approved_by_nobody_but_the_person(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        template: Template = sequence(session, approval="version")
        page, shown_hash = f"/dashboard/templates/{template.id}", list_versions(session, template.id)[0].content_hash
    with dashboard(sqlite_database) as served:
        given = {"version": "1", "hash": shown_hash, "act": "approve", "csrf": ""}
        origin = {"origin": served.url}
        assert served.web.client.post(f"{page}/versions", data=given, headers=origin).status_code == 403
        assert approvals_of(sqlite_database, page) == {1: None}
        form = TypedForm(served.page(page), "write")
        assert "csrf" not in form.fields
