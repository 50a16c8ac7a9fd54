"""The clock: all recurring duties (docs/engine.md, "The clock")."""

import logging
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from onelane.server.engine.checkpoint import IdleCheckpoint
from onelane.server.engine.client_runs import close_silent_runs
from onelane.server.engine.duties import Duties, InOrder, needs_new_process
from onelane.storage.database.engine import Database
from onelane.storage.database.recorded_changes import KEPT_DAYS, forget_changes
from onelane.storage.workflows import history
from onelane.tools.registry.context import Engine
from onelane.tools.registry.gate.answers import count_on
from onelane.tools.registry.gate.used_approvals import UsedYeses
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from onelane.tools.workflows.firing import fire_due, retry_due

LOG = logging.getLogger(__name__)

CLOCK = "clock"
"""The name of the duty."""
SILENT_SECONDS = 15.0
"""Something is due each second. A clock that was silent for so long is begun again: its thread has ended, or the
machine's time was put back, and it waits for the instant that was to come next."""
_FIRST_SECOND = 1.0
"""All is done at once, and again after this. Many a command is over by then, and APScheduler is slow to import."""
DAY_SECONDS = 24 * 60 * 60
_RUNS_AT_ONCE = 500
"""Old runs are deleted so many a transaction, so that nobody waits long for the write lock."""


class SweepingEngine(Engine, Protocol):
    """The engine as the clock needs it."""

    def sweep(self) -> int:
        """Take up runs whose execution was lost; how many."""
        ...


@dataclass(frozen=True, slots=True)
class RecurringJob:
    """A recurring job. When one run takes longer than the interval, missed runs are merged into one.

    Args:
        name: what it is, for the log
        every_seconds: how often
        do: does it; what it raises is logged, and it is done again after a pause
        stop: lets it end soon where it takes longer
    """

    name: str
    every_seconds: int
    do: Callable[[], object]
    stop: Callable[[], object] = lambda: None


def recurring_jobs(
    database: Database,
    engine: SweepingEngine,
    *,
    workspace: WorkspaceSettings,
    used_yeses: UsedYeses | None = None,
) -> list[RecurringJob]:
    """What the process that executes does again and again.

    Args:
        database: where schedules and runs are
        engine: what carries out runs
        workspace: says how long runs are kept, and after how long one that a chat left is closed
        used_yeses: what is known of yeses beside the database; None where nothing is answered
    """
    jobs = [
        RecurringJob("fire due schedules", 1, lambda: fire_due(database, engine, database.clock())),
        RecurringJob("retry failed runs of schedules", 5, lambda: retry_due(database, engine, database.clock())),
        RecurringJob("sweep lost runs", 15, engine.sweep),
        RecurringJob("close runs that a chat left", 30, lambda: _close_silent_runs(database, workspace)),
        RecurringJob("delete old history", DAY_SECONDS, lambda: _delete_history(database, workspace)),
        RecurringJob("forget old changes", DAY_SECONDS, lambda: forget_changes(database, older_than_days=KEPT_DAYS)),
        RecurringJob("bring the log into the file", 30, IdleCheckpoint(database).look),
    ]
    if used_yeses is not None:
        yeses = used_yeses
        jobs.append(RecurringJob("number open yeses anew", 60, lambda: count_on(database, yeses)))
    return jobs


class Scheduler:
    """Does recurring jobs from `start` to `stop`: APScheduler says when, and each is a duty of its own.

    A duty fails, is begun again and tells how it stands, which APScheduler's own threads can't; nor would the process
    end before them. APScheduler itself is looked after by a duty too. What is due is kept in the database and nowhere
    else, so that nothing is lost with the process.

    Args:
        jobs: what to do
        duties: the background duties of this process
        silent_seconds: APScheduler is begun again when it has fired nothing for so long
    """

    def __init__(self, jobs: Sequence[RecurringJob], duties: Duties, *, silent_seconds: float = SILENT_SECONDS) -> None:
        self._due = {job: threading.Event() for job in jobs}
        self._duties = duties
        self._silent_seconds = silent_seconds
        self._fired = threading.Event()
        self._stopping = threading.Event()

    @property
    def jobs(self) -> Sequence[RecurringJob]:
        """What is done, in the order in which it is begun."""
        return tuple(self._due)

    def start(self) -> None:
        """Begin, without blocking; a second call changes nothing, nor does one after `stop`."""
        if not self._stopping.is_set():
            self._duties.begin(CLOCK, self._keep_time, is_fatal=needs_new_process)
            for job in self._due:
                self._duties.begin(job.name, partial(self._repeat, job), is_fatal=needs_new_process)

    def stop(self) -> None:
        """Begin nothing more; a second call changes nothing."""
        self._stopping.set()
        for job in self._due:
            job.stop()
        for event in (self._fired, *self._due.values()):
            event.set()

    def _keep_time(self, in_order: InOrder) -> None:
        for due in self._due.values():
            due.set()
        if self._stopping.wait(_FIRST_SECOND):
            return
        self._fired.clear()
        with _clock_of({job: partial(self._fire, due) for job, due in self._due.items()}):
            while not self._stopping.is_set():
                if not self._fired.wait(self._silent_seconds):
                    raise RuntimeError(f"APScheduler has fired nothing for {self._silent_seconds:g} seconds.")
                self._fired.clear()
                in_order()

    def _fire(self, due: threading.Event) -> None:
        due.set()
        self._fired.set()

    def _repeat(self, job: RecurringJob, in_order: InOrder) -> None:
        due = self._due[job]
        while due.wait() and not self._stopping.is_set():
            # Cleared before: what is missed because it takes so long is done once.
            due.clear()
            try:
                job.do()
            except Exception:
                # It stays due, also when its next time is a day away.
                due.set()
                raise
            in_order()


@contextmanager
def _clock_of(actions: Mapping[RecurringJob, Callable[[], None]]) -> Generator[None]:
    """Have APScheduler do this now and at each interval, on a thread of its own, until the context is left."""
    # Imported late: processes that never execute start quicker without it.
    from apscheduler.executors.debug import DebugExecutor
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.interval import IntervalTrigger

    log = LOG.getChild("apscheduler")
    # A second that was missed is no news; what matters is done at the next one.
    log.setLevel(logging.ERROR)
    # This executor calls what is due where it stands: that only wakes a duty, and needs no pool, whose threads the
    # process would have to wait for. Nothing is called by its alias ("interval"): APScheduler reads the aliases while
    # it is imported, and has none for as long as the process lives when there were too many open files then.
    scheduler: Any = BackgroundScheduler(
        timezone=UTC,
        executors={"default": DebugExecutor()},
        job_defaults={"coalesce": True, "misfire_grace_time": None},
        logger=log,
    )
    now = datetime.now(UTC)
    for job, action in actions.items():
        interval = IntervalTrigger(seconds=job.every_seconds, timezone=UTC)
        scheduler.add_job(action, interval, name=job.name, next_run_time=now)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _close_silent_runs(database: Database, workspace: WorkspaceSettings) -> None:
    with database.read() as session:
        minutes = workspace.read(session).host_run_minutes
    close_silent_runs(database, minutes)


def _delete_history(database: Database, workspace: WorkspaceSettings) -> None:
    with database.read() as session:
        days = workspace.read(session).keep_history_days
    if days is not None:
        _delete_older(database, days)
        forget_changes(database, older_than_days=days)


def _delete_older(database: Database, days: int) -> None:
    is_more = True
    while is_more:
        with database.write() as session:
            before = session.now() - timedelta(days=days)
            is_more = history.delete_history(session, before, limit=_RUNS_AT_ONCE).runs > 0
