"""Workflow steps: the ordered record of a run (docs/tables.md, "Steps")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Field, col

from onelane.storage.database.columns import Vocabulary, enum_column, json_column, time_column, word_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, Row, new_row, plain, plain_rows, table_of

Json = dict[str, Any]


class StepType(Vocabulary):
    """What a step did (docs/tables.md, "Step types")."""

    URL_FETCH = "url_fetch", "Page fetched", "link", "data"
    BROWSER_SCRAPE = "browser_scrape", "Page read in a browser", "globe", "data"
    WEB_SEARCH = "web_search", "Web searched", "search", "data"
    LLM_EXTRACT = "llm_extract", "Facts extracted", "sparkles", "data"
    CONTACT_MERGE = "contact_merge", "Contact merged", "git-merge", "data"
    CONTACT_CREATE = "contact_create", "Contact created", "user-plus", "data"
    CONTACT_ARCHIVE = "contact_archive", "Contact archived", "archive", "data"
    ROUTING_DECISION = "routing_decision", "Way chosen", "signpost", "data"
    SYNC_PAGE = "sync_page", "Page synced", "refresh-cw", "data"
    ERROR = "error", "Error", "triangle-alert", "error"
    THINKING = "thinking", "Thinking", "brain", "agent"
    TOOL_CALL = "tool_call", "Tool called", "wrench", "agent"
    TOOL_RESULT = "tool_result", "Tool answered", "corner-down-left", "agent"
    DECISION = "decision", "Decision", "git-branch", "agent"
    ENGAGEMENT_ACTION = "engagement_action", "Engagement", "heart", "agent"


class StepFilter(Vocabulary):
    """Which steps of a run are looked at."""

    THINKING = "thinking", "Thinking"
    CHANGES = "changes", "Changes"
    FAILED = "failed", "Failed"


class StepStatus(Vocabulary):
    """Where a step is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Step(Row, table=True):
    """A row of `workflow_steps`."""

    __tablename__ = "workflow_steps"
    __table_args__ = (
        sa.Index("idx_workflow_steps_run", "workflow_run_id"),
        sa.Index("ix_workflow_steps_place", "workflow_run_id", "step_index", unique=True),
        sa.Index("ix_workflow_steps_key", "workflow_run_id", "step_key", unique=True),
        sa.Index("ix_workflow_steps_contact", "contact_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    workflow_run_id: str = Field(foreign_key="workflow_runs.id", ondelete="CASCADE", sa_type=sa.Text)
    step_index: int
    step_type: StepType = Field(sa_column=word_column(StepType))
    status: StepStatus = Field(
        default=StepStatus.PENDING,
        sa_column=enum_column(StepStatus, name="ck_workflow_steps_status", default=StepStatus.PENDING),
    )
    contact_id: str | None = Field(default=None, foreign_key="contacts.id", ondelete="SET NULL", sa_type=sa.Text)
    url: str | None = Field(default=None, sa_type=sa.Text)
    tool: str | None = Field(default=None, sa_type=sa.Text)
    input: str = Field(default="{}", sa_column=json_column())
    output: str = Field(default="{}", sa_column=json_column())
    error: str | None = Field(default=None, sa_type=sa.Text)
    duration_ms: int | None = Field(default=None)
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    step_key: str | None = Field(default=None, sa_type=sa.Text)
    """Which step of the run's plan this is: a key that is recorded is not done again (docs/engine.md, "Keys")."""


class RunGone(Exception):
    """There is no such run, so that nothing can be recorded in it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a step adds to the run's counters."""

    processed: int = 0
    success: int = 0
    skipped: int = 0
    error: int = 0


@dataclass(slots=True)
class StepResult:
    """The result of a step."""

    output: Json = field(default_factory=dict[str, Any])
    counted: Counted | None = None
    status: StepStatus = StepStatus.COMPLETED
    contact_id: str | None = None
    url: str | None = None
    error: str | None = None
    run_changes: Json = field(default_factory=dict[str, Any])
    """Columns of the run that change with the step, such as `total_items`."""


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step that is to be recorded, as it came out; without a key it is one that may happen again."""

    key: str | None
    step_type: StepType
    done: StepResult
    tool: str | None = None
    input: Json | None = None
    duration_ms: int | None = 0


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step as it is recorded."""

    step_type: StepType
    status: StepStatus
    tool: str | None
    input: Json
    output: Json
    error: str | None


def create_workflow_step(session: Session, *, workflow_run_id: str, step_type: StepType, **values: Any) -> Step:
    """Append a step to a run; `values` are its other columns. Its name is fixed: docs/tables.md, "Queries".

    The index is taken by one statement that also locks the run, so that any number of writers get indexes without a
    gap; the same transaction inserts the row.

    Raises:
        RunGone: there is no such run
    """
    index = take_step_index(session, workflow_run_id)
    status = StepStatus(values.pop("status", StepStatus.PENDING))
    words = {"step_type": step_type.value, "status": status.value}
    row: PlainRow = {**_EMPTY, **_place(session, workflow_run_id, index), **words, **values}
    insert_steps(session, [row])
    created_at = datetime.fromtimestamp(row["created_at"], UTC)
    columns: dict[str, Any] = {**row, "step_type": step_type, "status": status, "created_at": created_at}
    return new_row(Step, **columns)


def append_steps(session: Session, workflow_run_id: str, new: Sequence[NewStep]) -> None:
    """Record steps behind the last one of a run.

    Raises:
        RunGone: there is no such run
    """
    record_steps(session, workflow_run_id, take_step_index(session, workflow_run_id, len(new)), new)


def append_counted(session: Session, workflow_run_id: str, new: NewStep) -> None:
    """Record a step behind the last one of a run, and count it, whoever else does.

    Raises:
        RunGone: there is no such run
    """
    counts = new.done.counted or Counted()
    params = {
        "run": workflow_run_id,
        "now": int(session.now().timestamp()),
        "processed": counts.processed,
        "success": counts.success,
        "skipped": counts.skipped,
        "error": counts.error,
    }
    next_index = session.sql(_TAKE_AND_COUNT, params).scalar_one_or_none()
    if next_index is None:
        raise RunGone(workflow_run_id)
    record_steps(session, workflow_run_id, next_index - 1, [new])


def record_steps(session: Session, workflow_run_id: str, first: int, new: Sequence[NewStep]) -> None:
    """Record steps whose indexes are taken, beginning with `first`."""
    if new:
        insert_steps(session, [_row(session, workflow_run_id, first + at, step) for at, step in enumerate(new)])


def _row(session: Session, workflow_run_id: str, step_index: int, new: NewStep) -> dict[str, Any]:
    result = new.done
    return {
        **_place(session, workflow_run_id, step_index),
        "step_type": new.step_type.value,
        "status": result.status.value,
        "contact_id": result.contact_id,
        "url": result.url,
        "tool": new.tool,
        "input": "{}" if not new.input else orjson.dumps(new.input).decode(),
        "output": "{}" if not result.output else orjson.dumps(result.output).decode(),
        "error": result.error,
        "duration_ms": new.duration_ms,
        "step_key": new.key,
    }


def _place(session: Session, workflow_run_id: str, step_index: int) -> dict[str, Any]:
    return {
        "id": session.new_id("stp"),
        "workflow_run_id": workflow_run_id,
        "step_index": step_index,
        "created_at": int(session.now().timestamp()),
    }


def take_step_index(session: Session, workflow_run_id: str, count: int = 1) -> int:
    """The first of `count` step indexes of a run, which nobody else gets.

    Raises:
        RunGone: there is no such run
    """
    next_index = session.sql(_TAKE_INDEX, {"run": workflow_run_id, "wanted": count}).scalar_one_or_none()
    if next_index is None:
        raise RunGone(workflow_run_id)
    return next_index - count


def insert_steps(session: Session, rows: Sequence[PlainRow]) -> None:
    """Insert rows of steps, with all columns as the database has them; their indexes are taken already."""
    session.sql(_INSERT, rows)


def list_workflow_steps(
    session: Session,
    workflow_run_id: str,
    *,
    after_index: int = -1,
    limit: int | None = None,
    only: StepFilter | None = None,
) -> Sequence[PlainRow]:
    """Steps of a run in order, beginning behind `after_index`. Its name is fixed: docs/tables.md, "Queries"."""
    place = {"run": workflow_run_id, "after_index": after_index, "wanted": _ALL if limit is None else limit}
    return plain_rows(session, _IN_ORDER if only is None else _IN_ORDER.where(_ONLY[only]), place)


def count_steps(session: Session, workflow_run_id: str, only: StepFilter) -> int:
    """How many steps of a run a filter lets through."""
    of = (_STEPS.c.workflow_run_id == workflow_run_id) & _ONLY[only]
    return session.sql(sa.select(sa.func.count()).select_from(_STEPS).where(of)).scalar_one()


def close_step(session: Session, run_id: str, step_key: str, status: StepStatus) -> None:
    """A step that was going on has come to this."""
    session.sql(_CLOSE, {"run": run_id, "key": step_key, "status": status.value, "going_on": StepStatus.RUNNING.value})


def close_open_steps(session: Session, run_id: str, status: StepStatus) -> None:
    """A run that is over has no step left running: they end in this status, with the time since they began."""
    table = table_of(Step)
    still_open = (table.c.workflow_run_id == run_id) & (table.c.status == StepStatus.RUNNING)
    now = sa.literal(int(session.now().timestamp()), sa.BigInteger)
    elapsed_ms = (now - sa.type_coerce(table.c.created_at, sa.BigInteger)) * 1000
    session.sql(sa.update(table).where(still_open).values(status=status, duration_ms=elapsed_ms))


def next_step_index(session: Session, workflow_run_id: str) -> int:
    """The index that the next step will have, for readers; writers take theirs.

    See docs/tables.md, "Queries".
    """
    query = sa.select(sa.func.max(col(Step.step_index))).where(col(Step.workflow_run_id) == workflow_run_id)
    highest = session.sql(query).scalar_one()
    return 0 if highest is None else highest + 1


# As text, for these run once a step: SQLAlchemy spends longer on looking at a built statement than SQLite on doing it.
_TAKE_INDEX = sa.text("UPDATE workflow_runs SET step_count = step_count + :wanted WHERE id = :run RETURNING step_count")
_TAKE_AND_COUNT = sa.text(
    "UPDATE workflow_runs SET step_count = step_count + 1, updated_at = :now, "
    "processed_items = processed_items + :processed, success_items = success_items + :success, "
    "skipped_items = skipped_items + :skipped, error_items = error_items + :error "
    "WHERE id = :run RETURNING step_count"
)
_CLOSE = sa.text(
    "UPDATE workflow_steps SET status = :status WHERE workflow_run_id = :run AND step_key = :key AND status = :going_on"
)
_ALL = 2**31 - 1
_STEPS = table_of(Step)
_INSERT = sa.text(
    f"INSERT INTO {_STEPS.name} ({', '.join(_STEPS.c.keys())}) VALUES (:{', :'.join(_STEPS.c.keys())})"  # noqa: S608 - names of ours
)
CHANGING = (StepType.CONTACT_MERGE, StepType.CONTACT_CREATE, StepType.CONTACT_ARCHIVE, StepType.ENGAGEMENT_ACTION)
"""What changes something of a person, or reaches them."""
_ONLY: Mapping[StepFilter, sa.ColumnElement[bool]] = {
    StepFilter.THINKING: _STEPS.c.step_type == StepType.THINKING,
    StepFilter.CHANGES: _STEPS.c.step_type.in_(CHANGING),
    StepFilter.FAILED: (_STEPS.c.status == StepStatus.FAILED) | _STEPS.c.error.is_not(None),
}
_EMPTY: PlainRow = {**dict.fromkeys(_STEPS.c.keys()), "input": "{}", "output": "{}"}
_IN_ORDER = (
    sa.select(*plain(_STEPS, without=frozenset({"step_key"})))
    .where(
        _STEPS.c.workflow_run_id == sa.bindparam("run"),
        _STEPS.c.step_index > sa.bindparam("after_index", type_=sa.Integer),
    )
    .order_by(_STEPS.c.step_index)
    .limit(sa.bindparam("wanted", type_=sa.Integer))
)
