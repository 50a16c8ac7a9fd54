"""The clock: every recurring thing on one page (docs/engine.md, "The clock")."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from onelane.server.engine.client_runs import close_silent_runs
from onelane.server.engine.duties import Duties, InOrder, needs_new_process
from onelane.storage.database.engine import Database
from onelane.storage.workflows import history
from onelane.tools.registry.context import Engine
from onelane.tools.workflows.firing import fire_due, retry_due

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
        do: does it; what it raises is logged, and it is done again after a pause
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
    """Does recurring things from `start` to `stop`, each as a duty of its own.

    What is due is kept in the database and nowhere else, so that nothing is lost with the process.

    Args:
        things: what to do
        duties: the background duties of this process
    """

    def __init__(self, things: Sequence[Recurring], duties: Duties) -> None:
        self._things = tuple(things)
        self._duties = duties
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin, without blocking; a second call changes nothing, nor does one after `stop`."""
        if not self._stopping.is_set():
            for thing in self._things:
                self._duties.begin(thing.name, partial(self._repeat, thing), is_fatal=needs_new_process)

    def stop(self) -> None:
        """Begin nothing more; a second call changes nothing."""
        self._stopping.set()

    def _repeat(self, thing: Recurring, in_order: InOrder) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            thing.do()
            in_order()
            # What it missed because it took so long is done once.
            due = max(due + thing.every_seconds, time.monotonic())


def _delete_history(database: Database, days: int) -> None:
    deleted = True
    while deleted:
        with database.write() as session:
            before = session.now() - timedelta(days=days)
            deleted = history.delete_history(session, before, limit=_RUNS_AT_ONCE).runs > 0
