"""Workflow runs: single executions, their states and their counters (docs/tables.md, "Runs", "States of a run")."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlmodel import Field, col

from onelane.storage.database.columns import (
    Vocabulary,
    count_column,
    difference_column,
    dollars_column,
    enum_column,
    json_column,
    time_column,
    word_column,
)
from onelane.storage.database.engine import Session
from onelane.storage.database.pages import Listing, Page, count_statement
from onelane.storage.database.rows import (
    PlainRow,
    Row,
    create_row,
    dialect_of,
    plain,
    plain_rows,
    table_of,
    update_row,
)
from onelane.storage.workflows.run_reading.run_counts import kept_count, week_marks


class WorkflowType(Vocabulary):
    """What a run does (docs/tables.md, "Run types")."""

    SYNC = "sync", "Platform Sync", "refresh-cw"
    ENRICH = "enrich", "Contact Enrichment", "sparkles"
    SEARCH = "search", "Web Search", "search"
    PRUNE = "prune", "Contact Pruning", "scissors"
    SEQUENCE = "sequence", "Sequence", "send"
    AGENT = "agent", "AI Agent", "bot"


class RunStatus(Vocabulary):
    """Where a run is in its life (docs/tables.md, "States of a run")."""

    PENDING = "pending", "Pending", "circle-dashed", "plain"
    RUNNING = "running", "Running", "loader", "accent"
    PAUSED = "paused", "Paused", "circle-pause", "warn"
    COMPLETED = "completed", "Completed", "circle-check", "good"
    FAILED = "failed", "Failed", "circle-x", "bad"
    CANCELLED = "cancelled", "Cancelled", "circle-slash", "plain"

    @property
    def is_over(self) -> bool:
        """Whether the run has ended and stays as it is."""
        return self in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


ONGOING = (RunStatus.PENDING, RunStatus.RUNNING)


class Trigger(Vocabulary):
    """Who started a run."""

    USER = "user"
    SCHEDULED = "scheduled"
    TEMPLATE = "template"


class Control(Vocabulary):
    """What a running run was asked to do at its next step."""

    PAUSE = "pause"
    CANCEL = "cancel"


class Driver(Vocabulary):
    """Who carries out a run."""

    ENGINE = "engine"
    HOST = "host", "Chat client's model"
    CHAT = "chat", "Terminal chat"
    MOVER = "mover", "Sequence mover"


_IS_PENDING_OR_RUNNING = sa.text("status IN ('pending', 'running')")


class Run(Row, table=True):
    """A row of `workflow_runs`."""

    __tablename__ = "workflow_runs"
    __table_args__ = (
        sa.Index("idx_workflow_runs_template", "template_id"),
        sa.Index("idx_workflow_runs_status", "status"),
        sa.Index("idx_workflow_runs_type", "workflow_type"),
        # A list of runs, whatever it is filtered by, is read from one of these in its own order.
        sa.Index("ix_workflow_runs_created", "created_at", "id"),
        sa.Index("ix_workflow_runs_status_created", "status", "created_at", "id"),
        sa.Index("ix_workflow_runs_type_created", "workflow_type", "created_at", "id"),
        sa.Index("ix_workflow_runs_status_type_created", "status", "workflow_type", "created_at", "id"),
        sa.Index("ix_workflow_runs_template_created", "template_id", "created_at", "id"),
        sa.Index("ix_workflow_runs_duration", "duration_seconds", "id"),
        sa.Index("ix_workflow_runs_cost", "cost_usd", "id"),
        sa.Index("ix_workflow_runs_parent", "parent_workflow_id"),
        sa.Index(
            "ix_workflow_runs_ongoing",
            "heartbeat_at",
            sqlite_where=_IS_PENDING_OR_RUNNING,
            postgresql_where=_IS_PENDING_OR_RUNNING,
        ),
        # Two at once are one too many, whichever processes start or resume them.
        sa.Index(
            "ix_workflow_runs_exclusive",
            "exclusive_key",
            unique=True,
            sqlite_where=_IS_PENDING_OR_RUNNING,
            postgresql_where=_IS_PENDING_OR_RUNNING,
        ),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    template_id: str | None = Field(
        default=None, foreign_key="workflow_templates.id", ondelete="SET NULL", sa_type=sa.Text
    )
    workflow_type: WorkflowType = Field(sa_column=word_column(WorkflowType))
    platform_account_id: str | None = Field(
        default=None, foreign_key="platform_accounts.id", ondelete="SET NULL", sa_type=sa.Text
    )
    status: RunStatus = Field(
        default=RunStatus.PENDING,
        sa_column=enum_column(RunStatus, name="ck_workflow_runs_status", default=RunStatus.PENDING),
    )
    total_items: int | None = Field(default=None)
    processed_items: int = Field(default=0, sa_column=count_column())
    success_items: int = Field(default=0, sa_column=count_column())
    skipped_items: int = Field(default=0, sa_column=count_column())
    error_items: int = Field(default=0, sa_column=count_column())
    config: str = Field(default="{}", sa_column=json_column())
    result: str = Field(default="{}", sa_column=json_column())
    errors: str = Field(default="[]", sa_column=json_column("[]"))
    trigger: Trigger = Field(
        default=Trigger.USER, sa_column=enum_column(Trigger, name="ck_workflow_runs_trigger", default=Trigger.USER)
    )
    model: str | None = Field(default=None, sa_type=sa.Text)
    input_tokens: int = Field(default=0, sa_column=count_column())
    output_tokens: int = Field(default=0, sa_column=count_column())
    cost_usd: float | None = Field(default=0.0, sa_column=dollars_column())
    parent_workflow_id: str | None = Field(
        default=None, foreign_key="workflow_runs.id", ondelete="SET NULL", sa_type=sa.Text
    )
    planted_by_run_id: str | None = Field(default=None, sa_type=sa.Text)
    """The run that made the schedule which started this one; it pays as well."""
    started_at: datetime | None = Field(default=None, sa_column=time_column())
    completed_at: datetime | None = Field(default=None, sa_column=time_column())
    duration_seconds: int | None = Field(default=None, sa_column=difference_column("completed_at", "started_at"))
    """From start to end; none before it has ended."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))

    control: Control | None = Field(
        default=None, sa_column=enum_column(Control, name="ck_workflow_runs_control", nullable=True)
    )
    claim: str | None = Field(default=None, sa_type=sa.Text)
    """The token of the execution that owns the run; whoever holds another one can't commit to it."""
    attempt: int = Field(default=1, sa_column=sa.Column(sa.Integer(), nullable=False, server_default=sa.text("1")))
    lost_attempts: int = Field(default=0, sa_column=count_column())
    """What its lost executions weigh, in a row without recording a step; too much, and the run is paused."""
    heartbeat_at: datetime | None = Field(default=None, sa_column=time_column())
    step_count: int = Field(default=0, sa_column=count_column())
    """The next step's index: taken and counted up by one statement."""
    status_reason: str | None = Field(default=None, sa_type=sa.Text)
    """Why the run is paused, failed, cancelled or waits, in a sentence."""
    waits_until: datetime | None = Field(default=None, sa_column=time_column())
    """When a pending run goes on by itself; nobody executes it before."""
    exclusive_key: str | None = Field(default=None, sa_type=sa.Text)
    """What only one run at a time may be at work on: an account, and which of its syncs."""
    schedule_id: str | None = Field(default=None, foreign_key="scheduled_jobs.id", ondelete="SET NULL", sa_type=sa.Text)
    forked_from_id: str | None = Field(default=None, sa_type=sa.Text)
    cache_read_tokens: int = Field(default=0, sa_column=count_column())
    cache_write_tokens: int = Field(default=0, sa_column=count_column())
    driver: Driver = Field(
        default=Driver.ENGINE, sa_column=enum_column(Driver, name="ck_workflow_runs_driver", default=Driver.ENGINE)
    )
    """Only what the engine drives is executed, and taken up again when it is lost."""
    tainted_by: str = Field(default="[]", sa_column=json_column("[]"))
    """What whoever wrote its settings had been given before: `private` things, words of `strangers`."""


def create_workflow_run(session: Session, *, run_id: str | None = None, **values: Any) -> Run:
    """A new run; `values` are its columns but for id and times. Its name is fixed: docs/tables.md, "Queries"."""
    return create_row(session, Run, "run", **values, **({} if run_id is None else {"id": run_id}))


def update_workflow_run(session: Session, run_id: str, **changes: Any) -> Run | None:
    """Change some columns; None when there is no such run. Its name is fixed: docs/tables.md, "Queries"."""
    return update_row(session, Run, run_id, changes)


def get_workflow_run(session: Session, run_id: str) -> Run | None:
    """The run with this id; `list_workflow_steps` has its steps. Its name is fixed: docs/tables.md, "Queries"."""
    return session.get(Run, run_id)


def change_status(
    session: Session, run_id: str, *, from_any: Iterable[RunStatus], to: RunStatus, **changes: Any
) -> bool:
    """Move a run to another state if it is in one of `from_any`. False when somebody else was quicker."""
    statement = (
        sa.update(Run)
        .where(col(Run.id) == run_id, col(Run.status).in_(list(from_any)))
        .values(status=to, updated_at=session.now(), **changes)
        .execution_options(synchronize_session="fetch")
    )
    return session.sql(statement).rowcount == 1


def claim_run(session: Session, run_id: str, attempt: int, claims: Sequence[str]) -> RowMapping | None:
    """Take a run that waits for an attempt, or that has one of these claims already.

    Args:
        session: the transaction
        run_id: the run
        attempt: the one that is to be carried out
        claims: tokens of the execution that claims it, of which it gets the last one

    Returns:
        The row as it is then, as the database has it; None when another one has it, or it does not wait.
    """
    values = {"run_id": run_id, "attempt": attempt, "claim": claims[-1], "now": int(session.now().timestamp())}
    earlier_claims = {f"claim_{number}": claim for number, claim in enumerate(claims)}
    return session.sql(_claiming(len(claims)), {**values, **earlier_claims}).mappings().one_or_none()


def tell_of_change(session: Session, run_id: str) -> None:
    """Let who watches look at a run again: something that belongs to it stands otherwise."""
    statement = sa.update(Run).where(col(Run.id) == run_id).values(updated_at=session.now())
    session.sql(statement.execution_options(synchronize_session=False))


def read_run(session: Session, run_id: str) -> PlainRow | None:
    """The run's columns as the database has them."""
    rows = plain_rows(session, _ONE, {"run_id": run_id})
    return rows[0] if rows else None


def list_workflow_runs(
    session: Session,
    *,
    status: RunStatus | None = None,
    workflow_type: WorkflowType | None = None,
    template_id: str | None = None,
    page: int = 1,
    page_size: int = 25,
) -> Page[PlainRow]:
    """A page of runs, newest first. Its name is fixed: docs/tables.md, "Queries"."""
    filters = _filters(status, workflow_type, template_id)
    total = count_workflow_runs(session, status=status, workflow_type=workflow_type, template_id=template_id)
    return _NEWEST_FIRST.page(session, filters, total=total, page=page, page_size=page_size)


def list_workflow_runs_after(
    session: Session,
    *,
    after: tuple[int, str] | None,
    limit: int,
    status: RunStatus | None = None,
    workflow_type: WorkflowType | None = None,
    template_id: str | None = None,
    parent_workflow_id: str | None = None,
) -> Sequence[PlainRow]:
    """Runs, newest first, beginning behind the one with this `(created_at, id)`."""
    filters = _filters(status, workflow_type, template_id) | _without_nulls(parent_workflow_id=parent_workflow_id)
    return _NEWEST_FIRST.behind(session, filters, after=after, limit=limit)


def count_workflow_runs(
    session: Session,
    *,
    status: RunStatus | None = None,
    workflow_type: WorkflowType | None = None,
    template_id: str | None = None,
) -> int:
    """How many runs there are of a kind; on SQLite it costs the same however many they are."""
    filters = _filters(status, workflow_type, template_id)
    if dialect_of(session) == "sqlite":
        return kept_count(session, filters)
    return session.connection().execute(count_statement(table_of(Run), tuple(filters)), filters).scalar_one()


def _filters(status: RunStatus | None, workflow_type: WorkflowType | None, template_id: str | None) -> dict[str, Any]:
    return _without_nulls(status=status, workflow_type=workflow_type, template_id=template_id)


def _without_nulls(**conditions: Any) -> dict[str, Any]:
    return {name: value for name, value in conditions.items() if value is not None}


_NEWEST_FIRST = Listing(table_of(Run), ("created_at", "id"), narrow="template_id", marks=week_marks)
_ONE = sa.select(*plain(table_of(Run))).where(table_of(Run).c.id == sa.bindparam("run_id"))

# As text, for it runs with every run: SQLAlchemy spends longer on looking at a built statement than SQLite on doing it.
_CLAIM = """
UPDATE workflow_runs SET status = 'running', claim = :claim, waits_until = NULL, heartbeat_at = :now, updated_at = :now,
    started_at = coalesce(started_at, :now),
    -- Why the database stops it stands there until it gets further, also while it is tried again.
    status_reason = CASE WHEN {is_mine} THEN status_reason END
WHERE id = :run_id AND attempt = :attempt AND (status = 'pending' OR {is_mine}) AND driver = 'engine'
    AND (waits_until IS NULL OR waits_until <= :now)
RETURNING *
"""


@cache
def _claiming(claim_count: int) -> sa.TextClause:
    """Claims a run that has one of so many claims, if it has any."""
    claims = ", ".join(f":claim_{number}" for number in range(claim_count))
    return sa.text(_CLAIM.format(is_mine=f"(status = 'running' AND claim IN ({claims}))"))
