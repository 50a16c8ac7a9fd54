"""Schedules as they are shown: their instants and their latest run."""

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson

from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.schedules import MisfirePolicy, Schedule, ScheduleStatus
from onelane.tools.registry.json_values import JsonText
from onelane.tools.registry.result import Instant, ListItem, PageResult, when
from onelane.tools.registry.runs.run_config import ALLOWED
from onelane.tools.workflows.schedule_instants import next_instants, timing_in_words

NEXT_SHOWN = 5


class ScheduleView(ListItem):
    """A schedule."""

    untold_in_lists: ClassVar[frozenset[str]] = frozenset(
        {"config", "next_runs", "cron", "jitter_seconds", "misfire_policy", "misfire_grace_seconds", "max_retries",
         "retry_count", "created_at", "updated_at", "last_triggered_at"}
    )  # fmt: skip

    name: str
    workflow_type: WorkflowType
    template_id: str | None
    config: JsonText
    cron: str | None
    at: Instant | None
    timing: str
    """When it fires, in words."""
    timezone: str
    jitter_seconds: int
    misfire_policy: MisfirePolicy
    misfire_grace_seconds: int
    max_retries: int
    enabled: bool
    next_runs: Sequence[str]
    """The next five instants in the schedule's own time zone, jitter left out."""
    next_run_at: Instant | None
    status: ScheduleStatus
    error: str | None
    retry_count: int
    retry_at: Instant | None
    last_run_id: str | None
    last_triggered_at: Instant | None
    completed_at: Instant | None
    created_at: Instant
    updated_at: Instant

    def text(self) -> str:
        """One line: id, name, what, when, time zone, next, what became of the latest run."""
        subject = self.workflow_type if self.template_id is None else f"{self.workflow_type} {self.template_id}"
        return f"{self.id}\t{self.name}\t{subject}\t{self.timing}\t{self.timezone}\t{self._next()}\t{self.outcome()}"

    def outcome(self) -> str:
        """What became of the latest run, in a few words."""
        if self.status is ScheduleStatus.FAILED:
            again = "" if self.retry_at is None else f" Tried again at {when(self.retry_at)}."
            return f"failed: {self.error}{again}"
        if self.status is ScheduleStatus.COMPLETED:
            return f"completed {when(self.completed_at)}"
        return "running" if self.status is ScheduleStatus.RUNNING else "not run yet"

    def _next(self) -> str:
        if not self.enabled:
            return "switched off"
        return f"next {self.next_runs[0]}" if self.next_runs else "no next run"


class SetSchedule(ScheduleView):
    """A schedule as it was just set."""

    def text(self) -> str:
        """The schedule's line, then its next five instants."""
        return "\n".join((super().text(), *self.next_runs))


class SchedulePage(PageResult[ScheduleView]):
    """A page of schedules."""

    noun: ClassVar[str] = "schedules"
    first_comes_by: ClassVar[str] = "set_schedule makes one."


def values_of(schedule: Schedule) -> dict[str, Any]:
    """What is shown of a schedule."""
    workflow_type = WorkflowType(schedule.job_type)
    return {
        **schedule.model_dump(),
        "name": schedule.name or workflow_type.label,
        "workflow_type": workflow_type,
        "config": _given_config(schedule),
        "cron": schedule.cron_expression,
        "at": schedule.run_at if schedule.cron_expression is None else None,
        "timing": timing_in_words(schedule),
        "next_runs": [instant.isoformat() for instant in next_instants(schedule, count=NEXT_SHOWN)],
    }


def _given_config(schedule: Schedule) -> str:
    """The config as it was given, so that it can be given again: Onelane alone notes which folders it may read."""
    config: dict[str, Any] = orjson.loads(schedule.payload)
    return orjson.dumps({name: value for name, value in config.items() if name != ALLOWED}).decode()
