"""How a run ends, and how it holds: one conditional update each, with all that the run leaves in other tables.

See docs/engine.md, "Ends".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import renew_row, table_of
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


def failed_run(reason: str) -> RunEnd:
    """A run that failed for one reason, which is its error as well."""
    return RunEnd(RunStatus.FAILED, errors=[reason], reason=reason, error_steps=[reason])


def end_run(session: Session, run_id: str, ending: RunEnd, *conditions: Condition, **params: object) -> bool:
    """End a run, whoever carries it out.

    Everything that says that the run goes on is settled in the same transaction: held budgets, open steps, questions
    to a person, the cursor of a sync. The run's schedule and its parent are told.

    Args:
        session: the transaction
        run_id: the run
        ending: how it ends
        conditions: what must be true of the run besides not being over, such as whose claim it has
        params: the values of the conditions' parameters

    Returns:
        False when that is not so; nothing is changed then.
    """
    texts = ending.error_steps[:ERRORS_KEPT]
    changes: dict[str, Any] = {
        "completed_at": session.now(),
        "errors": orjson.dumps(list(ending.errors[:ERRORS_KEPT])).decode(),
    }
    if ending.result:
        changes["result"] = orjson.dumps(ending.result).decode()
    run = _leave(session, run_id, ending, changes, conditions, {**params, _MORE_STEPS: len(texts)})
    if run is None:
        return False
    steps.record_steps(session, run_id, run.step_count - len(texts), [_error(text) for text in texts])
    _settle(session, run_id, ending)
    _tell_parent(session, run.parent_workflow_id)
    schedules.note_outcome(
        session, schedule_id=run.schedule_id, run_id=run_id, status=ending.status, reason=ending.reason
    )
    return True


def pause_run(session: Session, run_id: str, reason: str | None, *conditions: Condition, **params: object) -> bool:
    """Let a run hold until somebody resumes it; its steps stay as they are.

    Args:
        session: the transaction
        run_id: the run
        reason: what it waits for, in a sentence
        conditions: what must be true of the run besides not being over
        params: the values of the conditions' parameters

    Returns:
        False when that is not so, or when it was asked to cancel: a run that must end does not hold.
    """
    ending = RunEnd(RunStatus.PAUSED, reason=reason)
    if _leave(session, run_id, ending, {}, (_MAY_HOLD, *conditions), {**params, _MORE_STEPS: 0}) is None:
        return False
    budgets.count_lost(session, run_id)
    _free_cursors(session, run_id, ending)
    return True


def _leave(
    session: Session,
    run_id: str,
    ending: RunEnd,
    changes: Mapping[str, Any],
    conditions: tuple[Condition, ...],
    params: Mapping[str, object],
) -> sa.Row[*tuple[Any, ...]] | None:
    """Take the run from whoever has it; None when it is over, or not as the conditions say."""
    columns = {"status": ending.status, "status_reason": ending.reason, "updated_at": session.now(), **changes}
    values = {f"new_{name}": value for name, value in columns.items()}
    session.flush()
    statement = _leaving(tuple(columns), conditions)
    row = session.connection().execute(statement, {"run_id": run_id, **values, **params}).one_or_none()
    # Who has the run in hand sees it as it is now.
    renew_row(session, Run, run_id)
    return row


@lru_cache
def _leaving(names: tuple[str, ...], conditions: tuple[Condition, ...]) -> ReturningUpdate[*tuple[Any, ...]]:
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}", type_=_RUNS.c[name].type) for name in names}
    values |= {"control": None, "claim": None, "waits_until": None}
    values["step_count"] = _RUNS.c.step_count + sa.bindparam(_MORE_STEPS)
    return (
        sa.update(_RUNS)
        .where(_RUNS.c.id == sa.bindparam("run_id"), _RUNS.c.status.not_in(_OVER), *conditions)
        .values(values)
        .returning(_RUNS.c.step_count, _RUNS.c.schedule_id, _RUNS.c.parent_workflow_id)
    )


def _settle(session: Session, run_id: str, ending: RunEnd) -> None:
    """End what says that the run goes on. Most runs leave nothing, so that it is looked for by one statement."""
    leftovers = session.sql(_LEFT, {"run": run_id}).one()
    if leftovers.has_holds:
        budgets.count_lost(session, run_id)
    if leftovers.has_questions:
        tasks.close_questions(session, run_id)
    if leftovers.has_approvals:
        approvals.withdraw_all(session, run_id)
    if leftovers.has_open_steps:
        steps.close_open_steps(session, run_id, _LEFT_OPEN[ending.status])
    if leftovers.has_cursors:
        _free_cursors(session, run_id, ending)


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
_RUNS = table_of(Run)
_MORE_STEPS = "more_steps"
_MAY_HOLD = sa.or_(_RUNS.c.control.is_(None), _RUNS.c.control != Control.CANCEL)
IS_CLAIMED: Condition = _RUNS.c.claim == sa.bindparam("claimed")
"""The run belongs to the execution with the token `claimed`."""
_LEFT = sa.text(
    "SELECT EXISTS (SELECT 1 FROM budget_holds WHERE workflow_run_id = :run) AS has_holds, "
    "EXISTS (SELECT 1 FROM tasks WHERE workflow_run_id = :run AND task_type = 'agent_review') AS has_questions, "
    "EXISTS (SELECT 1 FROM approvals WHERE workflow_run_id = :run) AS has_approvals, "
    "EXISTS (SELECT 1 FROM workflow_steps WHERE workflow_run_id = :run AND status = 'running') AS has_open_steps, "
    "EXISTS (SELECT 1 FROM sync_cursors WHERE run_id = :run) AS has_cursors"
)
