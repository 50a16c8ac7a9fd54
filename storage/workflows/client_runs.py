"""Runs of a chat client's model: the engine never executes them.

See docs/engine.md, "Drivers".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.workflows.run_ends import RunEnd, end_run, failed_run
from onelane.storage.workflows.runs import ONGOING, Driver, Run, RunStatus, Trigger, WorkflowType, create_workflow_run


def begin_host_run(
    session: Session,
    *,
    workflow_type: WorkflowType,
    config: Mapping[str, Any],
    template_id: str | None,
    tainted_by: str = "[]",
) -> Run:
    """A new run that is running already."""
    now = session.now()
    return create_workflow_run(
        session,
        workflow_type=workflow_type,
        config=orjson.dumps(config).decode(),
        template_id=template_id,
        tainted_by=tainted_by,
        trigger=Trigger.USER if template_id is None else Trigger.TEMPLATE,
        driver=Driver.HOST,
        status=RunStatus.RUNNING,
        started_at=now,
        heartbeat_at=now,
    )


def beat(session: Session, run_id: str) -> bool:
    """Note that a call was made for this run. False when it is not a host's, or is over."""
    now = session.now()
    going_on = (col(Run.driver) == Driver.HOST, col(Run.status) == RunStatus.RUNNING)
    statement = sa.update(Run).where(col(Run.id) == run_id, *going_on).values(heartbeat_at=now, updated_at=now)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


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
    ending = failed_run(reason) if status is RunStatus.FAILED and reason is not None else RunEnd(status, reason=reason)
    silent = [] if silent_since is None else [col(Run.heartbeat_at) <= silent_since]
    running = (col(Run.driver) == driver, col(Run.status) == RunStatus.RUNNING)
    return end_run(session, run_id, replace(ending, result=dict(result or {})), *running, *silent)


def silent_host_runs(session: Session, since: datetime, driver: Driver = Driver.HOST) -> Sequence[str]:
    """The ids of runs that go on, and that were not heard of after this instant."""
    # All of `ONGOING`, though none is pending: that is what the index holds.
    query = select(Run.id).where(
        col(Run.status).in_(ONGOING), col(Run.driver) == driver, col(Run.heartbeat_at) <= since
    )
    return list(session.exec(query))
