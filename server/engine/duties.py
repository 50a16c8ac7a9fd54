"""Duties: what a process does in the background; none of them can die unseen (docs/engine.md, "Duties")."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from onelane.storage.database.absence import absence_reason

LOG = logging.getLogger(__name__)

InOrder = Callable[[], None]
"""A duty calls this whenever it does its work, so that one knows since when it does."""
Do = Callable[[InOrder], None]
"""Does a duty until the duties are stopped."""

LONGEST_PAUSE_SECONDS = 15.0
LONGEST_ABSENCE_PAUSE_SECONDS = 3.0
"""How soon it is noticed that a database is back; asking costs next to nothing."""
FAILURES = 10
"""So often in a row, and only another process can help."""
LONG_ENOUGH_SECONDS = 60.0
"""Who did its work for so long begins to count its failures anew."""


class ExecutionLost(Exception):
    """Background work keeps failing in this process, so that it ends with exit code 1; the log says why."""


@dataclass
class Duty:
    """How a duty stands.

    Args:
        name: what it is, for people
        since: the instant from which it has done its work without a failure; None while it does not
        reason: why it does not do its work; None when it does, or has not begun yet
        failures: how often it has failed in a row
        absences: how often in a row the database was away, or the disk full
        heard_at: when it said so last, by the clock that nobody sets
    """

    name: str
    since: datetime | None = None
    reason: str | None = None
    failures: int = 0
    absences: int = 0
    heard_at: float = 0.0


class Duties:
    """The background duties of this process, each on a thread of its own.

    A duty that fails is begun again, after longer and longer pauses. As long as it is the database that can't be used,
    or the disk that is full, that goes on for ever. When another fault stays, the process has to end, so that whoever
    supervises it sees it.

    Args:
        first_pause_s: the first pause after a failure; each one is twice as long as the one before
        failures: so many failures in a row end the process
    """

    def __init__(self, *, first_pause_s: float = 0.5, failures: int = FAILURES) -> None:
        self._first_pause_s = first_pause_s
        self._failures = failures
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._duties: dict[str, Duty] = {}
        self._threads: list[threading.Thread] = []
        self._end_actions: list[Callable[[], None]] = []
        self._end_reason: str | None = None

    @property
    def standing(self) -> Mapping[str, Duty]:
        """How each duty that was begun stands, by its name."""
        with self._guard:
            return dict(self._duties)

    @property
    def end_reason(self) -> str | None:
        """Why this process has to end; None as long as it need not."""
        return self._end_reason

    def call_at_end(self, action: Callable[[], None]) -> None:
        """Do this when the process has to end, such as to stop what serves."""
        with self._guard:
            self._end_actions.append(action)
            is_late = self._end_reason is not None
        if is_late:
            action()

    def check(self) -> None:
        """See whether this process can go on.

        Raises:
            ExecutionLost: it can't
        """
        if self._end_reason is not None:
            raise ExecutionLost(self._end_reason)

    def begin(self, name: str, do: Do, *, is_fatal: Callable[[Exception], bool] = lambda error: True) -> None:
        """Begin a duty, without blocking; one that was begun already stays as it is.

        Args:
            name: what it is
            do: does it; it returns when it was told to stop
            is_fatal: whether a failure that stays ends the process

        Raises:
            RuntimeError: there is no thread for it now; it can be begun later
        """
        with self._guard:
            if name in self._duties or self._stopping.is_set():
                return
            duty = self._duties[name] = Duty(name)
            thread = threading.Thread(target=self._do, args=(duty, do, is_fatal), name=f"onelane-{name}", daemon=True)
            self._threads.append(thread)
        try:
            thread.start()
        except RuntimeError:
            # No thread can be had now: whoever begins it again must not be told that it was begun.
            with self._guard:
                del self._duties[name]
                self._threads.remove(thread)
            raise

    def stop(self, *, within_s: float = 1.0) -> None:
        """Begin nothing again, and wait a little for what must notice that it stops."""
        self._stopping.set()
        deadline = time.monotonic() + within_s
        with self._guard:
            threads = [each for each in self._threads if each is not threading.current_thread()]
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def _do(self, duty: Duty, do: Do, is_fatal: Callable[[Exception], bool]) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                do(lambda: self._in_order(duty))
            except Exception as error:  # noqa: BLE001 - the outer edge of a duty
                if self._stopping.is_set():
                    return
                self._note(duty, error, did_for_s=time.monotonic() - began)
                if absence_reason(error) is None and duty.failures >= self._failures and is_fatal(error):
                    self._lose(duty)
                    return
                self._stopping.wait(self._pause_s(duty, error))
            else:
                return

    def _in_order(self, duty: Duty) -> None:
        duty.heard_at = time.monotonic()
        if duty.since is not None:
            return
        if duty.reason is not None:
            LOG.warning("%s: works again", duty.name)
        with self._guard:
            duty.since, duty.reason, duty.absences = datetime.now(UTC), None, 0

    def _note(self, duty: Duty, error: Exception, *, did_for_s: float) -> None:
        absence = absence_reason(error)
        reason = absence or f"{type(error).__name__}; the log tells more."
        if absence is None:
            LOG.error("%s has failed", duty.name, exc_info=error)
        # What is away is told once and not at each attempt.
        elif duty.reason != reason:
            LOG.warning("%s: %s", duty.name, reason)
        with self._guard:
            if absence is not None:
                duty.absences += 1
            else:
                duty.failures = 1 if did_for_s > LONG_ENOUGH_SECONDS else duty.failures + 1
            duty.since, duty.reason = None, reason

    def _pause_s(self, duty: Duty, error: Exception) -> float:
        is_absent = absence_reason(error) is not None
        longest = LONGEST_ABSENCE_PAUSE_SECONDS if is_absent else LONGEST_PAUSE_SECONDS
        before = (duty.absences if is_absent else duty.failures) - 1
        return min(longest, self._first_pause_s * 2.0 ** min(before, 20))

    def _lose(self, duty: Duty) -> None:
        sentence = f"{duty.name} has failed {duty.failures} times in a row: {duty.reason} This process ends."
        LOG.critical("%s", sentence)
        with self._guard:
            self._end_reason = sentence
            actions = list(self._end_actions)
        for action in actions:
            action()


def needs_new_process(error: Exception) -> bool:
    """Whether another process may do what this one can't: it is short of memory, threads or files, or can't import."""
    return isinstance(error, OSError | MemoryError | ImportError | RuntimeError)
