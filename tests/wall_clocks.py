"""When a cron expression fires, found the slow way: by walking through time minute by minute, looking at a clock.

It shares nothing with the product but the rules, so that the two can be compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Fields:
    """A cron expression of numbers, lists, ranges, steps and stars."""

    expression: str

    @property
    def sets(self) -> list[set[int]]:
        """What each field allows."""
        ranges = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
        fields = self.expression.split()
        return [_values_of(field, lowest, highest) for field, (lowest, highest) in zip(fields, ranges, strict=True)]

    @property
    def is_either_day(self) -> bool:
        """crontab(5): when neither day begins with a star, one of the two suffices."""
        _, _, day, _, weekday = self.expression.split()
        return day[0] != "*" and weekday[0] != "*"

    @property
    def is_every_hour(self) -> bool:
        """Whether it runs in each of the 24 hours."""
        return len(self.sets[1]) == 24


def walked_instants(expression: str, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The instants after `start`, up to `end`, at which the expression fires in that zone."""
    fields = Fields(expression)
    minutes, hours, days, months, weekdays = fields.sets
    either, repeats = fields.is_either_day, fields.is_every_hour

    def fires(wall: datetime) -> bool:
        if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
            return False
        weekday = wall.isoweekday() % 7
        on_day, on_weekday = wall.day in days, weekday in weekdays or (weekday == 0 and 7 in weekdays)
        return on_day or on_weekday if either else on_day and on_weekday

    instants: list[datetime] = []
    for instant, wall, is_again, missing_walls in _minutes(zone, start, end):
        if (fires(wall) and (repeats or not is_again)) or any(fires(missing) for missing in missing_walls):
            instants.append(instant)
    return instants


def _minutes(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, bool, list[datetime]]]:
    """Each minute, what the clock shows, whether it shows it for the second time, and what it has just skipped."""
    instant = start.astimezone(UTC)
    before = instant.astimezone(zone).replace(tzinfo=None)
    while (instant := instant + MINUTE) <= end:
        local = instant.astimezone(zone)
        wall = local.replace(tzinfo=None, fold=0)
        missing_minutes = max(0, (wall - before) // MINUTE - 1)
        yield instant, wall, local.fold == 1, [before + MINUTE * number for number in range(1, missing_minutes + 1)]
        before = wall


def _values_of(field: str, lowest: int, highest: int) -> set[int]:
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{lowest}-{highest}" if span == "*" else span).partition("-")
        values |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return values
