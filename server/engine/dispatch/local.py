"""Local dispatch: a small pool of threads in the one process that holds the lock. For SQLite.

See docs/engine.md, "Dispatch", "The lock".
"""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson

from onelane.server.engine.dispatch import Work
from onelane.server.engine.lock import FileLock
from onelane.storage.database.changes import Changes
from onelane.storage.database.engine import Database, DatabaseUnavailable, Session
from onelane.storage.workflows import dispatches

LOG = logging.getLogger(__name__)

TAKE_OVER_SECONDS = 0.5
"""How often a process that does not execute tries to become the one that does."""
LOOK_SECONDS = 0.1
"""How often the executing process looks whether another one has handed something in."""


class LocalDispatcher:
    """Any process submits; the one that holds the lock executes; the next takes over when it is gone.

    Args:
        database: where the work is kept until it is done
        lock_path: the lock file; None for a database in memory, which nobody shares
    """

    def __init__(self, database: Database, lock_path: Path | None) -> None:
        self._database = database
        self._lock = None if lock_path is None else FileLock(lock_path)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._in_flight: dict[str, set[str]] = {}
        self._thread: threading.Thread | None = None

    @property
    def is_leading(self) -> bool:
        """Whether this process executes."""
        return self._thread is not None and (self._lock is None or self._lock.is_held)

    def submit(
        self, session: Session, *, job_id: str, kind: str, arguments: Mapping[str, Any], queue: str, priority: int
    ) -> None:
        """Hand in work with the caller's transaction."""
        text = orjson.dumps(arguments).decode()
        dispatches.submit(session, job_id=job_id, kind=kind, arguments=text, queue=queue, priority=priority)
        session.after_commit(self._wake.set)

    def cancel(self, session: Session, job_id: str) -> None:
        """Take back work that has not begun."""
        dispatches.finish(session, job_id)

    def start(self, work: Work, queues: Mapping[str, int], *, on_lead: Callable[[], None]) -> None:
        """Begin executing as soon as the lock is free."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._lead, args=(work, dict(queues), on_lead), name="onelane-dispatch", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, wait for what must notice that it stops, and let go of the lock."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def _lead(self, work: Work, queues: dict[str, int], on_lead: Callable[[], None]) -> None:
        if not self._became_leader():
            return
        pools = {queue: ThreadPoolExecutor(size, f"onelane-{queue}") for queue, size in queues.items()}
        try:
            on_lead()
            self._dispatch_until_stopped(work, pools, queues)
        finally:
            for pool in pools.values():
                pool.shutdown(wait=True, cancel_futures=True)
            if self._lock is not None:
                self._lock.release()

    def _became_leader(self) -> bool:
        while self._lock is not None and not self._lock.acquire():
            if self._stopping.wait(TAKE_OVER_SECONDS):
                return False
        is_stopping = self._stopping.is_set()
        if is_stopping and self._lock is not None:
            # Told to stop in the same moment: the next process must not wait for this one to end.
            self._lock.release()
        return not is_stopping

    def _dispatch_until_stopped(
        self, work: Work, pools: Mapping[str, ThreadPoolExecutor], queues: Mapping[str, int]
    ) -> None:
        watch = Changes(self._database)
        while not self._stopping.is_set():
            woken = self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            if woken or watch.happened():
                self._hand_out(work, pools, queues)
        watch.close()

    def _hand_out(self, work: Work, pools: Mapping[str, ThreadPoolExecutor], queues: Mapping[str, int]) -> None:
        for queue, size in queues.items():
            with self._database.read() as session:
                # As many as could be in flight, and as many again that could be taken up.
                waiting = dispatches.waiting(session, queue, limit=2 * size)
            for job in waiting:
                if self._reserve(job, size):
                    pools[queue].submit(self._do, work, job)

    def _reserve(self, job: dispatches.Dispatch, size: int) -> bool:
        with self._guard:
            in_flight = self._in_flight.setdefault(job.queue, set())
            if job.id in in_flight or len(in_flight) >= size:
                return False
            in_flight.add(job.id)
            return True

    def _do(self, work: Work, job: dispatches.Dispatch) -> None:
        try:
            work(job.kind, orjson.loads(job.arguments))
            if not self._stopping.is_set():
                with self._database.write() as session:
                    dispatches.finish(session, job.id)
        except DatabaseUnavailable as error:
            LOG.error("%s waits: %s", job.id, error)
            self._stopping.wait(TAKE_OVER_SECONDS)
        finally:
            with self._guard:
                self._in_flight[job.queue].discard(job.id)
            self._wake.set()
