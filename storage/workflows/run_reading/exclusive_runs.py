"""What only one run at a time may be at work on (docs/engine.md, "One at a time")."""

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.workflows.runs import ONGOING, Run


def run_at_work_on(session: Session, exclusive_key: str) -> str | None:
    """The id of the run that is at work on it, or waits to be.

    Until the end of the transaction nobody else begins: SQLite has one writer, and on PostgreSQL others wait here. The
    unique index is there for whoever does not ask.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.sql(_HOLD, {"key": exclusive_key})
    query = select(Run.id).where(col(Run.exclusive_key) == exclusive_key, col(Run.status).in_(ONGOING))
    return session.exec(query).first()


def sync_key(account_id: str | None, sub_type: str) -> str | None:
    """What a sync that asks a platform has for itself; None before it is known as whom it asks."""
    return None if account_id is None else f"{account_id}:{sub_type}"


_HOLD = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
