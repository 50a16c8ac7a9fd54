"""Steps that a person carries out by hand: the sequence waits for them, and each counts once."""

from datetime import timedelta
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows import enrollments, tasks
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.tasks import TaskType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.tasks import tasks as task_tools
from onelane.tools.outreach.tasks.links import task_link
from onelane.tools.outreach.tasks.task_views import TaskPage, TaskView
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.workflows import activation, runs, templates
from onelane.tools.workflows import enrollments as enrollment_tools
from tests.databases import Clock
from tests.toolbox import toolbox
from tests.tools.outreach.moving.moved import MovingSequence

PROFILE = "https://www.linkedin.com/in/ada-x"
CONNECT = {"step_type": "connect", "config": {"note": "Hello {{ first_name }}"}}
FOLLOW: dict[str, Any] = {"step_type": "follow", "delay_hours": 48, "config": {}}


@pytest.fixture
def moved(database: Database, clock: Clock) -> MovingSequence:
    tools = toolbox(database, templates, activation, enrollment_tools, runs, task_tools)
    made = MovingSequence(tools, clock)
    made.begins(CONNECT, FOLLOW, platform="linkedin")
    made.enrolls(profile_url=PROFILE, email=None)
    made.look()
    return made


def waiting(moved: MovingSequence, **which: Any) -> list[TaskView]:
    return list(moved.tools.call(TaskPage, "list_tasks", **which).data)


def finish(moved: MovingSequence, task_id: str, outcome: str, **more: Any) -> TaskView:
    return moved.tools.call_as(Caller(Face.REST), TaskView, "finish_task", task_id=task_id, outcome=outcome, **more)


def test_a_task_says_what_to_write_to_whom_and_where(moved: MovingSequence) -> None:
    (task,) = waiting(moved)
    shown = task.model_dump(mode="json")
    assert (shown["text"], shown["url"], shown["contact_name"]) == ("Hello Ada", PROFILE, "Ada Lovelace")
    assert (task.channel, task.step_type) == (Channel.LINKEDIN, TemplateStepType.CONNECT)
    assert task.text().splitlines()[1:] == [
        f"  {PROFILE}",
        "  Hello Ada",
        f"  Next: finish_task(task_id={task.id!r}, outcome='done'), or 'skip'",
    ]


def test_each_task_of_a_page_is_about_its_own_person(moved: MovingSequence) -> None:
    moved.enrolls(name="Grace Hopper", profile_url="https://www.linkedin.com/in/grace-x", email=None)
    moved.look()
    said = [(each.contact_name, each.message_text, each.url) for each in waiting(moved)]
    assert said == [
        ("Ada Lovelace", "Hello Ada", PROFILE),
        ("Grace Hopper", "Hello Grace", "https://www.linkedin.com/in/grace-x"),
    ]


def test_what_is_done_counts_once_and_the_next_delay_begins_then(moved: MovingSequence) -> None:
    (task,) = waiting(moved)
    moved.look(days=10)
    assert [each.id for each in waiting(moved)] == [task.id]

    first = finish(moved, task.id, "done")
    again = finish(moved, task.id, "done")

    assert first == again
    assert (first.outcome, first.completed_at) == ("done", moved.clock.instant)
    with pytest.raises(Conflict, match="done already"):
        finish(moved, task.id, "skip")
    (action,) = moved.actions(ActionStatus.SENT)
    assert action.sent_at == moved.clock.instant
    assert moved.story().count("engagement_action") == 1
    moved.look(hours=47)
    assert waiting(moved) == []
    moved.look(hours=1)
    (following,) = waiting(moved)
    assert following.step_type is TemplateStepType.FOLLOW


def test_what_is_left_out_lets_the_sequence_go_on_and_end(moved: MovingSequence) -> None:
    for hours in (0, 48):
        moved.look(hours=hours)
        (task,) = waiting(moved)
        assert finish(moved, task.id, "skip").outcome == "skipped"
    moved.look()
    assert [(each.status, each.reason) for each in moved.actions()] == [(ActionStatus.CANCELLED, "skipped")] * 2
    with moved.database.read() as session:
        (row,) = enrollments.list_enrollments(session, template_id=moved.template_id)
    assert row["status"] == EnrollmentStatus.COMPLETED


def test_what_is_put_off_is_hidden_until_then(moved: MovingSequence) -> None:
    (task,) = waiting(moved)
    until = moved.clock.instant + timedelta(days=1)
    assert finish(moved, task.id, "snooze", until=until.isoformat()).snoozed_until == until
    assert waiting(moved) == []
    assert [each.id for each in waiting(moved, state="later")] == [task.id]
    moved.look(days=1)
    assert [each.id for each in waiting(moved)] == [task.id]
    assert finish(moved, task.id, "done").outcome == "done"
    assert [each.id for each in waiting(moved, state="done")] == [task.id]


def test_who_left_the_sequence_has_nothing_done_to_them(moved: MovingSequence) -> None:
    (task,) = waiting(moved)
    moved.tools.call(
        enrollment_tools.ChangedEnrollment, "update_enrollment", enrollment_id=moved.enrollment_ids[0], status="removed"
    )
    assert waiting(moved) == []
    with pytest.raises(Conflict, match="skipped already"):
        finish(moved, task.id, "done")


def test_a_question_is_answered_where_it_is_asked(moved: MovingSequence) -> None:
    with moved.database.write() as session:
        asked = tasks.create_task(session, title="Same?", task_type=TaskType.MERGE_PROPOSAL)
        draft = tasks.create_task(session, title="Review draft", task_type=TaskType.CONTENT_REVIEW)
    with pytest.raises(Conflict, match="merge_contacts"):
        finish(moved, asked.id, "done")
    assert finish(moved, draft.id, "done").outcome == "done"
    with pytest.raises(NotFound):
        finish(moved, "tsk_nope", "done")
    for wrong in ({"outcome": "snooze"}, {"outcome": "done", "until": "2030-01-01T00:00:00Z"}):
        with pytest.raises(BadRequest, match="until"):
            finish(moved, asked.id, **wrong)


@pytest.mark.parametrize(
    ("channel", "step_type", "address", "link"),
    [
        ("x", "follow", "https://x.com/ada", "https://x.com/intent/follow?screen_name=ada"),
        ("x", "follow", "@ada", "https://x.com/intent/follow?screen_name=ada"),
        ("x", "follow", "https://x.com/i/user/42", "https://x.com/intent/follow?user_id=42"),
        ("x", "like", "https://twitter.com/ada/status/77?s=20", "https://x.com/intent/like?tweet_id=77"),
        ("x", "comment", "https://x.com/ada/status/77", "https://x.com/intent/tweet?in_reply_to=77&text=Hi+%26+you"),
        ("x", "message", "https://x.com/i/user/42", "https://x.com/messages/compose?recipient_id=42&text=Hi+%26+you"),
        ("x", "message", "https://x.com/ada", "https://x.com/ada"),
        ("x", "like", "https://x.com/ada", "https://x.com/ada"),
        ("linkedin", "message", PROFILE, PROFILE),
        ("linkedin", "connect", "ada-x", PROFILE),
        ("substack", "follow", "ada", "https://substack.com/@ada"),
        ("linkedin", "comment", "javascript:alert(1)", None),
        ("x", "comment", "javascript:alert(1)", None),
        ("x", "follow", "javascript:alert(1)//status/7", None),
        ("x", "follow", None, None),
    ],
)
def test_a_link_leads_to_where_the_step_is_carried_out(
    channel: str, step_type: str, address: str | None, link: str | None
) -> None:
    assert task_link(Channel(channel), TemplateStepType(step_type), address, "Hi & you") == link
