"""Firing: the instants of schedules become runs, each once, however many processes tick (DESIGN 5, ENGINE 3)."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from onelane.storage import accounts, runs, schedules, steps
from onelane.storage.database import Database, Session
from onelane.storage.ids import derived_id
from onelane.storage.runs import RunStatus, Trigger, WorkflowType
from onelane.storage.schedules import MisfirePolicy, Schedule
from onelane.storage.steps import StepStatus, StepType
from onelane.tools.context import Engine
from onelane.tools.errors import NotFound, ToolError
from onelane.tools.timing import instant_after, latest_instant

LOG = logging.getLogger(__name__)


def fire_due(database: Database, engine: Engine, now: datetime) -> int:
    """Start the runs of all instants that have come; how many were started here.

    An instant is taken and its run is written in one transaction, so that a crash loses none; and the database lets
    only one process take it. What came while nobody ticked is treated as the schedule's misfire policy says.
    """
    with database.read() as session:
        waiting = [schedule.id for schedule in schedules.due_schedules(session, now) if _firing(schedule, now)]
    return sum(_fire_all(database, engine, schedule_id, now) for schedule_id in waiting)


def retry_due(database: Database, engine: Engine, now: datetime) -> int:
    """Try failed runs of schedules again whose time has come; how many were taken up here."""
    with database.read() as session:
        waiting = schedules.due_retries(session, now)
    return sum(_retry(database, engine, schedule) for schedule in waiting)


@dataclass(frozen=True, slots=True)
class _Firing:
    """What a schedule does next.

    Args:
        taken: the instant that it waits for
        instant: the one that its run is for; None when what was missed is skipped
        following: the one that it waits for then; None when there is no more
    """

    taken: datetime
    instant: datetime | None
    following: datetime | None


def _firing(schedule: Schedule, now: datetime) -> _Firing | None:
    """What a schedule does at `now`; None when it goes on waiting."""
    taken = schedule.next_run_at
    if taken is None or not schedule.enabled:
        return None
    on_time = now - timedelta(seconds=schedule.jitter_seconds + schedule.misfire_grace_seconds)
    if taken < on_time:
        latest = latest_instant(schedule, since=taken, until=on_time - timedelta(seconds=1))
        instant = latest if schedule.misfire_policy is MisfirePolicy.RUN_ONCE else None
        return _Firing(taken, instant, instant_after(schedule, latest))
    if taken + _jitter(schedule, taken) > now:
        return None
    return _Firing(taken, taken, instant_after(schedule, taken))


def _jitter(schedule: Schedule, instant: datetime) -> timedelta:
    """A delay by chance, and yet the same in every process: it comes from the schedule and the instant alone."""
    digest = hashlib.sha256(f"{schedule.id} {instant.timestamp():.0f}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (schedule.jitter_seconds + 1))


def _fire_all(database: Database, engine: Engine, schedule_id: str, now: datetime) -> int:
    started = 0
    try:
        while (run_id := _fire(database, engine, schedule_id, now)) is not None:
            started += bool(run_id)
    except Exception:
        # The outer edge of a firing: one schedule that can't be fired does not hold up the others. Nothing of it is
        # written, so that the next tick tries again.
        LOG.exception("schedule %s could not be fired", schedule_id)
    return started


def _fire(database: Database, engine: Engine, schedule_id: str, now: datetime) -> str | None:
    """Take one instant: the run that was started for it, `''` when it passes without one, None when none is due."""
    try:
        with database.write() as session:
            return _taken(session, schedule_id, now, engine)
    except ToolError as refusal:
        # What was begun is undone with the transaction; the instant still gets its run, and that says why.
        with database.write() as session:
            return _taken(session, schedule_id, now, _Refusing(refusal.message))


@dataclass(frozen=True, slots=True)
class _Refusing:
    """What starts a run that has failed already."""

    reason: str

    def start(
        self, session: Session, workflow_type: WorkflowType, config: Mapping[str, Any], **of_run: Any
    ) -> runs.Run:
        run = runs.create_workflow_run(
            session,
            workflow_type=workflow_type,
            config=orjson.dumps(config).decode(),
            status=RunStatus.FAILED,
            status_reason=self.reason,
            errors=orjson.dumps([self.reason]).decode(),
            completed_at=session.now(),
            **of_run,
        )
        return run
