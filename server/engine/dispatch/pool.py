"""Dispatch by a small pool of threads over the table `dispatches`, on SQLite and PostgreSQL alike.

See docs/engine.md, "Dispatch", "The lock".
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from onelane.server.engine.dispatch import Work
from onelane.server.engine.duties import Duties, InOrder
from onelane.storage.database.changes import Changes
from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.database.file_lock import FileLock
from onelane.storage.workflows import dispatches

LOG = logging.getLogger(__name__)

DISPATCH, LISTEN = "dispatch", "listening for work"
"""The names of the duties."""
TAKE_OVER_SECONDS = 0.5
"""How often a process that does not execute tries to become the one that does."""
LOOK_SECONDS = {"sqlite": 0.1, "postgresql": 1.0}
"""How often it is looked whether another process has handed something in. PostgreSQL tells it besides."""
STOP_SECONDS = 1.2
"""So long what is executed may take to hold at its next step when the process stops."""


class PoolDispatcher:
    """Any process hands in; those that execute take what they have room for, each piece of work once.

    On SQLite the process that holds the lock is the only one that executes, and the next takes over when it is gone.

    Args:
        database: where work is kept until it is taken
        lock_path: the lock file; None where any number of processes may execute, or nobody shares the database
        duties: the background duties of this process
    """

    def __init__(self, database: Database, lock_path: Path | None, duties: Duties) -> None:
        self._database = database
        self._lock = None if lock_path is None else FileLock(lock_path)
        self._duties = duties
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._guard = threading.Condition()
        self._in_flight: dict[str, int] = {}
        self._due_at: datetime | None = None
        """When something that waits in the table comes due, of which no other process tells."""

    def submit(
        self,
        session: Session,
        *,
        job_id: str,
        kind: str,
        arguments: Mapping[str, Any],
        queue: str,
        priority: int,
        due_at: datetime | None = None,
    ) -> None:
        """Hand in work with the caller's transaction."""
        text = orjson.dumps(arguments).decode()
        dispatches.submit(
            session, job_id=job_id, kind=kind, arguments=text, queue=queue, priority=priority, due_at=due_at
        )
        session.after_commit(self._wake.set)

    def cancel(self, session: Session, job_id: str) -> None:
        """Take back work that has not begun."""
        dispatches.forget(session, job_id)

    def start(self, work: Work, queues: Mapping[str, int], *, on_lead: Callable[[], None]) -> None:
        """Begin executing as soon as the lock is free."""
        self._duties.begin(DISPATCH, lambda in_order: self._execute(work, queues, on_lead, in_order))
        if self._database.dialect == "postgresql":
            self._duties.begin(LISTEN, self._listen)

    def stop(self) -> None:
        """Begin nothing more, wait a little for what must notice that it stops, and let go of the lock.

        What does not notice in time is taken up by the next process, as after a crash.
        """
        self._stopping.set()
        self._wake.set()
        with self._guard:
            self._guard.wait_for(lambda: not any(self._in_flight.values()), timeout=STOP_SECONDS)
            if self._lock is not None:
                self._lock.release()

    def _execute(self, work: Work, queues: Mapping[str, int], on_lead: Callable[[], None], in_order: InOrder) -> None:
        if not self._became_leader():
            return
        on_lead()
        with closing(Changes(self._database)) as watch:
            self._wake.set()
            while not self._stopping.is_set():
                is_woken = self._wake.wait(LOOK_SECONDS[self._database.dialect])
                self._wake.clear()
                if is_woken or watch.happened() or self._is_due():
                    self._due_at = self._next_due(queues)
                    for queue, size in queues.items():
                        self._hand_out(work, queue, size)
                in_order()

    def _is_due(self) -> bool:
        return self._due_at is not None and self._due_at <= self._database.clock()

    def _next_due(self, queues: Iterable[str]) -> datetime | None:
        with self._database.read() as session:
            return min((due for queue in queues if (due := dispatches.next_due(session, queue))), default=None)

    def _became_leader(self) -> bool:
        while not self._holds_lock():
            if self._stopping.wait(TAKE_OVER_SECONDS):
                return False
        return not self._stopping.is_set()

    def _holds_lock(self) -> bool:
        with self._guard:
            # Told to stop in the same moment: the next process must not wait for this one to end.
            return self._lock is None or (not self._stopping.is_set() and self._lock.acquire())

    def _hand_out(self, work: Work, queue: str, size: int) -> None:
        with self._guard:
            room = size - self._in_flight.setdefault(queue, 0)
        if room <= 0:
            return
        for job in self._take(queue, limit=room):
            self._begin(work, job)

    def _take(self, queue: str, *, limit: int) -> Sequence[dispatches.Dispatch]:
        with self._database.read() as session:
            if not dispatches.has_any(session, queue):
                return ()
        with self._database.write() as session:
            return dispatches.take(session, queue, limit=limit)

    def _begin(self, work: Work, job: dispatches.Dispatch) -> None:
        with self._guard:
            self._in_flight[job.queue] += 1
        try:
            # A thread of its own for each: they end with the process, which must not wait for one that does not hold.
            threading.Thread(target=self._do, args=(work, job), name=f"onelane-{job.queue}", daemon=True).start()
        except RuntimeError:
            self._finish(job.queue)
            self._put_back(job)
            raise

    def _do(self, work: Work, job: dispatches.Dispatch) -> None:
        """Carry out a job, and what stands in line behind it: to be handed each one takes as long as a small run."""
        try:
            self._carry_out(work, job)
            while (following := self._next_job(job.queue)) is not None:
                self._carry_out(work, following)
        finally:
            self._finish(job.queue)

    def _carry_out(self, work: Work, job: dispatches.Dispatch) -> None:
        try:
            work(job.kind, orjson.loads(job.arguments))
            if self._stopping.is_set():
                self._put_back(job)
        except Exception:
            # The outer edge of a thread. The run was neither ended nor given back, so that the sweep takes it up.
            LOG.exception("%s could not be carried out", job.id)

    def _next_job(self, queue: str) -> dispatches.Dispatch | None:
        if self._stopping.is_set():
            return None
        try:
            jobs = self._take(queue, limit=1)
        except DatabaseUnavailable:
            # The duty that hands out says so, and goes on once it is back.
            return None
        return jobs[0] if jobs else None

    def _put_back(self, job: dispatches.Dispatch) -> None:
        """Let another process go on at once with what this one has not finished."""
        try:
            with self._database.write() as session:
                dispatches.put_back(session, job)
        except DatabaseUnavailable as error:
            LOG.warning("%s is left to the sweep: %s", job.id, error)

    def _finish(self, queue: str) -> None:
        with self._guard:
            self._in_flight[queue] -= 1
            self._guard.notify_all()
        self._wake.set()

    def _listen(self, in_order: InOrder) -> None:
        """Hear from PostgreSQL what other processes hand in."""
        with dispatches.listening(self._database) as hear:
            in_order()
            # What was handed in before one listened.
            self._wake.set()
            while not self._stopping.is_set():
                if hear(within_s=0.5):
                    self._wake.set()
