"""Schedules: when runs start by themselves. The table keeps its name, `scheduled_jobs`.

See docs/tables.md, "Schedules".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from onelane.storage.database.columns import (
    UnixTime,
    Vocabulary,
    count_column,
    enum_column,
    flag_column,
    json_column,
    time_column,
)
from onelane.storage.database.engine import Session
from onelane.storage.database.pages import Page, behind_key
from onelane.storage.database.rows import Row, create_row, table_of, update_row
from onelane.storage.workflows.runs import RunStatus

FIRST_RETRY_SECONDS = 60
LONGEST_RETRY_SECONDS = 3600
"""A failed run is tried again after 1, 2, 4, 8 ... minutes, at most an hour apart."""


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
    misfire_grace_seconds: int = Field(
        default=300, sa_column=sa.Column(sa.Integer(), nullable=False, server_default=sa.text("300"))
    )
    """So late an instant may still fire as if it were on time; later ones were missed."""
    next_run_at: datetime | None = Field(default=None, sa_column=time_column())
    """The next instant; firing compares and sets it, so that each instant fires once."""
    retry_at: datetime | None = Field(default=None, sa_column=time_column())
    """When the failed run is tried again."""
    last_run_id: str | None = Field(default=None, sa_type=sa.Text)
    planted_by_run_id: str | None = Field(default=None, sa_type=sa.Text)
    """The run that said what it starts; none when the person did."""
    tainted_by: str = Field(default="[]", sa_column=json_column("[]"))
    """What whoever said that had been given before: `private` things, words of `strangers`."""
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def create_schedule(session: Session, **values: Any) -> Schedule:
    """A new schedule; `values` are its columns but for id and times."""
    return create_row(session, Schedule, "sch", **values)


def update_schedule(session: Session, schedule_id: str, **changes: Any) -> Schedule | None:
    """Change some columns; None when there is no such schedule."""
    return update_row(session, Schedule, schedule_id, changes)


def get_schedule(session: Session, schedule_id: str) -> Schedule | None:
    """The schedule with this id."""
    return session.get(Schedule, schedule_id)


def find_schedules_by_name(session: Session, name: str) -> list[Schedule]:
    """Schedules called exactly so, whatever the case of the letters; two at most."""
    query = select(Schedule).where(sa.func.lower(Schedule.name) == name.lower())
    return list(session.exec(query.order_by(col(Schedule.id)).limit(2)))


def find_twin(
    session: Session, *, name: str, job_type: str, template_id: str | None, payload: str, cron_expression: str | None
) -> Schedule | None:
    """A schedule that is on, is called so and starts the same runs by the same expression; the oldest of several."""
    conditions = (
        sa.func.lower(Schedule.name) == name.lower(),
        Schedule.job_type == job_type,
        col(Schedule.template_id).is_not_distinct_from(template_id),
        Schedule.payload == payload,
        col(Schedule.cron_expression).is_not_distinct_from(cron_expression),
        col(Schedule.enabled),
    )
    return session.exec(select(Schedule).where(*conditions).order_by(col(Schedule.id)).limit(1)).first()


def list_schedules(
    session: Session, *, enabled: bool | None = None, page: int = 1, page_size: int = 25, after: Schedule | None = None
) -> Page[Schedule]:
    """A page of schedules, newest first; behind `after` when it is given."""
    query = select(Schedule)
    if enabled is not None:
        query = query.where(col(Schedule.enabled) == enabled)
    total = session.sql(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    keys = (table_of(Schedule).c.created_at, table_of(Schedule).c.id)
    if after is None:
        query = query.offset((page - 1) * page_size)
    else:
        query = query.where(behind_key(keys, (after.created_at, after.id)))
    page_query = query.order_by(*(key.desc() for key in keys)).limit(page_size)
    return Page(session.exec(page_query).all(), total)


def list_failed_schedules(session: Session, *, limit: int) -> Sequence[Schedule]:
    """Schedules that are switched on and whose latest run failed, the latest failure first."""
    query = select(Schedule).where(Schedule.status == ScheduleStatus.FAILED, col(Schedule.enabled))
    return session.exec(query.order_by(col(Schedule.completed_at).desc(), col(Schedule.id)).limit(limit)).all()


def list_next_schedules(session: Session, *, limit: int) -> list[Schedule]:
    """The schedules that come up next, soonest first."""
    query = select(Schedule).where(col(Schedule.next_run_at).is_not(None), col(Schedule.enabled))
    return list(session.exec(query.order_by(col(Schedule.next_run_at), col(Schedule.id)).limit(limit)))


def delete_schedule(session: Session, schedule_id: str) -> bool:
    """Delete a schedule; its runs stay."""
    return session.sql(sa.delete(Schedule).where(col(Schedule.id) == schedule_id)).rowcount == 1


def due_schedules(session: Session, now: datetime) -> Sequence[Schedule]:
    """The schedules whose next instant has come, the latest waiting last."""
    return session.exec(_due_schedules(), params={"now": now}).all()


@cache
def _due_schedules() -> SelectOfScalar[Schedule]:
    # Made once, for it is asked each second.
    is_due = col(Schedule.next_run_at) <= sa.bindparam("now", type_=UnixTime())
    query = select(Schedule).where(is_due, col(Schedule.enabled))
    return query.order_by(col(Schedule.next_run_at), col(Schedule.id))


def fire(
    session: Session, schedule_id: str, *, instant: datetime, following: datetime | None, run_id: str | None
) -> bool:
    """Take the schedule's next instant; whoever takes it starts the run in the same transaction.

    Args:
        session: the transaction
        schedule_id: the schedule
        instant: its next instant, as the caller knows it
        following: the instant after that; None when there is none
        run_id: the run that is started; None when the instant passes without one

    Returns:
        False when somebody else was quicker, or the schedule was changed.
    """
    now = session.now()
    values: dict[str, Any] = {"next_run_at": following, "updated_at": now}
    if run_id is not None:
        values |= {"last_run_id": run_id, "last_triggered_at": now, "started_at": now, "retry_count": 0}
        values |= _RUNNING
    return _change(session, schedule_id, col(Schedule.next_run_at) == instant, **values)


def note_not_started(session: Session, schedule_id: str, reason: str) -> None:
    """Say why an instant passed without a run."""
    now = session.now()
    changes: dict[str, Any] = {"status": ScheduleStatus.FAILED, "error": reason, "retry_at": None}
    _change(session, schedule_id, sa.true(), last_triggered_at=now, completed_at=now, updated_at=now, **changes)


def note_outcome(
    session: Session, *, schedule_id: str | None, run_id: str, status: RunStatus, reason: str | None
) -> None:
    """Keep with a schedule what became of its run. To be called in the transaction that ends the run.

    A run that failed is tried again later, until the schedule's retries are used up; one that a person cancelled is
    not. The end of an earlier run says nothing any more once a later instant has fired.

    Args:
        session: the transaction
        schedule_id: the run's schedule; without one there is nothing to keep
        run_id: the run
        status: how it ended
        reason: why it failed or was cancelled, in a sentence
    """
    schedule = None if schedule_id is None else session.get(Schedule, schedule_id, populate_existing=True)
    if schedule is None:
        return
    now = session.now()
    if status is RunStatus.COMPLETED:
        outcome: dict[str, Any] = {"status": ScheduleStatus.COMPLETED, "error": None, "retry_at": None}
    else:
        retry_at = now + _wait_before_retry(schedule) if status is RunStatus.FAILED and _may_retry(schedule) else None
        error = reason or ("The run failed." if status is RunStatus.FAILED else "The run was cancelled.")
        outcome = {"status": ScheduleStatus.FAILED, "error": error, "retry_at": retry_at}
    _change(session, schedule.id, col(Schedule.last_run_id) == run_id, completed_at=now, updated_at=now, **outcome)


def due_retries(session: Session, now: datetime) -> Sequence[Schedule]:
    """The schedules whose failed run is to be tried again by now."""
    query = select(Schedule).where(col(Schedule.retry_at) <= now, col(Schedule.enabled))
    return session.exec(query.order_by(col(Schedule.retry_at), col(Schedule.id))).all()


def take_retry(session: Session, schedule_id: str, *, retry_at: datetime) -> bool:
    """Take a schedule's retry; whoever takes it retries the run in the same transaction. False when it is taken."""
    values: dict[str, Any] = {"retry_count": col(Schedule.retry_count) + 1, "updated_at": session.now(), **_RUNNING}
    return _change(session, schedule_id, col(Schedule.retry_at) == retry_at, **values)


def drop_retry(session: Session, schedule_id: str, *, retry_at: datetime) -> bool:
    """Give up a retry for which there is no failed run any more. False when somebody else was quicker."""
    return _change(session, schedule_id, col(Schedule.retry_at) == retry_at, retry_at=None, updated_at=session.now())


_RUNNING: dict[str, Any] = {
    "status": ScheduleStatus.RUNNING,
    "completed_at": None,
    "error": None,
    "retry_at": None,
}


def _may_retry(schedule: Schedule) -> bool:
    return schedule.enabled and schedule.retry_count < schedule.max_retries


def _wait_before_retry(schedule: Schedule) -> timedelta:
    return timedelta(seconds=min(FIRST_RETRY_SECONDS * 2**schedule.retry_count, LONGEST_RETRY_SECONDS))


def _change(session: Session, schedule_id: str, condition: sa.ColumnElement[bool], **values: Any) -> bool:
    """Whether the schedule was as `condition` says, and is changed now: the database decides between two who try."""
    table = table_of(Schedule)
    return session.sql(sa.update(table).where(table.c.id == schedule_id, condition).values(values)).rowcount == 1
