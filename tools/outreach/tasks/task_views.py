"""Tasks as people and programs see them."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, cast

import orjson
from pydantic import Field

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.people import contacts
from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.tasks import Task, TaskOutcome, TaskPriority, TaskStatus, TaskType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.tasks.links import task_link
from onelane.tools.outreach.tasks.task_calls import TaskCall, calls_of
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.result import About, Instant, ItemWithWords, PageResult, Result, when


class TaskView(ItemWithWords):
    """Something that waits for the person, or did."""

    untold: ClassVar[frozenset[str]] = frozenset({"priority", "created_at", "contact_name", "completed_at"})

    title: str
    task_type: TaskType
    status: TaskStatus
    outcome: TaskOutcome | None
    priority: TaskPriority
    contact_id: str | None
    contact_name: str | None
    template_id: str | None
    workflow_run_id: str | None
    outbound_action_id: str | None
    channel: Channel | None
    step_type: TemplateStepType | None
    message_text: str | None = Field(alias="text")
    url: str | None
    why: str | None
    """Why it is asked."""
    sides: Sequence[str]
    """Whom it is about, one a line, where it asks whether two are one."""
    next: str
    """The calls that close it."""
    due_at: Instant | None
    snoozed_until: Instant | None
    completed_at: Instant | None
    created_at: Instant

    def for_model(self) -> Result:
        """Nothing closes what is closed."""
        return self if self.outcome is None else self.model_copy(update={"next": ""})

    def text(self) -> str:
        """What is to be done or was, why, where, the words for it, and the call that closes it."""
        state = self.outcome.label.lower() if self.outcome is not None else self.status.label.lower()
        snooze_note = (
            f"\tsnoozed until {when(self.snoozed_until)}" if self.snoozed_until and self.outcome is None else ""
        )
        lines = [f"{self.id}\t{one_line(self.title)}\t{state}{snooze_note}"]
        lines += [f"  because {one_line(self.why)}"] if self.why else []
        lines += [f"  {side}" for side in self.sides]
        lines += [f"  {self.url}"] if self.url else []
        lines += [f"  {line}" for line in (self.message_text or "").splitlines()]
        lines += [f"  Next: {self.next}"] if self.outcome is None else []
        return "\n".join(lines)

    def recorded_about(self) -> About:
        """Whom it is about."""
        return {"contact_id": self.contact_id}


class TaskPage(PageResult[TaskView]):
    """A page of tasks."""

    noun: ClassVar[str] = "tasks"
    first_comes_by: ClassVar[str] = "What a sequence, a merge or a draft leaves to the person comes here."
    id_prefixes: ClassVar[tuple[str, ...]] = ("con_", "tsk_")
    begins_at: ClassVar[Literal["newest", "oldest"]] = "oldest"


def view_of_task(session: Session, task: Task) -> TaskView:
    """A task with whom it is about, the words that are prepared for it, and where to say them."""
    return views_of_tasks(session, [task])[0]


def views_of_tasks(session: Session, rows: Sequence[Task]) -> list[TaskView]:
    """Tasks, each with whom it is about, the words that are prepared for it, and where to say them."""
    names = contacts.contact_names(session, {each.related_contact_id for each in rows if each.related_contact_id})
    action_ids = {each.outbound_action_id for each in rows if each.outbound_action_id}
    actions = {each.id: each for each in outbound_actions.get_actions(session, action_ids)}
    calls = calls_of(session, rows)
    return [
        _view(
            each, names.get(each.related_contact_id or ""), actions.get(each.outbound_action_id or ""), calls[each.id]
        )
        for each in rows
    ]


def _view(task: Task, contact_name: str | None, action: OutboundAction | None, call: TaskCall) -> TaskView:
    # What explains a task is told as its reason, and not once more as its words.
    own = call.text or (None if call.why else task.description)
    text = own if action is None else action.body_text
    return TaskView.model_validate(
        {
            **task.model_dump(),
            "contact_id": task.related_contact_id,
            "contact_name": contact_name,
            "template_id": task.related_template_id,
            "channel": action and action.channel,
            "step_type": action and action.step_type,
            "text": text,
            "url": _link(task, action),
            "why": call.why,
            "sides": call.sides,
            "next": call.next,
        }
    )


def _link(task: Task, action: OutboundAction | None) -> str | None:
    url = cast("dict[str, Any]", orjson.loads(task.payload)).get("url")
    address = url if isinstance(url, str) else None
    if action is None:
        return address if (address or "").startswith(("https://", "http://")) else None
    return task_link(action.channel, action.step_type, address or action.to_address, action.body_text)
