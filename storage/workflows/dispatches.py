"""Dispatches: work handed to the local pool, kept until it is done. Used on SQLite only.

See docs/engine.md, "Dispatch".
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import count_column, json_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row


class Dispatch(Row, table=True):
    """A row of `dispatches`. It goes when its work is done, so that what a dead process left is still there."""

    __tablename__ = "dispatches"
    __table_args__ = (sa.Index("ix_dispatches_order", "queue", "priority", "submitted_at", "id"),)

    id: str = Field(primary_key=True, sa_type=sa.Text)
    """The job id: for a run `run-id:attempt`."""
    kind: str = Field(sa_type=sa.Text)
    arguments: str = Field(default="{}", sa_column=json_column())
    queue: str = Field(sa_type=sa.Text)
    priority: int = Field(default=0, sa_column=count_column())
    submitted_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def submit(session: Session, *, job_id: str, kind: str, arguments: str, queue: str, priority: int) -> None:
    """Hand in work with the caller's transaction. Handing in the same id twice is handing it in once."""
    if session.get(Dispatch, job_id) is not None:
        return
    session.add(
        Dispatch(id=job_id, kind=kind, arguments=arguments, queue=queue, priority=priority, submitted_at=session.now())
    )
    session.flush()


def waiting(session: Session, queue: str, *, limit: int) -> Sequence[Dispatch]:
    """What is to be done in a queue: high priority first, then first come, first served."""
    query = select(Dispatch).where(Dispatch.queue == queue)
    order = (col(Dispatch.priority).desc(), col(Dispatch.submitted_at), col(Dispatch.id))
    return session.exec(query.order_by(*order).limit(limit)).all()


def finish(session: Session, job_id: str) -> None:
    """Forget work that is done, or that is not wanted any more."""
    session.sql(sa.delete(Dispatch).where(col(Dispatch.id) == job_id))
