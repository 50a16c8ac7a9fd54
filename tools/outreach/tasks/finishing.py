"""What a person did about a task: a step that they carried out or left out, or one that they put off."""

from datetime import datetime
from enum import StrEnum

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import action_moves, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import Task, TaskOutcome, TaskStatus, TaskType
from onelane.tools.outreach.moving.outcomes import finish_step
from onelane.tools.registry.errors import BadRequest, Conflict

_ANSWERED_ELSEWHERE = {
    TaskType.MERGE_PROPOSAL: "merge_contacts makes the two one, keep_contacts_apart keeps them two",
    TaskType.AGENT_REVIEW: "the person answers it: onelane approvals",
}


class Finish(StrEnum):
    """What a person says of a task."""

    DONE = "done"
    SKIP = "skip"
    SNOOZE = "snooze"


_OUTCOMES = {Finish.DONE: TaskOutcome.DONE, Finish.SKIP: TaskOutcome.SKIPPED}


def finish(session: Session, task: Task, outcome: Finish, until: datetime | None) -> None:
    """Let what a person says of a task count; the same again changes nothing.

    Args:
        session: a writing one
        task: the task
        outcome: what they did
        until: till when they put it off

    Raises:
        BadRequest: it is put off and nobody knows until when, or the other way round
        Conflict: it is closed otherwise, or is closed by an answer elsewhere
    """
    check_until(session, outcome, until)
    if until is not None:
        _snooze(session, task, until)
        return
    if task.status is TaskStatus.DONE:
        _check_same(task, outcome)
        return
    if task.task_type in _ANSWERED_ELSEWHERE:
        raise Conflict(f"Task {task.id} is a question; {_ANSWERED_ELSEWHERE[task.task_type]}.")
    if not tasks.finish_task(session, task.id, _OUTCOMES[outcome]):
        # Somebody else was quicker, and has committed by now.
        session.refresh(task)
        _check_same(task, outcome)
        return
    session.refresh(task)
    _carry_on(session, task, outcome)


def check_until(session: Session, outcome: Finish, until: datetime | None) -> None:
    """See to it that an instant is given with `snooze`, and only then, and that it is to come.

    Raises:
        BadRequest: it is not so
    """
    if (until is not None) != (outcome is Finish.SNOOZE):
        raise BadRequest("Give until with snooze, and only then: when it is shown again.")
    if until is not None and until <= session.now():
        raise BadRequest("That instant is over already. Give one that is to come.")


def _snooze(session: Session, task: Task, until: datetime) -> None:
    if not tasks.snooze_task(session, task.id, until):
        raise Conflict(f"Task {task.id} is closed already; nothing was changed.")
    session.refresh(task)


def _check_same(task: Task, outcome: Finish) -> None:
    if task.outcome is not _OUTCOMES[outcome]:
        now = "closed" if task.outcome is None else task.outcome.label.lower()
        raise Conflict(f"Task {task.id} is {now} already; nothing was changed.")


def _carry_on(session: Session, task: Task, outcome: Finish) -> None:
    """Let the sequence that waits for a step go on."""
    action = None if task.outbound_action_id is None else outbound_actions.get_action(session, task.outbound_action_id)
    if action is None:
        return
    now, is_done = session.now(), outcome is Finish.DONE
    is_moved = action_moves.move_action(
        session,
        action.id,
        from_any=[ActionStatus.APPROVED],
        to=ActionStatus.SENT if is_done else ActionStatus.CANCELLED,
        sent_at=now if is_done else None,
        reason=None if is_done else "skipped",
    )
    if not is_moved:
        raise Conflict(f"What task {task.id} asks for is {action.status} by now; nothing was changed.")
    session.refresh(action)
    finish_step(session, action, "done" if is_done else "skipped", at=now)
