"""Schedules fire when they are due, each instant once; what was missed and what failed is treated as they say."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from sqlmodel import col

from onelane.server.engine.duties import Duties
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.execution import Execution
from onelane.server.engine.recurring_outreach import RecurringOutreach
from onelane.server.engine.scheduler import RecurringJob, Scheduler, recurring_jobs
from onelane.storage.database.engine import Database
from onelane.storage.database.ids import derived_id
from onelane.storage.outreach import inbound_messages
from onelane.storage.outreach.inbound_messages import InboundMessage, MessageKind
from onelane.storage.people import contacts
from onelane.storage.workflows import runs, schedules, steps
from onelane.storage.workflows.runs import Run, RunStatus, Trigger, WorkflowType
from onelane.storage.workflows.schedules import MisfirePolicy, Schedule, ScheduleStatus
from onelane.storage.workflows.templates import TemplateType, create_template
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from onelane.tools.sync import sync_run
from onelane.tools.workflows.firing import fire_due, retry_due
from tests.databases import Clock
from tests.engines import IdleBody, equipped, idle_engine
from tests.samples.linkedin import linkedin_connections

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
WAIT_S = 20


@dataclass
class Clockwork:
    """Schedules on a database, and what makes them fire."""

    database: Database
    clock: Clock
    engine: RunEngine

    def schedule(self, cron: str | None = "*/10 * * * *", at: datetime = NINE, **values: Any) -> Schedule:
        """A schedule that fires at `at` for the first time."""
        chosen = {"job_type": "prune", "run_at": at, "next_run_at": at, "cron_expression": cron, **values}
        with self.database.write() as session:
            return schedules.create_schedule(session, **chosen)

    def tick(self, **later: float) -> int:
        """Let time pass, then fire what is due."""
        self.clock.advance(**later)
        return fire_due(self.database, self.engine, self.clock())

    def retry(self, **later: float) -> int:
        """Let time pass, then try again what is to be tried again."""
        self.clock.advance(**later)
        return retry_due(self.database, self.engine, self.clock())

    def now(self, schedule: Schedule) -> Schedule:
        """What the database says about a schedule."""
        with self.database.read() as session:
            found = schedules.get_schedule(session, schedule.id)
            assert found is not None
            return found

    def runs(self) -> list[Run]:
        """All runs, in the order of the instants that they are for."""
        with self.database.read() as session:
            rows = runs.list_workflow_runs(session, page_size=100).data
            found = [runs.get_workflow_run(session, str(row["id"])) for row in rows]
        return sorted((run for run in found if run is not None), key=lambda run: run.id)

    def run_ids(self, schedule: Schedule, *instants: datetime) -> list[str]:
        """The ids of the runs that these instants have."""
        return [derived_id("run", instant, schedule.id) for instant in instants]


@pytest.fixture
def clockwork(database: Database, clock: Clock) -> Clockwork:
    return Clockwork(database, clock, idle_engine(database))


def test_a_due_schedule_starts_its_run_and_waits_for_the_next_instant(clockwork: Clockwork) -> None:
    with clockwork.database.write() as session:
        template_id = create_template(session, name="Tidy", template_type=TemplateType.PRUNING).id
    schedule = clockwork.schedule(payload='{"criteria":{"withoutEmail":true}}', template_id=template_id)

    assert clockwork.tick() == 1

    (run,) = clockwork.runs()
    assert [run.id] == clockwork.run_ids(schedule, NINE)
    assert (run.workflow_type, run.status, run.trigger) == (WorkflowType.PRUNE, RunStatus.PENDING, Trigger.SCHEDULED)
    assert (run.schedule_id, run.template_id, run.config) == (
        schedule.id,
        template_id,
        '{"criteria":{"withoutEmail":true}}',
    )
    after = clockwork.now(schedule)
    assert (after.status, after.last_run_id, after.last_triggered_at) == (ScheduleStatus.RUNNING, run.id, NINE)
    assert after.next_run_at == NINE + timedelta(minutes=10)
    assert clockwork.tick(minutes=9) == 0


def test_an_instant_fires_once_whoever_ticks_and_however_often(clockwork: Clockwork) -> None:
    for _ in range(3):
        clockwork.schedule()
    start, ticks = threading.Barrier(4), 5

    def tick(taken: list[int]) -> None:
        for number in range(ticks):
            start.wait(WAIT_S)
            taken.append(fire_due(clockwork.database, clockwork.engine, NINE + timedelta(minutes=10 * number)))

    taken: list[list[int]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=tick, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(sum, taken)) == len(clockwork.runs()) == 3 * ticks


def test_a_schedule_whose_process_dies_between_firing_and_starting_fires_again(
    clockwork: Clockwork, caplog: pytest.LogCaptureFixture
) -> None:
    def die() -> None:
        raise KeyError("the process is gone")

    broken = equipped(clockwork.database, {WorkflowType.PRUNE: Looking(die)})
    schedule, other = clockwork.schedule(), clockwork.schedule(job_type="agent")
    clockwork.engine, whole = broken, clockwork.engine
    with caplog.at_level(logging.CRITICAL):
        clockwork.tick()
    assert clockwork.now(schedule).next_run_at == NINE
    clockwork.engine = whole
    clockwork.tick()
    assert {run.id for run in clockwork.runs()} == {*clockwork.run_ids(schedule, NINE), *clockwork.run_ids(other, NINE)}


def test_a_one_off_fires_once_and_has_no_next_instant(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(cron=None)
    assert [clockwork.tick(), clockwork.tick(days=1)] == [1, 0]
    assert clockwork.now(schedule).next_run_at is None


def test_a_disabled_schedule_does_not_fire(clockwork: Clockwork) -> None:
    clockwork.schedule(enabled=False)
    assert clockwork.tick(hours=1) == 0


def test_a_schedule_that_is_late_within_its_grace_fires_for_every_instant(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(cron="* * * * *", misfire_grace_seconds=300, misfire_policy=MisfirePolicy.SKIP)
    assert clockwork.tick(minutes=3) == 4
    minutes = [NINE + timedelta(minutes=number) for number in range(4)]
    assert [run.id for run in clockwork.runs()] == clockwork.run_ids(schedule, *minutes)


def test_missed_instants_are_skipped_when_the_policy_says_so(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(misfire_policy=MisfirePolicy.SKIP)
    clockwork.tick(hours=5, minutes=8)
    assert clockwork.runs() == []
    after = clockwork.now(schedule)
    assert (after.next_run_at, after.status) == (NINE + timedelta(hours=5, minutes=10), ScheduleStatus.PENDING)
    assert clockwork.tick(minutes=2) == 1


def test_missed_instants_have_one_run_together_for_the_latest_of_them(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(misfire_policy=MisfirePolicy.RUN_ONCE)
    clockwork.tick(days=400, minutes=8)
    assert [run.id for run in clockwork.runs()] == clockwork.run_ids(schedule, NINE + timedelta(days=400))
    assert clockwork.now(schedule).next_run_at == NINE + timedelta(days=400, minutes=10)


def test_the_missed_are_settled_and_the_late_one_fires_beside_them(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(misfire_policy=MisfirePolicy.RUN_ONCE)
    assert clockwork.tick(hours=1, minutes=2) == 2
    expected = clockwork.run_ids(schedule, NINE + timedelta(minutes=50), NINE + timedelta(minutes=60))
    assert [run.id for run in clockwork.runs()] == expected


@pytest.mark.parametrize(("policy", "count"), [(MisfirePolicy.SKIP, 0), (MisfirePolicy.RUN_ONCE, 1)])
def test_a_missed_one_off_runs_late_or_says_that_it_was_missed(
    clockwork: Clockwork, policy: MisfirePolicy, count: int
) -> None:
    schedule = clockwork.schedule(cron=None, misfire_policy=policy)
    clockwork.tick(days=2)
    after = clockwork.now(schedule)
    assert len(clockwork.runs()) == count
    assert after.next_run_at is None
    if policy is MisfirePolicy.SKIP:
        assert after.status is ScheduleStatus.FAILED
        assert after.error == "Its only instant passed while nothing was running: it was 2026-11-02T09:00:00+00:00."


def test_jitter_delays_each_instant_by_its_own_chance_that_all_processes_agree_on(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(cron="0 * * * *", jitter_seconds=600)
    delays: list[int] = []
    for hour in range(8):
        while clockwork.tick(seconds=30) == 0:
            pass
        delays.append(round((clockwork.clock() - NINE - timedelta(hours=hour)).total_seconds()))
    assert all(0 <= delay <= 630 for delay in delays)
    assert len(set(delays)) > 4
    # The instant itself is the run's identity, so that another node, on another clock, finds it taken.
    instants = [NINE + timedelta(hours=hour) for hour in range(8)]
    assert [run.id for run in clockwork.runs()] == clockwork.run_ids(schedule, *instants)


def test_jitter_is_no_lateness(clockwork: Clockwork) -> None:
    clockwork.schedule(
        cron="0 * * * *", jitter_seconds=3600, misfire_grace_seconds=60, misfire_policy=MisfirePolicy.SKIP
    )
    fired = sum(clockwork.tick(minutes=1) for _ in range(4 * 60))
    assert fired >= 4
    assert len(clockwork.runs()) == fired


def test_a_run_that_can_not_be_started_has_failed_and_the_next_instant_fires(clockwork: Clockwork) -> None:
    def refuse() -> None:
        raise ToolError("The account is not connected. Connect it.")

    clockwork.engine = equipped(clockwork.database, {WorkflowType.PRUNE: Looking(refuse)})
    schedule = clockwork.schedule(max_retries=0)
    clockwork.tick()

    (run,) = clockwork.runs()
    assert (run.status, run.status_reason) == (RunStatus.FAILED, "The account is not connected. Connect it.")
    with clockwork.database.read() as session:
        (step,) = steps.list_workflow_steps(session, run.id)
    assert (step["step_type"], step["error"]) == ("error", run.status_reason)
    after = clockwork.now(schedule)
    assert (after.status, after.error, after.last_run_id) == (ScheduleStatus.FAILED, run.status_reason, run.id)
    clockwork.engine = idle_engine(clockwork.database)
    assert clockwork.tick(minutes=10) == 1


def test_a_schedule_says_how_its_run_ended_and_not_that_it_was_started(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule()
    clockwork.tick()
    assert clockwork.now(schedule).status is ScheduleStatus.RUNNING
    clockwork.clock.advance(minutes=2)
    clockwork.engine.serve()
    after = clockwork.now(schedule)
    assert (after.status, after.completed_at, after.error) == (ScheduleStatus.COMPLETED, clockwork.clock(), None)


def test_a_failed_run_is_tried_again_later_and_later_and_then_says_failed(clockwork: Clockwork) -> None:
    body = Failing(99)
    clockwork.engine = serving(clockwork, body)
    schedule = clockwork.schedule(cron="0 * * * *", max_retries=3)
    clockwork.tick()
    for minutes in (1, 2, 4):
        failed = clockwork.now(schedule)
        assert (failed.status, failed.error) == (ScheduleStatus.FAILED, "Not today.")
        assert failed.retry_at == clockwork.clock() + timedelta(minutes=minutes)
        assert clockwork.retry(seconds=60 * minutes - 1) == 0
        assert clockwork.retry(seconds=1) == 1
    failed = clockwork.now(schedule)
    assert (failed.status, failed.error, failed.retry_at) == (ScheduleStatus.FAILED, "Not today.", None)
    assert clockwork.retry(minutes=30) == 0
    (run,) = clockwork.runs()
    assert (run.attempt, body.tried) == (4, 4)
    assert clockwork.tick(hours=1) == 1
    assert clockwork.now(schedule).retry_count == 0


def test_a_retry_that_goes_well_is_what_the_schedule_says(clockwork: Clockwork) -> None:
    clockwork.engine = serving(clockwork, Failing(1))
    schedule = clockwork.schedule()
    clockwork.tick()
    assert clockwork.retry(minutes=1) == 1
    after = clockwork.now(schedule)
    assert (after.status, after.error, after.retry_at) == (ScheduleStatus.COMPLETED, None, None)


def test_retries_wait_an_hour_at_most(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(max_retries=10, retry_count=9, last_run_id="run_1")
    fail(clockwork, schedule, "run_1")
    assert clockwork.now(schedule).retry_at == NINE + timedelta(hours=1)


def test_the_next_instant_comes_before_a_retry_that_waits_longer(clockwork: Clockwork) -> None:
    clockwork.engine = serving(clockwork, Failing(1))
    schedule = clockwork.schedule(cron="* * * * *", retry_count=0)
    clockwork.tick(seconds=30)
    assert clockwork.now(schedule).retry_at == NINE + timedelta(seconds=90)
    clockwork.tick(seconds=30)
    assert clockwork.retry(seconds=60) == 0
    assert clockwork.now(schedule).status is ScheduleStatus.COMPLETED


def test_the_end_of_an_earlier_run_says_nothing_about_the_latest(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule()
    clockwork.tick()
    clockwork.tick(minutes=10)
    earlier, latest = clockwork.runs()
    fail(clockwork, schedule, earlier.id)
    after = clockwork.now(schedule)
    assert (after.status, after.last_run_id, after.retry_at) == (ScheduleStatus.RUNNING, latest.id, None)


def test_a_run_that_a_person_cancelled_is_not_tried_again(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule()
    clockwork.tick()
    with clockwork.database.write() as session:
        clockwork.engine.cancel(session, clockwork.runs()[0].id)
    after = clockwork.now(schedule)
    assert (after.status, after.retry_at) == (ScheduleStatus.FAILED, None)
    assert after.error is not None
    assert after.error.startswith("Cancelled")


def test_a_run_that_a_person_tried_again_already_is_left_alone(clockwork: Clockwork) -> None:
    clockwork.engine = serving(clockwork, Failing(1))
    schedule = clockwork.schedule()
    clockwork.tick()
    with clockwork.database.write() as session:
        clockwork.engine.retry(session, clockwork.runs()[0].id)
    assert clockwork.retry(minutes=1) == 0
    assert clockwork.now(schedule).status is ScheduleStatus.COMPLETED


def test_a_retry_is_dropped_when_its_run_is_gone(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule(last_run_id="run_gone", retry_at=NINE)
    assert clockwork.retry() == 0
    assert clockwork.now(schedule).retry_at is None


def test_a_clock_that_is_put_back_starts_nothing_twice(clockwork: Clockwork) -> None:
    schedule = clockwork.schedule()
    clockwork.tick()
    with clockwork.database.write() as session:
        schedules.update_schedule(session, schedule.id, next_run_at=NINE)
    clockwork.tick()
    assert len(clockwork.runs()) == 1
    assert clockwork.now(schedule).next_run_at == NINE + timedelta(minutes=10)


def test_a_scheduled_file_is_read_anew_by_each_run(sqlite_database: Database, clock: Clock, tmp_path: Path) -> None:
    engine = equipped(sqlite_database, RunTypes(sync_run.sync))
    engine.serve()
    clockwork = Clockwork(sqlite_database, clock, engine)
    file = linkedin_connections(tmp_path / "Connections.csv", 3)
    config = {"syncSubType": "linkedin_contacts", "file": str(file), "allowed": [str(tmp_path)]}
    schedule = clockwork.schedule(job_type="sync", payload=orjson.dumps(config).decode(), max_retries=1)

    assert (clockwork.tick(), people(sqlite_database)) == (1, 3)
    linkedin_connections(file, 5)
    assert (clockwork.tick(minutes=10), people(sqlite_database)) == (1, 5)
    file.unlink()
    clockwork.tick(minutes=10)
    failed = clockwork.now(schedule)
    assert failed.status is ScheduleStatus.FAILED
    assert f"There is no file {file}" in str(failed.error)
    linkedin_connections(file, 8)
    clockwork.retry(minutes=1)
    assert (clockwork.now(schedule).status, people(sqlite_database)) == (ScheduleStatus.COMPLETED, 8)


def test_the_clock_fires_what_is_due_by_itself_and_stops_for_good(sqlite_database: Database) -> None:
    ran = threading.Event()
    clock = Clock(datetime.now(UTC))
    database = Database(sqlite_database.url, clock=clock)
    engine = equipped(database, {WorkflowType.PRUNE: Looking(ran.set)})
    Clockwork(database, clock, engine).schedule(at=clock())
    duties = Duties()
    scheduler = Scheduler(recurring_jobs(database, engine, workspace=WorkspaceSettings()), duties)

    scheduler.start()
    scheduler.start()
    assert ran.wait(WAIT_S)
    scheduler.stop()
    scheduler.stop()
    duties.stop(within_s=WAIT_S)
    scheduler.start()
    assert [thread.name for thread in threading.enumerate() if "schedules" in thread.name] == []
    database.close()


def test_a_recurring_duty_goes_on_after_an_error(caplog: pytest.LogCaptureFixture) -> None:
    times: list[int] = []
    enough = threading.Event()

    def go_wrong() -> None:
        times.append(1)
        if len(times) == 2:
            enough.set()
        raise ToolError("The disk is full.")

    scheduler = Scheduler([RecurringJob("go wrong", 1, go_wrong)], Duties())
    scheduler.start()
    assert enough.wait(WAIT_S)
    scheduler.stop()
    assert "go wrong" in caplog.text
    assert "The disk is full." in caplog.text


def test_a_clock_that_falls_silent_is_begun_again() -> None:
    ticks = threading.Semaphore(0)
    duties = Duties(first_pause_s=0.001)
    # An hour between two ticks looks like a clock that was put back by an hour.
    scheduler = Scheduler([RecurringJob("tick", 3600, ticks.release)], duties, silent_seconds=0.1)
    scheduler.start()
    assert ticks.acquire(timeout=WAIT_S)
    assert ticks.acquire(timeout=WAIT_S)
    scheduler.stop()
    duties.stop(within_s=WAIT_S)
    assert [thread.name for thread in threading.enumerate() if thread.name == "APScheduler"] == []


def test_a_recurring_thing_that_takes_long_is_not_done_twice_at_once() -> None:
    began, may_end = threading.Semaphore(0), threading.Event()

    def take_long() -> None:
        began.release()
        may_end.wait(WAIT_S)

    duties, others = Duties(), threading.Semaphore(0)
    scheduler = Scheduler([RecurringJob("take long", 1, take_long), RecurringJob("count", 1, others.release)], duties)
    scheduler.start()
    # Meanwhile the clock goes on for the others.
    assert all(others.acquire(timeout=WAIT_S) for _ in range(2))
    assert began.acquire(blocking=False)
    assert not began.acquire(blocking=False)
    may_end.set()
    assert began.acquire(timeout=WAIT_S)
    scheduler.stop()
    duties.stop(within_s=WAIT_S)


@pytest.mark.skipif(sys.platform == "win32", reason="the number of open files is limited as on POSIX here")
def test_the_clock_begins_when_there_are_files_again_that_it_can_open() -> None:
    command = [sys.executable, "-c", SHORT_OF_FILES]
    ended = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    failed, *ticked = ended.stdout.splitlines()
    assert failed.startswith("clock: OSError")
    assert ticked == ["ticks"]


SHORT_OF_FILES = """
import resource, sys, threading
from onelane.server.engine.duties import Duties
from onelane.server.engine.recurring_outreach import RecurringOutreach
from onelane.server.engine.scheduler import RecurringJob, Scheduler

failed, ticked = threading.Event(), threading.Event()
duties = Duties(first_pause_s=0.05)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
Scheduler([RecurringJob("tick", 1, ticked.set)], duties).start()
while duties.standing["clock"].failures < 3:
    failed.wait(0.01)
assert "apscheduler.schedulers.background" not in sys.modules
print("clock:", duties.standing["clock"].reason)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
assert ticked.wait(20)
while duties.standing["clock"].since is None:
    failed.wait(0.01)
duties.check()
print("ticks")
"""


def test_old_history_is_deleted_daily_when_it_is_not_kept_forever(clockwork: Clockwork) -> None:
    with clockwork.database.write() as session:
        for days in (10, 40):
            ended = session.now() - timedelta(days=days)
            runs.create_workflow_run(
                session, workflow_type=WorkflowType.PRUNE, status=RunStatus.COMPLETED, completed_at=ended
            )
    things = recurring_jobs(
        clockwork.database, clockwork.engine, workspace=WorkspaceSettings({"keep_history_days": 30})
    )
    (daily,) = [thing for thing in things if thing.name == "delete old history"]
    assert daily.every_seconds == 24 * 60 * 60
    daily.do()
    assert len(clockwork.runs()) == 1


def test_the_words_of_an_answer_are_forgotten_after_180_days(clockwork: Clockwork) -> None:
    with clockwork.database.write() as session:
        for days in (179, 181):
            message = inbound_messages.create_message(
                session, message_id=f"<{days}@example.com>", kind=MessageKind.REPLY, own_text=f"{days} days ago"
            )
            assert message is not None
            message.created_at = session.now() - timedelta(days=days)
    things = RecurringOutreach(Services(clockwork.database, clockwork.engine, ())).jobs()
    next(thing for thing in things if thing.name == "forget old answers").do()
    with clockwork.database.read() as session:
        texts = session.sql(sa.select(col(InboundMessage.own_text))).scalars().all()
    assert set(texts) == {"179 days ago", None}


@dataclass
class Looking(IdleBody):
    """Does something when the config is looked at."""

    look: Callable[[], None]

    def prepare(self, config: dict[str, Any]) -> None:
        self.look()


@dataclass
class Failing(IdleBody):
    """Fails so many times, then goes well."""

    times: int
    tried: int = field(default=0)

    def run(self, execution: Execution) -> RunEnd:
        self.tried += 1
        if self.tried <= self.times:
            raise ToolError("Not today.")
        return super().run(execution)


def serving(clockwork: Clockwork, body: IdleBody) -> RunEngine:
    engine = equipped(clockwork.database, {WorkflowType.PRUNE: body})
    engine.serve()
    return engine


def fail(clockwork: Clockwork, schedule: Schedule, run_id: str) -> None:
    with clockwork.database.write() as session:
        schedules.note_outcome(
            session, schedule_id=schedule.id, run_id=run_id, status=RunStatus.FAILED, reason="Not today."
        )


def people(database: Database) -> int:
    with database.read() as session:
        return contacts.count_contacts(session).live
