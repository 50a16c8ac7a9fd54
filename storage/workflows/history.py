"""Deletes finished runs past retention, with their steps.

See docs/storage.md, "History".
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.workflows import approvals
from onelane.storage.workflows.runs import Run, RunStatus
from onelane.storage.workflows.steps import Step


@dataclass(frozen=True, slots=True)
class History:
    """How much of it there is."""

    runs: int
    steps: int


def count_history(session: Session, before: datetime) -> History:
    """How many runs ended before this instant, and how many steps they have."""
    run, step = table_of(Run), table_of(Step)
    runs = session.sql(sa.select(sa.func.count()).where(*_old(before))).scalar_one()
    step_query = sa.select(sa.func.count()).select_from(step.join(run, step.c.workflow_run_id == run.c.id))
    return History(runs, session.sql(step_query.where(*_old(before))).scalar_one())


def delete_history(session: Session, before: datetime, *, limit: int) -> History:
    """Delete the oldest `limit` of these runs with their steps, and what chats asked until then; what is deleted."""
    run, step = table_of(Run), table_of(Step)
    oldest = sa.select(run.c.id).where(*_old(before)).order_by(run.c.completed_at, run.c.id).limit(limit)
    ids = list(session.sql(oldest).scalars())
    approvals.delete_of_chats(session, before)
    steps = session.sql(sa.delete(step).where(step.c.workflow_run_id.in_(ids))).rowcount
    return History(session.sql(sa.delete(run).where(run.c.id.in_(ids))).rowcount, steps)


def _old(before: datetime) -> list[sa.ColumnElement[bool]]:
    """What is over since before this instant, unless a run that it began goes on: that one keeps its parent."""
    run = table_of(Run)
    child = run.alias()
    goes_on = sa.exists().where(child.c.parent_workflow_id == run.c.id, child.c.status.not_in(_OVER))
    return [run.c.status.in_(_OVER), run.c.completed_at < before, ~goes_on]


_OVER = [status for status in RunStatus if status.is_over]
