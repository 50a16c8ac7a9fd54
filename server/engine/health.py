"""Health: whether this process carries out runs and schedules, since when, and if not, why."""

import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from onelane.server.engine.dispatch.pool import DISPATCH
from onelane.server.engine.duties import Duties

SILENT_SECONDS = 60.0
"""Who hands out work says so once a second; one that was silent for so long is stuck."""


class ExecutionState(StrEnum):
    """Whether a process executes."""

    WORKS = "works"
    WAITS = "waits"
    """Another process executes, and this one takes over when it ends; or it has not begun yet."""
    FAILING = "failing"
    OFF = "off"
    """This process was not asked to."""


@dataclass(frozen=True, slots=True)
class Health:
    """How execution stands in this process.

    Args:
        state: whether it executes
        since: the instant from which it has done so without a failure
        reason: what is wrong
    """

    state: ExecutionState
    since: datetime | None = None
    reason: str | None = None


def health_of(duties: Duties) -> Health:
    """How execution stands, by the duties that it is made of."""
    standing = duties.standing
    dispatch = standing.get(DISPATCH)
    if dispatch is None:
        return Health(ExecutionState.OFF)
    wrong = [f"{duty.name}: {duty.reason}" for duty in standing.values() if duty.reason is not None]
    if wrong:
        return Health(ExecutionState.FAILING, reason=wrong[0])
    if dispatch.since is None:
        return Health(ExecutionState.WAITS)
    if time.monotonic() - dispatch.heard_at > SILENT_SECONDS:
        return Health(ExecutionState.FAILING, reason=f"{DISPATCH}: it has been silent for more than a minute.")
    return Health(ExecutionState.WORKS, since=dispatch.since)
