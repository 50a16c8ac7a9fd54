"""Inline dispatch: a job is executed at once after its commit. For tests."""

from collections.abc import Callable, Mapping
from typing import Any

from onelane.server.engine.dispatch import Work
from onelane.storage.database.engine import Session


class InlineDispatcher:
    """Executes jobs in the caller's thread; until `start` it only keeps them."""

    def __init__(self) -> None:
        self._work: Work | None = None
        self._waiting: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def submit(
        self, session: Session, *, job_id: str, kind: str, arguments: Mapping[str, Any], queue: str, priority: int
    ) -> None:
        """Keep the work until the transaction is committed, then do it."""
        self._waiting[job_id] = (kind, arguments)
        session.after_commit(self._do_all)

    def cancel(self, session: Session, job_id: str) -> None:
        """Forget work that has not begun."""
        self._waiting.pop(job_id, None)

    def start(self, work: Work, queues: Mapping[str, int], *, on_lead: Callable[[], None]) -> None:
        """Do what has been kept, and from now on everything at once."""
        self._work = work
        on_lead()
        self._do_all()

    def stop(self) -> None:
        """Only keep what is handed in from now on."""
        self._work = None

    def _do_all(self) -> None:
        while self._work is not None and self._waiting:
            job_id = next(iter(self._waiting))
            self._work(*self._waiting.pop(job_id))
