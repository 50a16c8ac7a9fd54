"""Waiting for a run, here or in another process, until it stands still."""

import threading
import time
from collections.abc import Callable

from onelane.server.engine.duties import Duties
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import ONGOING
from onelane.tools.registry.errors import NotFound


class RunWaits:
    """Waits for runs.

    Args:
        database: where runs are
        duties: whoever waits looks whether they still go on
        stopping: set when this process is about to stop
    """

    def __init__(self, database: Database, duties: Duties, stopping: threading.Event) -> None:
        self._database = database
        self._duties = duties
        self._stopping = stopping

    def row(self, run_id: str, on_progress: Callable[[PlainRow], None], timeout_s: float | None) -> PlainRow:
        """The run's row once it stands still, or when the time is over.

        Args:
            run_id: the run
            on_progress: told the run's row whenever it was looked at
            timeout_s: give up waiting after so many seconds

        Raises:
            NotFound: there is no such run
            ExecutionLost: this process can't carry anything out any more
            DatabaseUnavailable: the database is still away when the time is over
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        pause_s = 0.005
        while True:
            self._duties.check()
            # Whoever waits for a while only does not keep a process that is about to stop.
            is_late = deadline is not None and (self._stopping.is_set() or time.monotonic() > deadline)
            row = self._looked_at(run_id, is_last=is_late)
            if row is not None:
                on_progress(row)
                if is_late or stands_still(row):
                    return row
            self._stopping.wait(pause_s)
            pause_s = min(0.1, pause_s * 1.5)

    def _looked_at(self, run_id: str, *, is_last: bool) -> PlainRow | None:
        """The run's row; None while the database is away, which a run outlives, and so does whoever waits for it."""
        try:
            with self._database.read() as session:
                row = runs.read_run(session, run_id)
        except DatabaseUnavailable:
            if is_last:
                raise
            return None
        if row is None:
            raise NotFound(f"There is no run {run_id!r}.")
        return row


def stands_still(row: PlainRow) -> bool:
    """Whether a run is over or paused, or goes on at an instant only."""
    return row["status"] not in ONGOING or row["waits_until"] is not None
