"""Dispatches: work that was handed in, kept until somebody takes it.

See docs/engine.md, "Dispatch".
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlmodel import Field

from onelane.storage.database.columns import count_column, json_column, time_column
from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import Row


class Dispatch(Row, table=True):
    """A row of `dispatches`. It goes when its work is taken."""

    __tablename__ = "dispatches"
    __table_args__ = (sa.Index("ix_dispatches_order", "queue", "priority", "submitted_at", "id"),)

    id: str = Field(primary_key=True, sa_type=sa.Text)
    """The job id: for a run `run-id:attempt`."""
    kind: str = Field(sa_type=sa.Text)
    arguments: str = Field(default="{}", sa_column=json_column())
    queue: str = Field(sa_type=sa.Text)
    priority: int = Field(default=0, sa_column=count_column())
    submitted_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    due_at: datetime | None = Field(default=None, sa_column=time_column())
    """Nobody takes it before; null is at once."""


def submit(
    session: Session,
    *,
    job_id: str,
    kind: str,
    arguments: str,
    queue: str,
    priority: int,
    due_at: datetime | None = None,
) -> None:
    """Hand in work with the caller's transaction. Handing in the same id twice is handing it in once."""
    now, due_seconds = _seconds(session.now()), None if due_at is None else _seconds(due_at)
    values = {"id": job_id, "kind": kind, "arguments": arguments, "queue": queue, "priority": priority}
    session.sql(_SUBMIT, {**values, "now": now, "due": due_seconds})
    if session.get_bind().dialect.name == "postgresql":
        # Told to those who listen once the transaction is in the database.
        session.sql(_NOTIFY)


def has_any(session: Session, queue: str) -> bool:
    """Whether anything is to be done in a queue now. Looking takes no lock."""
    return session.sql(_HAS_ANY, {"queue": queue, "now": _seconds(session.now())}).one_or_none() is not None


def next_due(session: Session, queue: str) -> datetime | None:
    """When the next work of a queue is due that can't be done now."""
    due_seconds = session.sql(_NEXT_DUE, {"queue": queue, "now": _seconds(session.now())}).scalar_one_or_none()
    return None if due_seconds is None else datetime.fromtimestamp(due_seconds, UTC)


def take(session: Session, queue: str, *, limit: int) -> Sequence[Dispatch]:
    """Take what is to be done next of what is due: high priority first, then first come, first served.

    It is gone with the transaction, and nobody else is given it. Who takes it and dies leaves no trace here: what the
    work was for has to say that it is not done.
    """
    statement = _TAKE if session.get_bind().dialect.name == "sqlite" else _TAKE_UNLOCKED
    params = {"queue": queue, "limit": limit, "now": _seconds(session.now())}
    rows = session.sql(statement, params).mappings().all()
    return sorted(map(_dispatch, rows), key=lambda each: (-each.priority, each.submitted_at, each.id))


def _dispatch(row: RowMapping) -> Dispatch:
    values: dict[str, Any] = {**row, "submitted_at": datetime.fromtimestamp(row["submitted_at"], UTC)}
    return Dispatch(**values)


def put_back(session: Session, dispatch: Dispatch) -> None:
    """Let somebody else do what was taken and is not done."""
    submit(
        session,
        job_id=dispatch.id,
        kind=dispatch.kind,
        arguments=dispatch.arguments,
        queue=dispatch.queue,
        priority=dispatch.priority,
    )


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def forget(session: Session, job_id: str) -> None:
    """Take back what nobody has taken yet."""
    session.sql(_FORGET, {"id": job_id})


@contextmanager
def listening(database: Database) -> Generator["Heard"]:
    """Listen on PostgreSQL for what is handed in, over a connection of its own, until the end of the block.

    Yields:
        Waits for news; whether there was any within the time.

    Raises:
        DatabaseUnavailable: it can't be reached, or any more
    """
    with database.alone(name=EXECUTING) as connection:
        connection.execute(f"LISTEN {_CHANNEL}")

        def wait_for_notice(*, within_s: float) -> bool:
            return any(True for _ in connection.notifies(timeout=within_s, stop_after=1))

        yield wait_for_notice


def executing_since(session: Session) -> Sequence[datetime]:
    """Since when each process that executes on this PostgreSQL has done so; the longest first."""
    return session.sql(_EXECUTING, {"name": EXECUTING}).scalars().all()


class Heard(Protocol):
    """Waits for news."""

    def __call__(self, *, within_s: float) -> bool:
        """Whether something was handed in within the time."""
        ...


EXECUTING = "onelane executes"
"""What a process that executes calls the connection over which it listens, so that PostgreSQL can tell who does."""
_CHANNEL = "onelane_dispatches"

# As text, for these run with every run: SQLAlchemy spends longer on looking at a built statement than SQLite on doing
# it. Nothing is put into it but what stands here.
_SUBMIT = sa.text(
    "INSERT INTO dispatches (id, kind, arguments, queue, priority, submitted_at, due_at) "
    "VALUES (:id, :kind, :arguments, :queue, :priority, :now, :due) ON CONFLICT (id) DO NOTHING"
)
_NOTIFY = sa.text(f"NOTIFY {_CHANNEL}")
_DUE = "queue = :queue AND (due_at IS NULL OR due_at <= :now)"
_HAS_ANY = sa.text(f"SELECT 1 FROM dispatches WHERE {_DUE} LIMIT 1")  # noqa: S608 - only text from above
_NEXT_DUE = sa.text("SELECT min(due_at) FROM dispatches WHERE queue = :queue AND due_at > :now")
_NEXT = f"SELECT id FROM dispatches WHERE {_DUE} ORDER BY priority DESC, submitted_at, id LIMIT :limit"  # noqa: S608 - only text from above
_TAKEN = "RETURNING id, kind, arguments, queue, priority, submitted_at"
_TAKE = sa.text(f"DELETE FROM dispatches WHERE id IN ({_NEXT}) {_TAKEN}")  # noqa: S608 - only text from above
# As an array it is read once; a plan may read what stands behind IN again and again, and take more than it may.
_TAKE_UNLOCKED = sa.text(f"DELETE FROM dispatches WHERE id = ANY(ARRAY({_NEXT} FOR UPDATE SKIP LOCKED)) {_TAKEN}")  # noqa: S608 - only text from above
_FORGET = sa.text("DELETE FROM dispatches WHERE id = :id")
_EXECUTING = sa.text(
    "SELECT backend_start FROM pg_stat_activity WHERE application_name = :name AND datname = current_database() "
    "ORDER BY backend_start"
)
