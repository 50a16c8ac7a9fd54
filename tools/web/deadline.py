"""The deadline of one fetch, over all names, connections and redirects."""

from collections.abc import Callable

from onelane.tools.web.refusals import TooSlow


class Deadline:
    """An instant that is not passed.

    Args:
        seconds: from now until then
        timer: a clock that only goes forward, in seconds
    """

    def __init__(self, seconds: float, timer: Callable[[], float]) -> None:
        self._seconds = seconds
        self._timer = timer
        self._end = timer() + seconds

    @property
    def remaining_s(self) -> float:
        """How long there is.

        Raises:
            TooSlow: no time is left
        """
        remaining_s = self._end - self._timer()
        if remaining_s <= 0:
            raise TooSlow(f"The site did not answer within {self._seconds:g} seconds. Try again later, or use another.")
        return remaining_s

    def pause(self, wait: Callable[[float], None], seconds: float) -> None:
        """Wait for something that is not the site's fault; it does not count."""
        began = self._timer()
        wait(seconds)
        self._end += self._timer() - began
