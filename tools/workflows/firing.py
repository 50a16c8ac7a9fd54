"""Fires schedules: each instant becomes one run, however many processes tick (docs/engine.md, "Firing")."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.database.ids import derived_id
from onelane.storage.platforms import accounts
from onelane.storage.workflows import runs, schedules, templates
from onelane.storage.workflows.run_ends import end_run, failed_run
from onelane.storage.workflows.runs import Trigger, WorkflowType
from onelane.storage.workflows.schedules import MisfirePolicy, Schedule
from onelane.tools.registry.context import Engine, Services
from onelane.tools.registry.errors import NotFound, ToolError
from onelane.tools.registry.gate import taint
from onelane.tools.registry.gate.deciding import deciding
from onelane.tools.workflows.schedule_instants import instant_after, latest_instant
from onelane.tools.workflows.template_runs import settings_of

LOG = logging.getLogger(__name__)

Begin = Callable[[Session, Schedule, str], None]
"""Writes the run of a schedule, under this id, in the given transaction."""


def fire_due(database: Database, engine: Engine, now: datetime) -> int:
    """Start the runs of all instants that have come; how many instants were taken here.

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

    due_at: datetime
    instant: datetime | None
    following: datetime | None


def _firing(schedule: Schedule, now: datetime) -> _Firing | None:
    """What a schedule does at `now`; None when it goes on waiting."""
    due_at = schedule.next_run_at
    if due_at is None or not schedule.enabled:
        return None
    on_time = now - timedelta(seconds=schedule.jitter_seconds + schedule.misfire_grace_seconds)
    if due_at < on_time:
        latest = latest_instant(schedule, since=due_at, until=on_time - timedelta(seconds=1))
        instant = latest if schedule.misfire_policy is MisfirePolicy.RUN_ONCE else None
        return _Firing(due_at, instant, instant_after(schedule, latest))
    if due_at + _jitter(schedule, due_at) > now:
        return None
    return _Firing(due_at, due_at, instant_after(schedule, due_at))


def _jitter(schedule: Schedule, instant: datetime) -> timedelta:
    """A delay by chance, and yet the same in every process: it comes from the schedule and the instant alone."""
    digest = hashlib.sha256(f"{schedule.id} {instant.timestamp():.0f}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (schedule.jitter_seconds + 1))


def _fire_all(database: Database, engine: Engine, schedule_id: str, now: datetime) -> int:
    count, is_more_due = 0, True
    try:
        while is_more_due and (firing := _fire(database, engine, schedule_id, now)) is not None:
            count += 1
            is_more_due = firing.following is not None and firing.following <= now
    except DatabaseUnavailable:
        raise  # no schedule can be fired, and whoever ticks says so once
    except Exception:
        # The outer edge of a firing: a schedule that can't be fired does not hold up the others. Nothing of it was
        # written, so that the next tick tries again.
        LOG.exception("schedule %s could not be fired", schedule_id)
    return count


def _fire(database: Database, engine: Engine, schedule_id: str, now: datetime) -> _Firing | None:
    try:
        return _take(database, schedule_id, now, partial(_start, engine))
    except ToolError as refusal:
        # What was begun is undone with its transaction. The instant has its run all the same, which says what is wrong.
        return _take(database, schedule_id, now, partial(_record_failed_start, refusal.message))


def _take(database: Database, schedule_id: str, now: datetime, begin: Begin) -> _Firing | None:
    """Take one instant. None when none is due any more, or somebody else was quicker."""
    with database.write() as session:
        schedule = schedules.get_schedule(session, schedule_id)
        firing = None if schedule is None else _firing(schedule, now)
        if schedule is None or firing is None:
            return None
        run_id = _new_run_id(session, schedule.id, firing.instant)
        if not schedules.fire(session, schedule.id, instant=firing.due_at, following=firing.following, run_id=run_id):
            return None
        if run_id is not None:
            begin(session, schedule, run_id)
        elif firing.following is None and firing.instant is None:
            reason = f"Its only instant passed while nothing was running: it was {firing.due_at.isoformat()}."
            schedules.note_not_started(session, schedule.id, reason)
        return firing


def _new_run_id(session: Session, schedule_id: str, instant: datetime | None) -> str | None:
    """The id of the run that an instant begins; None when it begins none."""
    run_id = None if instant is None else derived_id("run", instant, schedule_id)
    # A clock that was put back can bring an instant again, which has had its run.
    is_known = run_id is not None and runs.get_workflow_run(session, run_id) is not None
    return None if is_known else run_id


def start_now(services: Services, schedule_id: str) -> str:
    """Start a schedule's run besides its instants, as its person asked for. Gives the run's id.

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is no such schedule
        ToolError: its run can't be started
    """
    with deciding(services, "Onelane runs in read-only mode, so nothing is started here.") as session:
        schedule = schedules.get_schedule(session, schedule_id)
        if schedule is None:
            raise NotFound(f"There is no schedule {schedule_id[:100]!r}. It may have been deleted.")
        run_id = session.new_id("run")
        _start(services.engine, session, schedule, run_id, Trigger.USER)
        return run_id


def _start(
    engine: Engine, session: Session, schedule: Schedule, run_id: str, trigger: Trigger = Trigger.SCHEDULED
) -> None:
    config: dict[str, Any] = orjson.loads(schedule.payload)
    template = None if schedule.template_id is None else templates.get_template(session, schedule.template_id)
    if template is not None:
        config = settings_of(template, config, engine.run_types[WorkflowType(schedule.job_type)])
    account_id: str | None = config.get("platformAccountId")
    if account_id is not None and accounts.get_account(session, account_id) is None:
        raise NotFound(f"There is no account {account_id!r} any more. Change the schedule's config.")
    run = engine.start(
        session,
        WorkflowType(schedule.job_type),
        config,
        by=None,
        template_id=schedule.template_id,
        platform_account_id=account_id,
        schedule_id=schedule.id,
        trigger=trigger,
        run_id=run_id,
    )
    run.planted_by_run_id = schedule.planted_by_run_id
    run.tainted_by = taint.join(run.tainted_by, schedule.tainted_by)


def _record_failed_start(reason: str, session: Session, schedule: Schedule, run_id: str) -> None:
    """Write a run that has failed already; a retry looks anew whether it can be carried out."""
    runs.create_workflow_run(
        session,
        run_id=run_id,
        workflow_type=WorkflowType(schedule.job_type),
        template_id=schedule.template_id,
        schedule_id=schedule.id,
        trigger=Trigger.SCHEDULED,
        config=schedule.payload,
        planted_by_run_id=schedule.planted_by_run_id,
        tainted_by=schedule.tainted_by,
        started_at=session.now(),
        attempt=1,
    )
    end_run(session, run_id, failed_run(reason))


def _retry(database: Database, engine: Engine, schedule: Schedule) -> bool:
    retry_at, run_id = schedule.retry_at, schedule.last_run_id
    if retry_at is None or run_id is None:
        return False
    try:
        with database.write() as session:
            is_taken = schedules.take_retry(session, schedule.id, retry_at=retry_at)
            if is_taken:
                engine.retry(session, run_id)
            return is_taken
    except ToolError as refusal:
        LOG.info("schedule %s: run %s is not tried again: %s", schedule.id, run_id, refusal.message)
        with database.write() as session:
            schedules.drop_retry(session, schedule.id, retry_at=retry_at)
    except DatabaseUnavailable:
        raise
    except Exception:
        # The outer edge of a retry, as above.
        LOG.exception("schedule %s: run %s could not be tried again", schedule.id, run_id)
    return False
