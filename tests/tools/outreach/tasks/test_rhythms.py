"""A rhythm with somebody: who is due, what counts as being in touch, and what the person does about it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach import inbound_messages
from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.people.engagements import Engagement, EngagementType
from onelane.storage.platforms.content import Direction
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import TaskStatus, TaskType
from onelane.tools import overview as overview_tools
from onelane.tools.outreach.tasks import tasks as task_tools
from onelane.tools.outreach.tasks.task_views import TaskPage, TaskView
from onelane.tools.overview import Overview
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people import merging, tagging
from onelane.tools.people.contact_views import ContactDetail, ContactPage, SavedContact
from onelane.tools.people.finding import contact_counts
from onelane.tools.people.finding.contact_counts import ContactCounts
from onelane.tools.people.merging import MergedContacts
from onelane.tools.people.tagging import Tagged
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def tools(sqlite_database: Database) -> Toolbox:
    return on(sqlite_database)


def on(database: Database) -> Toolbox:
    return toolbox(database, contact_tools, merging, tagging, contact_counts, task_tools, overview_tools)


@pytest.fixture
def ada(tools: Toolbox) -> str:
    return saved(tools, name="Ada Lovelace", rhythm_days="every 90 days")


def saved(tools: Toolbox, **fields: Any) -> str:
    return tools.call(SavedContact, "save_contact", **fields).id


def shown(tools: Toolbox, contact_id: str) -> ContactDetail:
    return tools.call(ContactDetail, "get_contact", contact_id=contact_id)


def due(tools: Toolbox) -> list[str]:
    return [each.id for each in tools.call(ContactPage, "search_contacts", due=True).data]


def finish(tools: Toolbox, task_id: str, outcome: str, **more: Any) -> TaskView:
    return tools.call_as(Caller(Face.REST), TaskView, "finish_task", task_id=task_id, outcome=outcome, **more)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        (30, 30),
        ("90", 90),
        ("every 90 days", 90),
        ("every 2 weeks", 14),
        ("quarterly", 90),
        ("Every Month", 30),
        (0, None),
    ],
)
def test_a_rhythm_is_understood_as_people_say_it(tools: Toolbox, said: object, days: int | None) -> None:
    assert shown(tools, saved(tools, name="Ada", rhythm_days=said)).rhythm_days == days


def test_what_is_no_number_of_days_is_refused(tools: Toolbox) -> None:
    for said in ("now and then", -1, 4000):
        with pytest.raises(BadRequest, match="rhythm_days"):
            saved(tools, name="Ada", rhythm_days=said)


def test_who_is_due_needs_the_person_with_the_same_call_everywhere(tools: Toolbox, ada: str, clock: Clock) -> None:
    saved(tools, name="Nobody Special")
    clock.advance(days=89)
    assert (due(tools), tools.call(TaskPage, "list_tasks").total) == ([], 0)
    clock.advance(days=1)
    seen = tools.call(Overview, "overview")
    (attention,) = seen.needs_attention
    (task,) = tools.call(TaskPage, "list_tasks").data
    call = f"finish_task(task_id={ada!r}, outcome='done'), 'skip', or 'snooze' with until"
    assert attention.next == task.next == call
    assert attention.title == task.title == "Be in touch with Ada Lovelace"
    assert (seen.open_tasks["follow_up"], due(tools), attention.href) == (1, [ada], f"/dashboard/contacts/{ada}#rhythm")
    assert call in seen.text()


def test_words_and_tasks_count_as_being_in_touch_and_likes_do_not(database: Database, clock: Clock) -> None:
    tools = on(database)
    people = {how: saved(tools, name=how, rhythm_days=90) for how in ("message", "reply", "task", "like")}
    clock.advance(days=60)
    for how, contact_id in people.items():
        happened(tools, contact_id, how, clock())
    clock.advance(days=40)
    assert due(tools) == [people["like"]]
    clock.advance(days=50)
    assert sorted(due(tools)) == sorted(people.values())


def happened(tools: Toolbox, contact_id: str, how: str, at: datetime) -> None:
    with tools.database.write() as session:
        if how == "reply":
            inbound_messages.create_message(
                session, message_id="<1@x>", contact_id=contact_id, kind=MessageKind.REPLY, sent_at=at
            )
        elif how == "task":
            made = tasks.create_task(session, title="Call", task_type=TaskType.MANUAL, related_contact_id=contact_id)
            tasks.finish_task(session, made.id, tasks.TaskOutcome.DONE)
        else:
            session.add(
                Engagement(
                    id=session.new_id("eng"), contact_id=contact_id, engagement_type=EngagementType(how),
                    direction=Direction.OUTBOUND, occurred_at=at, created_at=at,
                )
            )  # fmt: skip


def test_days_count_from_the_last_words_when_a_rhythm_begins(tools: Toolbox, clock: Clock) -> None:
    grace = saved(tools, name="Grace")
    happened(tools, grace, "message", clock() - timedelta(days=200))
    saved(tools, contact_id=grace, rhythm_days=90)
    assert due(tools) == [grace]
    assert shown(tools, grace).last_contact_at == clock() - timedelta(days=200)


def test_done_counts_as_being_in_touch_and_the_same_again_is_refused(tools: Toolbox, ada: str, clock: Clock) -> None:
    clock.advance(days=100)
    done = finish(tools, ada, "done")
    assert (done.status, done.contact_id, due(tools)) == (TaskStatus.DONE, ada, [])
    assert shown(tools, ada).next_contact_at == clock() + timedelta(days=90)
    with pytest.raises(Conflict, match="not due before"):
        finish(tools, ada, "done")
    clock.advance(days=10)
    finish(tools, ada, "done")
    assert shown(tools, ada).next_contact_at == clock() + timedelta(days=90)


def test_left_out_this_time_is_no_contact_and_comes_again(tools: Toolbox, ada: str, clock: Clock) -> None:
    clock.advance(days=100)
    finish(tools, ada, "skip")
    assert (due(tools), shown(tools, ada).last_contact_at) == ([], None)
    clock.advance(days=90)
    assert due(tools) == [ada]


def test_put_off_it_comes_back_then_and_not_before(tools: Toolbox, ada: str, clock: Clock) -> None:
    clock.advance(days=100)
    finish(tools, ada, "snooze", until=clock() + timedelta(days=7))
    clock.advance(days=6)
    assert due(tools) == []
    clock.advance(days=1)
    assert due(tools) == [ada]
    with pytest.raises(BadRequest, match="over already"):
        finish(tools, ada, "snooze", until=clock())


def test_no_days_end_a_rhythm_and_the_archived_are_not_due(tools: Toolbox, ada: str, clock: Clock) -> None:
    grace = saved(tools, name="Grace", rhythm_days=30)
    clock.advance(days=100)
    assert due(tools) == [grace, ada]
    saved(tools, contact_id=ada, rhythm_days=0)
    tools.call(contact_tools.ContactOutcomes, "archive_contacts", contact_ids=[grace], reason="Left")
    assert (due(tools), shown(tools, ada).next_contact_at) == ([], None)


def test_who_is_due_can_be_meant_wherever_contacts_are_found(tools: Toolbox, ada: str, clock: Clock) -> None:
    saved(tools, name="Ada Byron")
    clock.advance(days=100)
    assert [each.id for each in tools.call(ContactPage, "search_contacts", query="ada", due=True).data] == [ada]
    assert tools.call(ContactCounts, "count_contacts", due=True).total == 1
    assert tools.call(Tagged, "tag_contacts", where={"due": True}, expect=1, add=["call"]).total == 1


def test_two_who_are_one_keep_the_shorter_rhythm(tools: Toolbox, ada: str) -> None:
    other = saved(tools, name="A. Lovelace", rhythm_days=30)
    tools.call(MergedContacts, "merge_contacts", other_id=other, kept_id=ada)
    assert shown(tools, ada).rhythm_days == 30


def test_many_who_are_due_are_listed_page_by_page_before_other_tasks(tools: Toolbox, clock: Clock) -> None:
    people = [saved(tools, name=f"Friend {number}", rhythm_days=7) for number in range(7)]
    with tools.database.write() as session:
        later = [tasks.create_task(session, title=f"Call {number}").id for number in range(2)]
    clock.advance(days=8)
    seen, cursor = list[str](), None
    while True:
        page = tools.call(TaskPage, "list_tasks", page_size=3, cursor=cursor)
        assert page.total == 9
        seen += [each.id for each in page.data]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == [*people, *later]
    needs = tools.call(Overview, "overview").needs_attention
    assert [(each.kind.value, each.count) for each in needs][-5:] == [*[("rhythm", 1)] * 4, ("rhythm", 3)]
