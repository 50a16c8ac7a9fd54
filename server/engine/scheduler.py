"""The clock: every recurring thing on one page (docs/engine.md, "The clock")."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

from onelane.server.engine.client_runs import close_silent_runs
from onelane.storage.database.engine import Database
from onelane.storage.workflows import history
from onelane.tools.registry.context import Engine
from onelane.tools.workflows.firing import fire_due, retry_due

LOG = logging.getLogger(__name__)

_DAY_SECONDS = 24 * 60 * 60
_RUNS_AT_ONCE = 500
"""Old runs are deleted so many a transaction, so that nobody waits long for the write lock."""


class SweepingEngine(Engine, Protocol):
    """The engine as the clock needs it."""

    def sweep(self) -> int:
        """Take up runs whose execution was lost; how many."""
        ...


@dataclass(frozen=True, slots=True)
class Recurring:
    """A thing that is done again and again. When it takes longer than its interval, what it missed is done once.

    Args:
        name: what it is, for the log
        every_seconds: how often
        do: does it; what it raises is logged, and it is done again at the next time
    """

    name: str
    every_seconds: int
    do: Callable[[], object]


def recurring_things(
    database: Database, engine: SweepingEngine, *, keep_history_days: int | None, host_run_minutes: int = 60
) -> list[Recurring]:
    """What the process that executes does again and again.

    Args:
        database: where schedules and runs are
        engine: what carries out runs
        keep_history_days: runs that ended longer ago are deleted with their steps; None keeps all
        host_run_minutes: a run of a chat client's model for which no call was made for so long is closed
    """
    things = [
        Recurring("fire due schedules", 1, lambda: fire_due(database, engine, database.clock())),
        Recurring("retry failed runs of schedules", 5, lambda: retry_due(database, engine, database.clock())),
        Recurring("sweep lost runs", 15, engine.sweep),
        Recurring("close runs that a chat left", 30, lambda: close_silent_runs(database, host_run_minutes)),
    ]
    if keep_history_days is not None:
        days = keep_history_days
        things.append(Recurring("delete old history", _DAY_SECONDS, lambda: _delete_history(database, days)))
    return things


class Scheduler:
    """Does recurring things on threads of its own, from `start` to `stop`.

    It is APScheduler's background scheduler: a stdio server's event loop belongs to the protocol's SDK and a worker has
    none, while all that recurs is short work on the database. What is due is kept in the database and nowhere else, so
    that nothing is lost with the process.

    Args:
        things: what to do
    """

    def __init__(self, things: Sequence[Recurring]) -> None:
        self._things = tuple(things)
        self._guard = threading.Lock()
        self._running: Any = None
        self._is_over = False

    def start(self) -> None:
        """Begin, without blocking; a second call changes nothing, nor does one after `stop`."""
        with self._guard:
            if self._running is None and not self._is_over:
                self._running = self._started()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is being done; a second call changes nothing."""
        with self._guard:
            self._is_over = True
            if self._running is not None:
                self._running.shutdown(wait=True)
                self._running = None

    def _started(self) -> Any:
        # Imported late: processes that never execute start quicker without it.
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        log = LOG.getChild("apscheduler")
        # A tick that takes longer than a second is no news; what matters is done at the next one.
        log.setLevel(logging.ERROR)
        pool = cast("Callable[[int], object]", ThreadPoolExecutor)(len(self._things))
        usual = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        scheduler: Any = BackgroundScheduler(timezone=UTC, executors={"default": pool}, job_defaults=usual, logger=log)
        now = datetime.now(UTC)
        for thing in self._things:
            scheduler.add_job(thing.do, "interval", seconds=thing.every_seconds, name=thing.name, next_run_time=now)
        scheduler.start()
        return scheduler


def _delete_history(database: Database, days: int) -> None:
    deleted = True
    while deleted:
        with database.write() as session:
            before = session.now() - timedelta(days=days)
            deleted = history.delete_history(session, before, limit=_RUNS_AT_ONCE).runs > 0
