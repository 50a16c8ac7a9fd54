"""Runs that a chat client's model carries out: nobody executes them, so that they live from call to call.

See docs/engine.md, "Drivers".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.workflows import budgets, steps
from onelane.storage.workflows.runs import ONGOING, Driver, Run, RunStatus, Trigger, WorkflowType, create_workflow_run
from onelane.storage.workflows.steps import StepStatus, StepType


def begin_host_run(
    session: Session, *, workflow_type: WorkflowType, config: Mapping[str, Any], template_id: str | None
) -> Run:
    """A new run that is running already."""
    now = session.now()
    return create_workflow_run(
        session,
        workflow_type=workflow_type,
        config=orjson.dumps(config).decode(),
        template_id=template_id,
        trigger=Trigger.USER if template_id is None else Trigger.TEMPLATE,
        driver=Driver.HOST,
        status=RunStatus.RUNNING,
        started_at=now,
        heartbeat_at=now,
    )


def beat(session: Session, run_id: str) -> bool:
    """Note that a call was made for this run. False when it is not a host's, or is over."""
    now = session.now()
    return _change(session, run_id, [], Driver.HOST, heartbeat_at=now, updated_at=now)


def end_host_run(
    session: Session,
    run_id: str,
    *,
    status: RunStatus,
    reason: str | None = None,
    result: Mapping[str, Any] | None = None,
    driver: Driver = Driver.HOST,
    silent_since: datetime | None = None,
) -> bool:
    """Close a run; its state, its result and its last step are one.

    Args:
        session: the transaction
        run_id: the run
        status: how it ended
        reason: why it failed or was cancelled, in a sentence
        result: what came of it
        driver: who carries it out
        silent_since: close it only when it was not heard of after this instant

    Returns:
        False when somebody else carries it out, it is over, or was heard of.
    """
    now = session.now()
    errors = [reason] if status is RunStatus.FAILED and reason is not None else []
    changes: dict[str, Any] = {
        "status": status,
        "status_reason": reason,
        "claim": None,
        "completed_at": now,
        "updated_at": now,
        "errors": orjson.dumps(errors).decode(),
    }
    if result is not None:
        changes["result"] = orjson.dumps(result).decode()
    silent = [] if silent_since is None else [col(Run.heartbeat_at) <= silent_since]
    if not _change(session, run_id, silent, driver, **changes):
        return False
    budgets.release_all(session, run_id)
    for error in errors:
        steps.create_workflow_step(
            session, workflow_run_id=run_id, step_type=StepType.ERROR, status=StepStatus.FAILED, error=error
        )
    left = StepStatus.COMPLETED if status is RunStatus.COMPLETED else StepStatus.SKIPPED
    steps.close_open_steps(session, run_id, left)
    return True


def silent_host_runs(session: Session, since: datetime, driver: Driver = Driver.HOST) -> Sequence[str]:
    """The ids of runs that go on, and that were not heard of after this instant."""
    # All of `ONGOING`, though none is pending: that is what the index holds.
    query = select(Run.id).where(
        col(Run.status).in_(ONGOING), col(Run.driver) == driver, col(Run.heartbeat_at) <= since
    )
    return list(session.exec(query))


def _change(
    session: Session, run_id: str, conditions: Sequence[sa.ColumnElement[bool]], driver: Driver, **changes: Any
) -> bool:
    statement = (
        sa.update(Run)
        .where(
            col(Run.id) == run_id,
            col(Run.driver) == driver,
            col(Run.status) == RunStatus.RUNNING,
            *conditions,
        )
        .values(**changes)
        .execution_options(synchronize_session="fetch")
    )
    return session.sql(statement).rowcount == 1
