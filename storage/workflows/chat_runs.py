"""Runs of a chat at a terminal: one process holds a run, and another may continue it.

See docs/engine.md, "Drivers".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import plain, table_of
from onelane.storage.workflows import budgets
from onelane.storage.workflows.runs import ONGOING, Driver, Run, RunStatus, WorkflowType, create_workflow_run


def begin_chat_run(session: Session, config: Mapping[str, Any]) -> RowMapping:
    """A new run that is running already, and claimed."""
    now = session.now()
    run = create_workflow_run(
        session,
        workflow_type=WorkflowType.AGENT,
        config=orjson.dumps(config).decode(),
        driver=Driver.CHAT,
        status=RunStatus.RUNNING,
        claim=session.new_id("clm"),
        started_at=now,
        heartbeat_at=now,
    )
    return session.sql(sa.select(*plain(_RUNS)).where(_RUNS.c.id == run.id)).mappings().one()


def claim_chat_run(
    session: Session, run_id: str, config: Mapping[str, Any], *, heard_before: datetime
) -> RowMapping | None:
    """Take an agent run to go on with it in this process.

    Args:
        session: the transaction
        run_id: the run
        config: its config from now on
        heard_before: a chat that was heard of later than this is alive, and keeps its run

    Returns:
        The run as it is then; None when it is no agent run, or another chat or the engine is at work on it.
    """
    is_unattended = (_RUNS.c.driver == Driver.CHAT) & (_RUNS.c.claim.is_(None) | (_RUNS.c.heartbeat_at <= heard_before))
    # A schedule counts how its runs ended, so that those stay as they are.
    is_over = (_RUNS.c.driver == Driver.ENGINE) & _RUNS.c.status.not_in(ONGOING) & _RUNS.c.schedule_id.is_(None)
    is_agent = _RUNS.c.workflow_type == WorkflowType.AGENT
    now = session.now()
    values = {
        "driver": Driver.CHAT,
        "status": RunStatus.RUNNING,
        "claim": session.new_id("clm"),
        "config": orjson.dumps(config).decode(),
        "control": None,
        "status_reason": None,
        "completed_at": None,
        "errors": "[]",
        "heartbeat_at": now,
        "updated_at": now,
        "started_at": sa.func.coalesce(_RUNS.c.started_at, sa.literal(now, _RUNS.c.started_at.type)),
    }
    statement = sa.update(_RUNS).where(_RUNS.c.id == run_id, is_agent, is_unattended | is_over).values(values)
    row = session.sql(statement.returning(*plain(_RUNS))).mappings().one_or_none()
    if row is not None:
        # What a chat before this one held and did not settle: it may have been spent.
        budgets.count_lost(session, run_id)
    return row


def give_up_chat_run(session: Session, run_id: str) -> bool:
    """Let the engine go on with a chat that waits for its person. False when it is no chat, or does not wait."""
    is_waiting = (_RUNS.c.driver == Driver.CHAT) & (_RUNS.c.status == RunStatus.PAUSED)
    handed = sa.update(_RUNS).where(_RUNS.c.id == run_id, is_waiting).values(driver=Driver.ENGINE)
    return session.sql(handed).rowcount == 1


_RUNS = table_of(Run)
