"""One limit of a platform: so many requests of a kind until an instant. All instants are by the platform's clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from onelane.tools.platforms.formats.instants import header_instant, iso_instant

SCOUT_SECONDS = 10
"""So long everybody else waits for the first request of a window, which tells how many more there may be."""
_SAME_SECONDS = 5
_LONGEST_SECONDS = 32 * 86_400
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of a limit.

    Args:
        limit: so many requests the whole window allows
        remaining: so many are left, those that are under way taken off; None where nobody knows
        resets_at: when there are all again, in Unix seconds
        scout_until: so long one request is waited for that finds out
        ahead_seconds: so far the platform's clock was ahead of the clock of whoever wrote this
    """

    limit: int | None = None
    remaining: int | None = None
    resets_at: float | None = None
    scout_until: float | None = None
    ahead_seconds: float = 0.0

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Window":
        """The window that an account's row holds."""
        return cls(
            document.get("limit"),
            document.get("remaining"),
            document.get("resets_at"),
            document.get("scout_until"),
            document.get("ahead_seconds", 0.0),
        )

    @property
    def document(self) -> dict[str, Any]:
        """As it is kept."""
        values = {
            "limit": self.limit,
            "remaining": self.remaining,
            "resets_at": self.resets_at,
            "scout_until": self.scout_until,
            "ahead_seconds": self.ahead_seconds,
        }
        return {name: value for name, value in values.items() if value is not None}

    def is_known(self, now: float) -> bool:
        """Whether it tells how many requests there may be at this instant."""
        return self.remaining is not None and self.resets_at is not None and now < self.resets_at

    def opens_at(self, now: float) -> float | None:
        """When the next request may go out; None where it may right now."""
        if self.is_known(now):
            return self.resets_at if self.remaining == 0 else None
        if self.scout_until is not None and now < self.scout_until <= now + SCOUT_SECONDS:
            return self.scout_until
        return None

    def take_one(self, now: float) -> "Window":
        """The same with one request under way."""
        if self.is_known(now):
            return replace(self, remaining=(self.remaining or 0) - 1)
        return replace(self, remaining=None, resets_at=None, scout_until=now + SCOUT_SECONDS)

    def give_up(self) -> "Window":
        """The same, when a request that was under way had no answer; whether it counted is unknown."""
        return replace(self, scout_until=None)

    def merge(self, told: "Window") -> "Window":
        """The same after an answer that told of a window: this one, the next, or one that is over."""
        if self.resets_at is None or self.remaining is None or told.resets_at is None:
            return told
        if told.resets_at < self.resets_at - _SAME_SECONDS:
            return replace(self, scout_until=None)
        if told.resets_at > self.resets_at + _SAME_SECONDS:
            return told
        # Requests that are under way are taken off here, and the platform does not know of them yet.
        remaining = min(self.remaining, told.remaining or 0)
        return replace(told, remaining=remaining, resets_at=max(self.resets_at, told.resets_at))


def told_window(headers: Mapping[str, str], prefixes: Sequence[str], now: float) -> Window | None:
    """The window that an answer's headers tell of: the tightest where there are several.

    Args:
        headers: their names in lower case
        prefixes: see `PlatformRules.windows`
        now: by the platform's clock
    """
    windows = [window for prefix in prefixes if (window := _window_of(headers, prefix, now)) is not None]
    empty_windows = [window for window in windows if window.remaining == 0]
    if empty_windows:
        return max(empty_windows, key=lambda window: window.resets_at or 0)
    return windows[0] if windows and f"{prefixes[0]}reset" in headers else None


def told_opening(headers: Mapping[str, str], prefixes: Sequence[str], now: float) -> float | None:
    """When the limits open again that an answer does not say are open; None where it names no instant.

    Args:
        headers: their names in lower case
        prefixes: see `PlatformRules.windows`
        now: by the platform's clock
    """
    reached_prefixes = [prefix for prefix in prefixes if not told_number(headers.get(f"{prefix}remaining", ""))]
    resets = (_told_reset(headers.get(f"{prefix}reset", ""), now) for prefix in reached_prefixes)
    return max((reset for reset in resets if reset is not None), default=None)


def _window_of(headers: Mapping[str, str], prefix: str, now: float) -> Window | None:
    limit, remaining = (told_number(headers.get(prefix + name, "")) for name in ("limit", "remaining"))
    reset = _told_reset(headers.get(f"{prefix}reset", ""), now)
    if remaining is None or reset is None:
        return None
    return Window(None if limit is None else int(limit), int(remaining), reset)


def _told_reset(text: str, now: float) -> float | None:
    """When a window opens again, however it is written: Unix seconds or milliseconds, seconds to go, or a day and time.

    None where it is over, or so far away that it is no instant of a window.
    """
    reset = told_number(text)
    if reset is None:
        at = header_instant(text) or iso_instant(text)
        reset = 0 if at is None else at.timestamp()
    elif reset <= _LONGEST_SECONDS:
        reset += now
    elif reset > now + _LONGEST_SECONDS:
        reset /= 1000
    return reset if now < reset <= now + _LONGEST_SECONDS else None


def told_number(text: str) -> float | None:
    """A number that a header tells, with a fraction or without; None where it is no plain one."""
    return float(text) if _NUMBER.fullmatch(text := text.strip()) else None
