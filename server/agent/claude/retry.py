"""Retry delays: as long as the server says, else exponential."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from onelane.tools.platforms.formats.instants import header_instant

PASSING_STATUSES = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
PASSING_ERRORS = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error", "conflict_error"})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to try.

    Args:
        attempts: requests in all, the first included
        first_s: seconds before the second one, when the server says nothing
        most_s: the most that grows to
        longest_s: the most that a server may tell us to wait at once; above that the call ends
        total_s: the most that is waited for one answer, in all
    """

    attempts: int = 8
    first_s: float = 1.0
    most_s: float = 30.0
    longest_s: float = 180.0
    total_s: float = 600.0

    def delay_s(self, attempt: int, chance: float) -> float:
        """Seconds to wait after an attempt when the server says nothing.

        Args:
            attempt: which one it was, from 1
            chance: between 0 and 1, different at every caller, so that they don't all come back at once
        """
        return min(self.most_s, self.first_s * 2 ** (attempt - 1)) * (0.5 + chance / 2)


def passes(status: int, error_type: str | None, headers: Mapping[str, str]) -> bool:
    """Whether the same request may go well later.

    Args:
        status: of the response; 200 when the failure came within the stream
        error_type: the provider's word for it
        headers: of the response, where the provider may say so itself
    """
    hint = headers.get("x-should-retry")
    if hint in ("true", "false"):
        return hint == "true"
    return status in PASSING_STATUSES or status >= 500 or error_type in PASSING_ERRORS


def server_delay_s(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """Seconds that the server asks us to wait: `retry-after-ms`, or `retry-after` in seconds, or a date (RFC 9110)."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    retry_after = headers.get("retry-after")
    if (seconds := _number(retry_after)) is not None:
        return seconds
    return _seconds_until(retry_after, now) if retry_after else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _seconds_until(retry_after: str, now: Callable[[], datetime]) -> float | None:
    instant = header_instant(retry_after)
    return None if instant is None else max(0.0, (instant - now()).total_seconds())
