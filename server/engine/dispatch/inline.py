"""Inline dispatch: a job is executed at once after its commit, or when its instant has come. For tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onelane.server.engine.dispatch import Work
from onelane.storage.database.engine import Session


@dataclass(frozen=True, slots=True)
class _Job:
    kind: str
    arguments: Mapping[str, Any]
    due_at: datetime | None
    clock: Callable[[], datetime]

    @property
    def is_due(self) -> bool:
        return self.due_at is None or self.due_at <= self.clock()


class InlineDispatcher:
    """Executes jobs in the caller's thread; until `start` it only keeps them."""

    def __init__(self) -> None:
        self._work: Work | None = None
        self._waiting: dict[str, _Job] = {}

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
        """Keep the work until the transaction is committed and its instant has come, then do it."""
        self._waiting[job_id] = _Job(kind, arguments, due_at, session.now)
        session.after_commit(self.look)

    def cancel(self, session: Session, job_id: str) -> None:
        """Forget work that has not begun."""
        self._waiting.pop(job_id, None)

    def start(self, work: Work, queues: Mapping[str, int], *, on_lead: Callable[[], None]) -> None:
        """Do what has been kept, and from now on everything at once."""
        self._work = work
        on_lead()
        self.look()

    def stop(self) -> None:
        """Only keep what is handed in from now on."""
        self._work = None

    def look(self) -> None:
        """Do all that is due; whoever moves the clock on calls this."""
        while self._work is not None and (job_id := self._next()) is not None:
            job = self._waiting.pop(job_id)
            self._work(job.kind, job.arguments)

    def _next(self) -> str | None:
        return next((job_id for job_id, job in self._waiting.items() if job.is_due), None)
