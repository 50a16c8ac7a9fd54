"""How long a sync waits for its platform, and when it gives its thread back (docs/platforms.md, "Syncs")."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from onelane.storage.database.engine import Clock
from onelane.tools.platforms.online.failures import AgainAt, AgainNow
from onelane.tools.registry.runs.run import Run, WaitUntil

Got = TypeVar("Got")

_SHORT = timedelta(seconds=60)
"""So long a limit is waited out; for a longer one the run gives its thread back."""
_SHORT_TOGETHER = timedelta(minutes=5)
"""So long short limits are waited out one after the other; a platform that names one again and again gets a rest."""
_REST = timedelta(minutes=15)
_PAUSES_SECONDS = (1, 5, 20)
"""The pauses before a platform that did not answer is asked again."""
_LOOK_SECONDS = 0.25
"""How often a run that waits looks whether it was asked to hold."""


class Patience:
    """Asks again what a platform did not answer.

    Args:
        execution: the run that asks
        clock: the time
        pause: lets so many seconds pass
    """

    def __init__(self, execution: Run, clock: Clock, pause: Callable[[float], None]) -> None:
        self._execution = execution
        self._clock = clock
        self._pause = pause

    def ask(self, question: Callable[[], Got]) -> Got:
        """What is answered in the end; no transaction is open.

        Raises:
            WaitUntil: the platform takes no more requests for a while
            PlatformFailure: asking again does not help
        """
        pauses, waits = iter(_PAUSES_SECONDS), _ShortWaits()
        while True:
            self._execution.checkpoint()
            try:
                return question()
            except AgainAt as limit:
                self._let_pass(waits.next_seconds(limit, self._clock()))
            except AgainNow:
                pause = next(pauses, None)
                if pause is None:
                    raise
                self._let_pass(pause)

    def _let_pass(self, seconds: float) -> None:
        while seconds > 0:
            self._execution.checkpoint()
            self._pause(min(_LOOK_SECONDS, seconds))
            seconds -= _LOOK_SECONDS


class _ShortWaits:
    """The short limits of one question: each is waited out at least twice as long as the one before."""

    def __init__(self) -> None:
        self._least = timedelta(seconds=1)
        self._together = timedelta()

    def next_seconds(self, limit: AgainAt, now: datetime) -> float:
        """How long a limit is waited out.

        Raises:
            WaitUntil: for so long that the run gives its thread back
        """
        wait_time = max(self._least, limit.at - now)
        if wait_time > _SHORT:
            raise WaitUntil(limit.at, limit.message)
        if self._together + wait_time > _SHORT_TOGETHER:
            raise WaitUntil(now + _REST, limit.message)
        self._together += wait_time
        self._least = min(2 * self._least, _SHORT)
        return wait_time.total_seconds()
