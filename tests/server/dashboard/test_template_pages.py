"""Templates in the dashboard: all of them, and one with its steps to be written, checked and set going."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import orjson
import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, get_action
from onelane.storage.outreach.template_versions import list_versions
from onelane.storage.people.contacts import create_contact
from onelane.storage.workflows import templates
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason, enroll_contact
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType, TemplateType, get_template
from tests.messages import message, sequence
from tests.server.dashboard.dashboards import Dashboard, dashboard
from tests.server.dashboard.typed_forms import TypedForm

LIST = "/dashboard/templates"
ADA = {"name": "Ada Lovelace", "firstName": "Ada", "email": "ada@example.com"}
EVERY_KIND: list[tuple[TemplateStepType, dict[str, Any]]] = [
    (TemplateStepType.MESSAGE, {"subject": "One", "text": "Two\n", "html": "<p>x</p>", "sameThread": False}),
    (TemplateStepType.MESSAGE, {"subject": "S", "text": "T", "variants": [{"name": "A", "weight": 2}, {"name": "B"}]}),
    (TemplateStepType.CONNECT, {"note": "Hi", "url": "https://example.com"}),
    (TemplateStepType.WAIT, {"businessDays": 4}),
    (TemplateStepType.WAIT, {"hours": 1.5, "label": "short"}),
    (TemplateStepType.WAIT, {"until": "2027-01-04T09:00"}),
    (TemplateStepType.WAIT, {"for": {"tag": "vip"}, "timeoutDays": 3, "else": "end"}),
    (TemplateStepType.WAIT, {}),
    (TemplateStepType.CONDITION, {"if": {"replied": False}, "then": "last", "else": "end"}),
    (TemplateStepType.CONDITION, {"if": {"field": "company", "is": "contains", "value": "Bank"}, "else": "last"}),
    (TemplateStepType.CONDITION, {"if": {"any": [{"replied": True}, {"tag": "x"}]}, "else": "last"}),
    (TemplateStepType.CONDITION, {"if": {"step": "short", "outcome": "done"}, "else": "last"}),
    (TemplateStepType.LIKE, {"label": "last"}),
]
"""A step of each shape, in an order in which every jump leads somewhere."""


@pytest.fixture
def shown(sqlite_database: Database) -> Iterator[tuple[Dashboard, str]]:
    """A dashboard with the person in front of it, and the page of an active sequence."""
    with sqlite_database.write() as session:
        template_id = sequence(session).id
    with dashboard(sqlite_database) as served:
        served.web.post("/api/contacts", ADA)
        served.enter()
        yield served, f"{LIST}/{template_id}"


def written(served: Dashboard, page: str) -> TypedForm:
    """What stands in the form of a template."""
    return TypedForm(served.page(page), "write")


def sent(served: Dashboard, page: str, fields: dict[str, list[str]], do: str = "save") -> httpx2.Response:
    """Send the form of a template as a browser does."""
    origin = {"origin": served.url}
    return served.web.client.post(page, data={**fields, "do": do}, headers=origin, follow_redirects=False)


def drafted(database: Database, *steps: tuple[TemplateStepType, dict[str, Any]], **columns: Any) -> str:
    """The page of a draft with these steps."""
    said = {"name": "A draft", "template_type": TemplateType.OUTREACH, **columns}
    with database.write() as session:
        made = templates.create_template(session, **said)
        rows = [
            {"step_type": kind, "config": orjson.dumps(config).decode(), "delay_hours": 36} for kind, config in steps
        ]
        templates.add_template_steps(session, made.id, rows)
        return f"{LIST}/{made.id}"


def steps_of(database: Database, page: str) -> list[tuple[str, dict[str, Any], int]]:
    """The steps that are saved."""
    with database.read() as session:
        rows = templates.list_template_steps(session, page.rsplit("/", 1)[-1])
        return [(row.step_type.value, orjson.loads(row.config), row.delay_hours) for row in rows]


def status_of(database: Database, page: str) -> TemplateStatus:
    """How the template stands."""
    with database.read() as session:
        template = get_template(session, page.rsplit("/", 1)[-1])
        assert template is not None
        return template.status


def test_your_templates_stand_with_their_replies_apart_from_the_ready_made_ones(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        template = sequence(session)
        sent_to = [
            message(session, template, name, status=ActionStatus.SENT) for name in ("Ada Lovelace", "Ben Sample")
        ]
        action = get_action(session, sent_to[0])
        assert action is not None
        end_enrollment(
            session, str(action.enrollment_id), EnrollmentStatus.REPLIED, StateReason.REPLY, at=session.now()
        )
        templates.create_template(
            session, name="Ready", template_type=TemplateType.OUTREACH, is_system=True, system_key="ready"
        )
    with dashboard(sqlite_database) as served:
        text = served.page(LIST)
        assert "<b>1</b> of 2 replied" in text
        yours, ready = text.split('id="ready"')
        assert "First hello" in yours
        assert "First hello" not in ready
        assert "Ready" in ready
        assert 'Templates<span class="count">1</span>' in text
        assert "You have none of this type" in served.page(f"{LIST}?templateType=pruning")
        assert "There is no type" in served.page(f"{LIST}?templateType=pie", 400)
        served.enter()
        form = re.search(r'name="id" value="([^"]+)"', served.page(LIST))
        assert form is not None
        copy = served.press(LIST, "clone", {"id": form[1]}).headers["location"]
        assert "Ready (copy) is a draft of yours now." in served.page(copy)


def test_a_sequence_is_begun_written_step_by_step_and_set_going(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        sequence(session)
    with dashboard(sqlite_database) as served:
        served.enter()
        made = served.press(
            f"{LIST}?new=1", "create", {"name": "Spring", "template_type": "outreach", "platform": "gmail"}
        )
        page = made.headers["location"]
        assert "It has no step yet" in served.page(page)
        refused = sent(served, page, written(served, page).with_changes(), "activate")
        assert (refused.status_code, "It has no steps" in refused.text) == (422, True)
        added = sent(served, page, written(served, page).with_changes(), "add:message")
        assert (added.status_code, steps_of(sqlite_database, page)) == (200, [])
        form = TypedForm(added.text, "write")
        typed = form.with_changes(n0__subject="Hello", n0__text="  Dear {{ first_name }},\n\nhello.\n", n0__delay="2")
        more = TypedForm(sent(served, page, typed, "add:wait").text, "write")
        assert more["n0.text"] == "  Dear {{ first_name }},\n\nhello.\n"
        waiting = more.with_changes(n1__kind="days", n1__amount="3", n1__unit="hours", n0__unit="days")
        first = TypedForm(sent(served, page, waiting, "up:n1").text, "write")
        assert first.fields["step"] == ["n1", "n0"]
        saved = sent(served, page, first.fields, "activate")
        assert (saved.status_code, saved.headers["location"]) == (303, page)
        assert steps_of(sqlite_database, page) == [
            ("wait", {"days": 3}, 0),
            ("message", {"subject": "Hello", "text": "  Dear {{ first_name }},\n\nhello.\n"}, 48),
        ]
        assert status_of(sqlite_database, page) is TemplateStatus.ACTIVE


def test_a_template_that_nobody_changed_is_saved_as_it_was(sqlite_database: Database) -> None:
    config = {
        "window": {"from": "09:00", "to": "17:00"}, "caps": {"perDay": 3, "perHour": 1}, "goal": {"tag": "won"},
        "approval": "each", "exclusive": True, "unsubscribeLine": "",
    }  # fmt: skip
    page = drafted(sqlite_database, *EVERY_KIND, config=orjson.dumps(config).decode())
    with dashboard(sqlite_database) as served:
        served.enter()
        saved = sent(served, page, written(served, page).fields)
        assert "It said that already." in served.shown_after(saved)
        named = sent(served, page, written(served, page).with_changes(name="Another name", set__per_day="5"))
        assert "Saved." in served.shown_after(named)
    assert steps_of(sqlite_database, page) == [(kind.value, said, 36) for kind, said in EVERY_KIND]
    with sqlite_database.read() as session:
        template = get_template(session, page.rsplit("/", 1)[-1])
        assert template is not None
        assert orjson.loads(template.config) == {
            **config,
            "window": {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "09:00", "to": "17:00"},
            "caps": {"perHour": 1, "perDay": 5},
        }


def test_a_jump_to_a_step_without_a_label_gives_it_one(sqlite_database: Database) -> None:
    letter = (TemplateStepType.MESSAGE, {"subject": "Hello", "text": "Hello"})
    page = drafted(sqlite_database, (TemplateStepType.CONDITION, {"if": {"replied": True}}), letter, letter)
    with dashboard(sqlite_database) as served:
        served.enter()
        assert sent(served, page, written(served, page).with_changes(**{"0.then": "#2"})).status_code == 303
        text = served.page(page)
    condition, _, last = steps_of(sqlite_database, page)
    assert condition[1] == {"if": {"replied": True}, "then": "message-3", "else": "message-2"}
    assert last[1]["label"] == "message-3"
    assert "<b>Replied</b> goes to step 3" in text
    assert "<b>No reply</b> goes to step 2" in text


def test_what_is_typed_is_shown_as_one_real_person_gets_it(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    served.web.post("/api/contacts", {"name": "Ben Sample", "firstName": "Ben", "email": "ben@example.com"})
    typed = written(served, page).with_changes(**{"1.text": "Dear {{ first_name }}"})
    assert "Dear Ben" in sent(served, page, {**typed, "who": ["sample"]}, "show").text
    assert "Dear Ada" in sent(served, page, {**typed, "who": ["lovelace"]}, "show").text
    assert served.page(f"{page}?who=lovelace").count("Hello Ada") == 2
    assert "Nobody is found" in served.page(f"{page}?who=zzzz")
    assert steps_of(served.onelane.database, page)[1][1]["text"] == "Hello {{ first_name }}"


def test_a_changed_active_template_becomes_a_new_version(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    assert "Save as version 2" in served.page(page)
    saved = sent(served, page, written(served, page).with_changes(**{"1.text": "Another text", "chosen": "1"}))
    assert saved.headers["location"] == f"{page}?step=1"
    with served.onelane.database.read() as session:
        assert [each.version for each in list_versions(session, page.rsplit("/", 1)[-1])] == [2, 1]


def test_what_can_not_be_saved_says_so_at_its_step_and_what_was_typed_stands_there(
    shown: tuple[Dashboard, str],
) -> None:
    served, page = shown
    typed = written(served, page).with_changes(**{"0.text": "A long and lovely text", "1.text": "{{ frist_name }}"})
    refused = sent(served, page, typed)
    assert refused.status_code == 422
    assert "What you typed still stands here." in refused.text
    at_step = refused.text.split('id="step-1"')[1]
    assert "there is no variable &#39;frist_name&#39;" in at_step.split('name="1.text"')[0].lower()
    form = TypedForm(refused.text, "write")
    assert (form["0.text"], form["1.text"], form["chosen"]) == ("A long and lovely text", "{{ frist_name }}", "1")
    no_number = sent(served, page, {**typed, "1.delay": ["soon"]})
    assert (no_number.status_code, "as a whole number" in no_number.text) == (422, True)
    assert TypedForm(no_number.text, "write")["1.delay"] == "soon"
    assert steps_of(served.onelane.database, page)[0][1]["text"] == "Hello {{ first_name }}"


def test_two_who_write_at_once_do_not_overwrite_each_other(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    mine, theirs = written(served, page), written(served, page)
    assert sent(served, page, theirs.with_changes(**{"0.subject": "Theirs"})).status_code == 303
    refused = sent(served, page, mine.with_changes(**{"1.subject": "Mine"}))
    assert refused.status_code == 409
    assert "somebody has changed this template" in refused.text
    form = TypedForm(refused.text, "write")
    assert (form["0.subject"], form["1.subject"]) == ("Hello", "Mine")
    assert "<del>Theirs</del> <ins>Hello</ins>" in refused.text
    assert steps_of(served.onelane.database, page)[0][1]["subject"] == "Theirs"
    assert sent(served, page, form.fields).status_code == 303
    assert [step[1]["subject"] for step in steps_of(served.onelane.database, page)] == ["Hello", "Mine"]


def test_the_person_pauses_a_template_lets_it_go_on_archives_and_copies_it(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    database = served.onelane.database
    moves = (("pause", "paused"), ("resume", "active"), ("archive", "completed"))
    for act, status in moves:
        assert served.press(page, act, {}).status_code == 303
        assert status_of(database, page) == status
    copy = served.press(page, "clone", {}).headers["location"]
    assert "First hello (copy) is a draft of yours now." in served.page(copy)
    with database.write() as session:
        someone = create_contact(session, name="Grace Hopper").id
        enroll_contact(session, template_id=copy.rsplit("/", 1)[-1], contact_id=someone)
    # Whoever was put into it since the page was read is not lost unsaid.
    assert "1 enrollment would go with it now." in served.shown_after(served.press(copy, "delete", {"enrolled": "0"}))
    assert "<b>1 enrollment</b>" in served.page(copy)
    assert served.press(copy, "delete", {"enrolled": "1"}).headers["location"] == LIST
    assert "no template" in served.page(copy, 404)


def test_a_ready_made_template_stays_as_it_is_and_its_copy_is_filled_in(sqlite_database: Database) -> None:
    config = {"parameters": [{"name": "offer", "description": "what you do"}], "sender": "{{offer}}"}
    said = {"config": orjson.dumps(config).decode(), "is_system": True, "system_key": "first"}
    letter = (TemplateStepType.MESSAGE, {"subject": "Hello", "text": "We do {{offer}}."})
    ready = drafted(sqlite_database, letter, **said)
    with sqlite_database.write() as session:
        sequence(session)
    with dashboard(sqlite_database) as served:
        served.web.post("/api/contacts", ADA)
        served.enter()
        assert "We do [offer]." in served.page(ready)
        text = sent(served, ready, written(served, ready).with_changes(name="Mine")).text
        assert "A ready-made template stays as it is." in text
        assert "Mine" not in text
        copy = served.press(ready, "clone", {}).headers["location"]
        refused = sent(served, copy, written(served, copy).fields, "activate")
        assert (refused.status_code, "offer" in refused.text) == (422, True)
        typed = written(served, copy).with_changes(value__offer="audits")
        active = sent(served, copy, typed, "activate").headers["location"]
        assert steps_of(sqlite_database, active)[0][1]["text"] == "We do audits."
        assert status_of(sqlite_database, active) is TemplateStatus.ACTIVE


def test_the_figures_of_a_step_stay_with_it_over_versions(shown: tuple[Dashboard, str]) -> None:
    served, page = shown
    with served.onelane.database.write() as session:
        template = get_template(session, page.rsplit("/", 1)[-1])
        assert template is not None
        version = list_versions(session, template.id)[0]
        message(session, template, status=ActionStatus.SENT, template_version_id=version.id)
    assert "<b>1</b> sent" in served.page(page)
    assert sent(served, page, written(served, page).with_changes(**{"0.text": "New"})).status_code == 303
    assert "<b>1</b> sent" in served.page(page)
