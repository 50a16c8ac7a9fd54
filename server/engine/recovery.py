"""Recovery: restarts runs whose execution was lost, a limited number of times (docs/engine.md, "Recovery")."""

from collections.abc import Set as AbstractSet
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.server.engine.dispatch import RUNS, Dispatcher
from onelane.storage.database.engine import Session
from onelane.storage.workflows import budgets
from onelane.storage.workflows.dispatches import Dispatch
from onelane.storage.workflows.run_ends import pause_run
from onelane.storage.workflows.runs import ONGOING, Driver, Run, RunStatus

TOO_MANY = 100
"""Weights of losses in a row without a new step. With more, the run itself may be what ends its process."""
WORKED, BARELY_STARTED = 10, 1
"""What a lost execution weighs: one whose process was stopped right away tells next to nothing about the run."""


def recover(
    session: Session, dispatcher: Dispatcher, *, heard_before: datetime, executing_ids: AbstractSet[str]
) -> int:
    """Take up what nobody executes any more.

    Args:
        session: the transaction
        dispatcher: where it is handed in again
        heard_before: what was heard of later than this is alive
        executing_ids: what this process executes itself

    Returns:
        How many runs were taken up.
    """
    query = select(Run).where(
        col(Run.status).in_(ONGOING),
        col(Run.heartbeat_at) <= heard_before,
        col(Run.driver) == Driver.ENGINE,
        # One that waits for an instant is not lost before that.
        sa.or_(col(Run.waits_until).is_(None), col(Run.waits_until) <= heard_before),
        # Of one that stands in line nothing is lost, and in a long line are thousands.
        sa.or_(col(Run.status) != RunStatus.PENDING, ~_IS_IN_LINE),
    )
    lost_runs = [run for run in session.exec(query).all() if run.id not in executing_ids]
    for run in lost_runs:
        _take_up(session, dispatcher, run)
    return len(lost_runs)


def next_attempt(session: Session, dispatcher: Dispatcher, run: Run) -> None:
    """Hand a run in again; an execution of the attempt before can't write to it any more."""
    run.status, run.claim = RunStatus.PENDING, None
    dispatcher.cancel(session, job_id(run))
    run.attempt += 1
    run.heartbeat_at = run.updated_at = session.now()
    session.flush()
    submit(session, dispatcher, run)


def submit(session: Session, dispatcher: Dispatcher, run: Run) -> None:
    """Hand in a run's present attempt; doing it twice is doing it once."""
    dispatcher.submit(
        session,
        job_id=job_id(run),
        kind="run",
        arguments={"run_id": run.id, "attempt": run.attempt},
        queue=RUNS,
        priority=0,
        due_at=run.waits_until,
    )


def job_id(run: Run) -> str:
    """The job of a run's present attempt."""
    return f"{run.id}:{run.attempt}"


_JOB_ID = col(Run.id) + ":" + sa.cast(col(Run.attempt), sa.Text())
_IS_IN_LINE = sa.exists().where(col(Dispatch.id) == _JOB_ID)


def _take_up(session: Session, dispatcher: Dispatcher, run: Run) -> None:
    if run.status is RunStatus.PENDING:
        run.heartbeat_at = session.now()
        session.flush()
        submit(session, dispatcher, run)
        return
    budgets.count_lost(session, run.id)
    run.lost_attempts += WORKED if _had_begun(run) else BARELY_STARTED
    if run.lost_attempts > TOO_MANY:
        _leave_paused(session, run)
    else:
        next_attempt(session, dispatcher, run)


def _had_begun(run: Run) -> bool:
    """Whether the lost execution lived long enough to have done something: its heart has beaten since it began."""
    return run.heartbeat_at is not None and run.heartbeat_at > run.updated_at


def _leave_paused(session: Session, run: Run) -> None:
    """Pause a run that may be what ends its processes. A person who knows better resumes it."""
    reason = (
        "Its execution was lost again and again without getting further, so that it may be what ends its process. "
        "Look at the log, then resume the run."
    )
    # Another process on PostgreSQL may have claimed it meanwhile, and keeps it.
    pause_run(session, run.id, reason, col(Run.attempt) == run.attempt)
