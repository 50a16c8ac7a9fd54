"""Schedules: when runs start by themselves. The table keeps its name, `scheduled_jobs` (SPEC 3.1; ENGINE 3)."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.columns import Vocabulary, count_column, enum_column, flag_column, json_column, time_column
from onelane.storage.database import Session
from onelane.storage.rows import Row


class ScheduleStatus(Vocabulary):
    """What became of the schedule's latest run."""

    PENDING = "pending", "Waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class MisfirePolicy(Vocabulary):
    """What happens with instants that passed while nothing was running."""

    SKIP = "skip", "Skip what was missed"
    RUN_ONCE = "run_once", "Run once for all that was missed"


class Schedule(Row, table=True):
    """A row of `scheduled_jobs`."""

    __tablename__ = "scheduled_jobs"
    __table_args__ = (
        sa.Index(
            "ix_scheduled_jobs_due",
            "next_run_at",
            sqlite_where=sa.text("next_run_at IS NOT NULL"),
            postgresql_where=sa.text("next_run_at IS NOT NULL"),
        ),
        sa.Index("ix_scheduled_jobs_template", "template_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    job_type: str = Field(sa_type=sa.Text)
    """The type of run that it starts."""
    payload: str = Field(default="{}", sa_column=json_column())
    """The run's config."""
    status: ScheduleStatus = Field(
        default=ScheduleStatus.PENDING,
        sa_column=enum_column(ScheduleStatus, name="ck_scheduled_jobs_status", default=ScheduleStatus.PENDING),
    )
    run_at: datetime = Field(sa_column=time_column(nullable=False))
    """The first instant that was asked for; the only one of a schedule without a cron expression."""
    started_at: datetime | None = Field(default=None, sa_column=time_column())
    completed_at: datetime | None = Field(default=None, sa_column=time_column())
    retry_count: int = Field(default=0, sa_column=count_column())
    max_retries: int = Field(default=3, sa_column=sa.Column(sa.Integer(), nullable=False, server_default=sa.text("3")))
    error: str | None = Field(default=None, sa_type=sa.Text)
    template_id: str | None = Field(
        default=None, foreign_key="workflow_templates.id", ondelete="CASCADE", sa_type=sa.Text
    )
    cron_expression: str | None = Field(default=None, sa_type=sa.Text)
    enabled: bool = Field(default=True, sa_column=flag_column(default=True))
    last_triggered_at: datetime | None = Field(default=None, sa_column=time_column())
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))

    name: str | None = Field(default=None, sa_type=sa.Text)
    timezone: str = Field(
        default="UTC", sa_column=sa.Column(sa.Text(), nullable=False, server_default=sa.text("'UTC'"))
    )
    jitter_seconds: int = Field(default=0, sa_column=count_column())
    misfire_policy: MisfirePolicy = Field(
        default=MisfirePolicy.RUN_ONCE,
        sa_column=enum_column(MisfirePolicy, name="ck_scheduled_jobs_misfire_policy", default=MisfirePolicy.RUN_ONCE),
    )
    next_run_at: datetime | None = Field(default=None, sa_column=time_column())
    """The next instant; firing compares and sets it, so that each instant fires once."""
    retry_at: datetime | None = Field(default=None, sa_column=time_column())
    """When the failed run is tried again."""
    last_run_id: str | None = Field(default=None, sa_type=sa.Text)
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def list_next_schedules(session: Session, *, limit: int) -> list[Schedule]:
    """The schedules that come up next, soonest first."""
    query = select(Schedule).where(col(Schedule.next_run_at).is_not(None), col(Schedule.enabled))
    return list(session.exec(query.order_by(col(Schedule.next_run_at), col(Schedule.id)).limit(limit)))
