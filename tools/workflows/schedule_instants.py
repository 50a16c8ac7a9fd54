"""The instants of a schedule, from its cron expression or its single instant.

See docs/engine.md, "Cron and time zones".
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from onelane.storage.workflows.schedules import Schedule
from onelane.tools.workflows import cron


def instant_after(schedule: Schedule, instant: datetime) -> datetime | None:
    """The first instant of a schedule after `instant`, in UTC; None when there is none."""
    if schedule.cron_expression is not None:
        return cron.parse(schedule.cron_expression).after(instant, ZoneInfo(schedule.timezone))
    return schedule.run_at if schedule.run_at > instant else None


def latest_instant(schedule: Schedule, *, since: datetime, until: datetime) -> datetime:
    """The last instant of a schedule up to `until`, in UTC; `since` is one and the earliest."""
    if schedule.cron_expression is None:
        return since
    return cron.parse(schedule.cron_expression).latest(ZoneInfo(schedule.timezone), since=since, until=until)


def next_instants(schedule: Schedule, *, count: int) -> list[datetime]:
    """The next instants of a schedule, in its own time zone; fewer than `count` when there are no more."""
    zone = ZoneInfo(schedule.timezone)
    coming: list[datetime] = []
    instant = schedule.next_run_at
    while instant is not None and len(coming) < count:
        coming.append(instant.astimezone(zone))
        instant = instant_after(schedule, instant)
    return coming


def timing_in_words(schedule: Schedule) -> str:
    """How a person says when a schedule fires, such as `at 09:00 on weekdays`."""
    if schedule.cron_expression is not None:
        return cron.parse(schedule.cron_expression).in_words()
    return f"once at {schedule.run_at.astimezone(ZoneInfo(schedule.timezone)).isoformat()}"
