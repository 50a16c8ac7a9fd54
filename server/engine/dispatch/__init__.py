"""Dispatch: a port with an implementation for each database (docs/engine.md, "Dispatch")."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from onelane.storage.database.engine import Session

__all__ = ["Dispatcher", "pool"]


Work = Callable[[str, Mapping[str, Any]], None]
"""Executes a job: its kind and its arguments. It never raises for what the work itself did."""

RUNS = "runs"
"""The queue of runs."""


class Dispatcher(Protocol):
    """The port. Everything above it is the same code on SQLite and PostgreSQL."""

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
        """Hand in work with the caller's transaction; the same id twice is once.

        Args:
            session: the transaction
            job_id: tells it apart
            kind: what it is
            arguments: what it is given
            queue: of which kind of work it is
            priority: what is higher is done first
            due_at: nobody does it before that instant; None for at once
        """
        ...

    def cancel(self, session: Session, job_id: str) -> None:
        """Take back work that has not begun; what has begun is stopped by its run's control."""
        ...

    def start(self, work: Work, queues: Mapping[str, int], *, on_lead: Callable[[], None]) -> None:
        """Begin executing, without blocking.

        Args:
            work: what executes a job
            queues: how many jobs of each queue at once
            on_lead: called once this process may recover what others left behind
        """
        ...

    def stop(self) -> None:
        """Begin nothing more and let go of what marks this process as executing."""
        ...
