"""Workflow steps: what happened in a run, in order (SPEC 3.6, 4.2, 6.1; DESIGN 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlmodel import Field, col

from onelane.storage.columns import Vocabulary, enum_column, json_column, time_column
from onelane.storage.database import Session
from onelane.storage.rows import Row, plain, table_of
from onelane.storage.runs import Run


class StepType(Vocabulary):
    """What a step did (SPEC 4.2)."""

    URL_FETCH = "url_fetch", "Page fetched", "link", "data"
    BROWSER_SCRAPE = "browser_scrape", "Page read in a browser", "globe", "data"
    WEB_SEARCH = "web_search", "Web searched", "search", "data"
    LLM_EXTRACT = "llm_extract", "Facts extracted", "sparkles", "data"
    CONTACT_MERGE = "contact_merge", "Contact merged", "git-merge", "data"
    CONTACT_CREATE = "contact_create", "Contact created", "user-plus", "data"
    CONTACT_ARCHIVE = "contact_archive", "Contact archived", "archive", "data"
    ROUTING_DECISION = "routing_decision", "Way chosen", "signpost", "data"
    SYNC_PAGE = "sync_page", "Page synced", "refresh-cw", "data"
    ERROR = "error", "Error", "alert-triangle", "error"
    THINKING = "thinking", "Thinking", "brain", "agent"
    TOOL_CALL = "tool_call", "Tool called", "wrench", "agent"
    TOOL_RESULT = "tool_result", "Tool answered", "corner-down-left", "agent"
    DECISION = "decision", "Decision", "git-branch", "agent"
    ENGAGEMENT_ACTION = "engagement_action", "Engagement", "heart", "agent"


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
    step_type: StepType = Field(sa_column=enum_column(StepType, name="ck_workflow_steps_step_type"))
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
    """Which step of the run's plan this is: a key that is recorded is not done again (DESIGN 5)."""


class RunGone(Exception):
    """There is no such run, so that nothing can be recorded in it."""


def create_workflow_step(session: Session, *, workflow_run_id: str, step_type: StepType, **values: Any) -> Step:
    """Append a step to a run. `createWorkflowStep` of SPEC 6.1.

    The index is taken by one statement that also locks the run, so that any number of writers get indexes without a
    gap; the same transaction inserts the row.

    Raises:
        RunGone: there is no such run
    """
    index = take_step_index(session, workflow_run_id)
    step = Step(
        id=session.new_id("stp"),
        workflow_run_id=workflow_run_id,
        step_index=index,
        step_type=step_type,
        created_at=session.now(),
        **values,
    )
    insert_steps(session, [step])
    return step


def take_step_index(session: Session, workflow_run_id: str, count: int = 1) -> int:
    """The first of `count` step indexes of a run, which nobody else gets.

    Raises:
        RunGone: there is no such run
    """
    taken = session.sql(_TAKE_INDEX, {"run": workflow_run_id, "wanted": count}).scalar_one_or_none()
    if taken is None:
        raise RunGone(workflow_run_id)
    return taken - count


def insert_steps(session: Session, steps: Sequence[Step]) -> None:
    """Insert steps whose indexes are taken already."""
    session.sql(_INSERT, [step.model_dump() for step in steps])


def list_workflow_steps(
    session: Session, workflow_run_id: str, *, after_index: int = -1, limit: int | None = None
) -> Sequence[RowMapping]:
    """Steps of a run in order, beginning behind `after_index`. `listWorkflowSteps` of SPEC 6.1."""
    table = table_of(Step)
    query = sa.select(*plain(table, without=frozenset({"step_key"})))
    query = query.where(table.c.workflow_run_id == workflow_run_id, table.c.step_index > after_index)
    return list(session.sql(query.order_by(table.c.step_index).limit(limit)).mappings())


def next_step_index(session: Session, workflow_run_id: str) -> int:
    """The index that the next step will have, for readers; writers take theirs. `nextStepIndex` of SPEC 6.1."""
    query = sa.select(sa.func.max(col(Step.step_index))).where(col(Step.workflow_run_id) == workflow_run_id)
    highest = session.sql(query).scalar_one()
    return 0 if highest is None else highest + 1


_TAKE_INDEX = (
    sa.update(table_of(Run))
    .where(table_of(Run).c.id == sa.bindparam("run"))
    .values(step_count=table_of(Run).c.step_count + sa.bindparam("wanted"))
    .returning(table_of(Run).c.step_count)
)
_INSERT = sa.insert(table_of(Step))
