"""The pace of an account: rolling caps and spacing (docs/sequences.md, "When a step is due")."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sending:
    """Something that went out of an account, or will have gone by then.

    Args:
        at: when its transmission began
        is_first: whether it was the first that its person got from its sequence
        template_id: of which template
    """

    at: datetime
    is_first: bool = False
    template_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaceLimits:
    """How much may go; None where nothing limits it."""

    per_day: int | None = None
    per_hour: int | None = None
    new_per_day: int | None = None
    spacing_seconds: int = 0
    jitter_seconds: int = 0


USUAL_LIMITS = PaceLimits(per_day=50, per_hour=20, new_per_day=20, spacing_seconds=60, jitter_seconds=60)
"""Of an account of which nothing is said."""


def after_caps(at: datetime, sendings: Sequence[Sending], limits: PaceLimits, *, is_first: bool) -> datetime | None:
    """The first instant from then on that no cap forbids; None when one forbids everything.

    Args:
        at: not before
        sendings: what went and what is planned, in order
        limits: how much may go
        is_first: whether it is the first that its person gets
    """
    caps = _caps(sendings, limits, is_first=is_first)
    return settle(at, *(partial(_after_cap, instants=each, cap=cap, span=span) for each, cap, span in caps))


def settle(at: datetime, *rules: Callable[[datetime], datetime | None]) -> datetime | None:
    """The first instant from then on that no rule moves any more; None when one of them allows none."""
    instant: datetime | None = at
    while instant is not None:
        before = instant
        for rule in rules:
            instant = None if instant is None else rule(instant)
        if instant == before:
            break
    return instant


def _caps(
    sendings: Sequence[Sending], limits: PaceLimits, *, is_first: bool
) -> list[tuple[list[datetime], int, timedelta]]:
    """The caps that there are, each with the instants that count for it."""
    caps: list[tuple[list[datetime], int, timedelta]] = []
    if limits.per_day is not None or limits.per_hour is not None:
        instants = [sending.at for sending in sendings]
        spans = ((limits.per_day, _DAY), (limits.per_hour, _HOUR))
        caps += [(instants, cap, span) for cap, span in spans if cap is not None]
    if is_first and limits.new_per_day is not None:
        caps.append(([sending.at for sending in sendings if sending.is_first], limits.new_per_day, _DAY))
    return caps


def after_spacing(at: datetime, sendings: Sequence[Sending], limits: PaceLimits, *, jitter_seconds: int) -> datetime:
    """The first instant from then on that is far enough from what went before and is planned behind."""
    apart = timedelta(seconds=limits.spacing_seconds + jitter_seconds)
    if not apart:
        return at
    instants = [sending.at for sending in sendings]
    place = bisect_right(instants, at - apart)
    for instant in instants[place:]:
        if instant - at >= apart:
            break
        at = max(at, instant + apart)
    return at


def tighter(one: PaceLimits, other: PaceLimits) -> PaceLimits:
    """The smaller of each limit, and the larger distance."""
    return PaceLimits(
        _smaller(one.per_day, other.per_day),
        _smaller(one.per_hour, other.per_hour),
        _smaller(one.new_per_day, other.new_per_day),
        max(one.spacing_seconds, other.spacing_seconds),
        max(one.jitter_seconds, other.jitter_seconds),
    )


def _after_cap(at: datetime, instants: Sequence[datetime], cap: int, span: timedelta) -> datetime | None:
    if cap == 0:
        return None
    while True:
        upto = bisect_right(instants, at)
        if upto - bisect_right(instants, at - span) >= cap:
            # The oldest of those that fill the cap has to be as old as the span.
            at = instants[upto - cap] + span
            continue
        full = _first_full(at, instants[upto:], instants, cap, span)
        if full is None:
            return at
        at = full


def _first_full(
    at: datetime, coming: Sequence[datetime], instants: Sequence[datetime], cap: int, span: timedelta
) -> datetime | None:
    """The first that is planned behind this instant, and for which nothing would be left; None when there is none."""
    for place, instant in enumerate(coming, start=len(instants) - len(coming)):
        if instant - span >= at:
            return None
        if place + 1 - bisect_right(instants, instant - span) >= cap:
            return instant
    return None


def _smaller(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)
