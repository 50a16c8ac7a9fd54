"""How a run ends, and how it holds: one conditional update each, with all that the run leaves in other tables.

See docs/engine.md, "Ends".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.database.engine import Session
from onelane.storage.platforms.cursors import free_cursors
from onelane.storage.workflows import approvals, budgets, schedules, steps, tasks
from onelane.storage.workflows.runs import Control, Run, RunStatus
from onelane.storage.workflows.steps import NewStep, StepResult, StepStatus, StepType

ERRORS_KEPT = 10
"""So many errors of a run are told one by one (docs/engine.md, "Ends")."""
SYNC_STARTED = "start"
"""The key of the step with which a sync run takes its cursor."""

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ends, or why it is paused.

    Args:
        status: completed, failed, cancelled or paused
        result: what came of it; without one the run keeps the result that it has
        errors: what went wrong; the first ten are kept
        reason: why it did not simply complete, in a sentence
        error_steps: what is told by a step of its own as well
    """

    status: RunStatus
    result: dict[str, Any] = field(default_factory=dict[str, Any])
    errors: Sequence[str] = ()
    reason: str | None = None
    error_steps: Sequence[str] = ()


CANCELLED = RunEnd(RunStatus.CANCELLED, reason="Cancelled; what was done until then is kept.")


def failed(reason: str) -> RunEnd:
    """A run that failed for one reason, which is its error as well."""
    return RunEnd(RunStatus.FAILED, errors=[reason], reason=reason, error_steps=[reason])


def end_run(session: Session, run_id: str, ending: RunEnd, *conditions: Condition) -> bool:
    """End a run, whoever carries it out.

    Everything that says that the run goes on is settled in the same transaction: held budgets, open steps, questions
    to a person, the cursor of a sync. The run's schedule and its parent are told.

    Args:
        session: the transaction
        run_id: the run
        ending: how it ends
        conditions: what must be true of the run besides not being over, such as whose claim it has

    Returns:
        False when that is not so; nothing is changed then.
    """
    texts = ending.error_steps[:ERRORS_KEPT]
    changes: dict[str, Any] = {
        "completed_at": session.now(),
        "errors": orjson.dumps(list(ending.errors[:ERRORS_KEPT])).decode(),
        "step_count": col(Run.step_count) + len(texts),
    }
    if ending.result:
        changes["result"] = orjson.dumps(ending.result).decode()
    run = _leave(session, run_id, ending, changes, *conditions)
    if run is None:
        return False
    budgets.count_lost(session, run_id)
    tasks.close_questions(session, run_id)
    approvals.withdraw_all(session, run_id)
    steps.close_open_steps(session, run_id, _LEFT_OPEN[ending.status])
    steps.record_steps(session, run_id, run.step_count - len(texts), [_error(text) for text in texts])
    _free_cursors(session, run_id, ending)
    _tell_parent(session, run.parent_workflow_id)
    schedules.note_outcome(
        session, schedule_id=run.schedule_id, run_id=run_id, status=ending.status, reason=ending.reason
    )
    return True


def pause_run(session: Session, run_id: str, reason: str | None, *conditions: Condition) -> bool:
    """Let a run hold until somebody resumes it; its steps stay as they are.

    Args:
        session: the transaction
        run_id: the run
        reason: what it waits for, in a sentence
        conditions: what must be true of the run besides not being over

    Returns:
        False when that is not so, or when it was asked to cancel: a run that must end does not hold.
    """
    goes_on = sa.or_(col(Run.control).is_(None), col(Run.control) != Control.CANCEL)
    ending = RunEnd(RunStatus.PAUSED, reason=reason)
    if _leave(session, run_id, ending, {}, goes_on, *conditions) is None:
        return False
    budgets.count_lost(session, run_id)
    _free_cursors(session, run_id, ending)
    return True


def _leave(
    session: Session, run_id: str, ending: RunEnd, changes: dict[str, Any], *conditions: Condition
) -> sa.Row[*tuple[Any, ...]] | None:
    """Take the run from whoever has it; None when it is over, or not as the conditions say."""
    values = {
        "status": ending.status,
        "status_reason": ending.reason,
        "control": None,
        "claim": None,
        "waits_until": None,
        "updated_at": session.now(),
        **changes,
    }
    statement = (
        sa.update(Run)
        .where(col(Run.id) == run_id, col(Run.status).not_in(_OVER), *conditions)
        .values(values)
        .returning(
            col(Run.step_count),
            col(Run.schedule_id),
            col(Run.parent_workflow_id),
        )
        # Who has the run in hand sees it as it is now.
        .execution_options(synchronize_session="fetch")
    )
    return session.sql(statement).one_or_none()


def _error(text: str) -> NewStep:
    return NewStep(None, StepType.ERROR, StepResult(status=StepStatus.FAILED, error=text), duration_ms=None)


def _free_cursors(session: Session, run_id: str, ending: RunEnd) -> None:
    """A cursor on which the run is still at work is free; one that came to its end has said so already."""
    has_failed = ending.status is RunStatus.FAILED
    free_cursors(session, run_id, failed_because=(ending.reason or "It failed.") if has_failed else None)


def _tell_parent(session: Session, parent_id: str | None) -> None:
    """A run looks different when one that it started is over; who watches it sees that by its time."""
    if parent_id is not None:
        session.sql(sa.update(Run).where(col(Run.id) == parent_id).values(updated_at=session.now()))


_LEFT_OPEN = {
    RunStatus.COMPLETED: StepStatus.COMPLETED,
    RunStatus.CANCELLED: StepStatus.SKIPPED,
    RunStatus.FAILED: StepStatus.FAILED,
}
"""What becomes of steps that still run when their run is over."""
_OVER = [status for status in RunStatus if status.is_over]
