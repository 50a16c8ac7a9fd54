"""Cron expressions: what they mean, in words and in instants, also where clocks are put forward and back.

See docs/engine.md, "Cron and time zones".

The fields are those of crontab(5): minute, hour, day of month, month, day of week with 0 and 7 for Sunday; and when
both days are restricted, either suffices. cronsim finds the matching times, on a calendar without time zones: on that
of a zone it takes `*/20 2` twice in autumn and leaves it out in spring, and steps back an hour when it is asked in the
middle of the repeated one.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.times.zones import instants_of
from onelane.tools.workflows.run_words.cron_phrases import cron_of_words, is_once

PRESETS: Mapping[str, str] = MappingProxyType(
    {
        "hourly": "0 * * * *",
        "daily": "0 9 * * *",
        "weekdays": "0 9 * * mon-fri",
        "weekly": "0 9 * * mon",
        "monthly": "0 9 1 * *",
    }
)
"""Words for what people want most; those with an hour mean 9:00, when a person is there and the machine is on."""

_FIRST_LOOK = timedelta(hours=1)


@dataclass(frozen=True)
class Cron:
    """A cron expression that fires some day; `parse` makes them.

    Args:
        expression: five fields
        minutes, hours, days, months: what each field allows
        weekdays: the same, with 0 for Sunday
        is_either_day: both days are restricted, so that a match of one of them suffices
        plain: the fields with each range counted out; what begins with a star still does
    """

    expression: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    is_either_day: bool
    plain: str

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The first instant after `instant` at which it fires.

        A time that the clocks skip fires at the first instant after the gap. A time that they show twice fires the
        first time; but what runs in every hour also runs in the repeated one, or it would be silent for an hour.

        Args:
            instant: an aware datetime
            zone: where the clock hangs that the expression means

        Returns:
            The instant in UTC.
        """
        wall = instant.astimezone(zone).replace(tzinfo=None, fold=0, microsecond=0)
        instants = instants_of(wall, zone)
        ahead: list[datetime] = []
        # While a time is shown twice, what matched earlier on the clock may still be to come.
        for match in self._matches(wall - (instants[-1] - instants[0])):
            match_instants = instants_of(match, zone)
            ahead += [at for at in (match_instants if self._is_every_hour else match_instants[:1]) if at > instant]
            if match_instants[0] > instant:
                return min(ahead)
        raise OverflowError(f"{self.expression} does not fire after {instant} any more")

    def latest(self, zone: ZoneInfo, *, since: datetime, until: datetime) -> datetime:
        """The last instant up to `until` at which it fires.

        Args:
            zone: where the clock hangs
            since: an instant at which it fires, not after `until`
            until: an aware datetime

        Returns:
            The instant in UTC; `since` when there is none behind it.
        """
        look = _FIRST_LOOK
        while until - look > since and self.after(until - look, zone) > until:
            look *= 2
        last = since if until - look <= since else self.after(until - look, zone)
        while (following := self.after(last, zone)) <= until:
            last = following
        return last

    def in_words(self) -> str:
        """How a person says it, such as `at 09:00 on weekdays`."""
        times, days = self._times_in_words(), self._days_in_words()
        return times if times.startswith("every") and days == "every day" else f"{times} {days}"

    @property
    def _is_every_hour(self) -> bool:
        return len(self.hours) == len(_HOUR.numbers)

    def _matches(self, wall: datetime) -> Iterator[datetime]:
        """The times on the clock after this one that the fields allow, in order."""
        # Imported late: a process that never looks at a schedule starts quicker without it.
        from cronsim import CronSim

        return CronSim(self.plain, wall)

    def _times_in_words(self) -> str:
        every_minutes, every_hours = _stride(self.minutes, _MINUTE), _stride(self.hours, _HOUR)
        if self._is_every_hour and every_minutes:
            return "every minute" if every_minutes == 1 else f"every {every_minutes} minutes"
        if len(self.minutes) <= 4 and every_hours:
            hours = "every hour" if every_hours == 1 else f"every {every_hours} hours"
            return f"{hours} at {', '.join(f':{minute:02}' for minute in sorted(self.minutes))}"
        times = [f"{hour:02}:{minute:02}" for hour in sorted(self.hours) for minute in sorted(self.minutes)]
        return f"at {', '.join(times)}" if len(times) <= 6 else f"at the times of cron {self.expression!r}"

    def _days_in_words(self) -> str:
        days = f"on day {_numbers(self.days)} of the month" if len(self.days) < len(_DAY.numbers) else ""
        weekdays = _weekdays_in_words(self.weekdays) if len(self.weekdays) < len(_WEEKDAY.names) else ""
        if self.is_either_day:
            day_words = f"{days} or {weekdays}" if days and weekdays else "every day"
        else:
            day_words = ", when it falls ".join(filter(None, (days, weekdays))) or "every day"
        if len(self.months) == len(_MONTH.numbers):
            return day_words
        return f"{day_words} in {', '.join(_MONTH.names[month - 1].capitalize() for month in sorted(self.months))}"


def parse(text: str) -> Cron:
    """The cron expression that `text` is, or the one that a preset stands for.

    Raises:
        BadRequest: it is none, or it never fires; it says which field is wrong, and why
    """
    expression = " ".join(PRESETS.get(text.strip().lower(), text).lower().split())
    fields = expression.split(" ")
    # A minute is no word, so that five words, as in `every Monday at 8 am`, are a phrase as well.
    if len(fields) != len(_FIELDS) or fields[0].isalpha():
        if is_once(text):
            raise BadRequest(f"cron {text[:60]!r} is no rhythm. Leave it out, and give the instant as at=.")
        suggestion = cron_of_words(text)
        if suggestion is not None:
            raise BadRequest(
                f"cron {text[:60]!r} is in words. In five fields that is, or comes nearest to, {suggestion!r}: call "
                "again with that."
            )
        raise BadRequest(
            f"cron {text[:60]!r} must have five fields (minute, hour, day of month, month, day of week), such as "
            f"'30 9 * * mon-fri', or be one of {', '.join(PRESETS)}."
        )
    minutes, hours, days, months, weekdays = (_numbers_of(field, of) for field, of in zip(fields, _FIELDS, strict=True))
    # As crontab(5) has it: a field that begins with a star does not restrict.
    is_either_day = not (fields[2].startswith("*") or fields[4].startswith("*"))
    plain = " ".join(_counted_out(field, of) for field, of in zip(fields, _FIELDS, strict=True))
    cron = Cron(expression, minutes, hours, days, months, frozenset(day % 7 for day in weekdays), is_either_day, plain)
    _check_that_it_fires(cron)
    return cron


@dataclass(frozen=True)
class _Field:
    label: str
    numbers: range
    names: tuple[str, ...] = ()

    def number(self, word: str) -> int:
        """The number that a word of this field is; -1, which is in no field, when it is none."""
        if word in self.names:
            return self.names.index(word) + self.numbers.start
        return int(word) if word.isdecimal() and len(word) < 4 else -1


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MINUTE = _Field("minute", range(60))
_HOUR = _Field("hour", range(24))
_DAY = _Field("day of month", range(1, 32))
_MONTH = _Field("month", range(1, 13), _MONTHS)
_WEEKDAY = _Field("day of week", range(8), ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
_FIELDS = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)

_PART = re.compile(r"(?:\*|(?P<first>[a-z]+|\d+)(?:-(?P<last>[a-z]+|\d+))?)(?:/(?P<step>\d{1,3}))?", re.ASCII)


def _numbers_of(text: str, field: _Field) -> frozenset[int]:
    return frozenset(number for part in text.split(",") for number in _range_of(part, field))


def _counted_out(text: str, field: _Field) -> str:
    """The same field for cronsim, which knows no `fri-sun` and takes `5-5/2` for `5-59/2`."""
    parts = text.split(",")
    return ",".join(part if part.startswith("*") else ",".join(map(str, _range_of(part, field))) for part in parts)


def _range_of(part: str, field: _Field) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise _wrong(part, field)
    step = int(match["step"] or 1)
    if not 1 <= step <= len(field.numbers):
        raise _wrong(part, field, "its step is out of range")
    if match["first"] is None:
        return field.numbers[::step]
    first = field.number(match["first"])
    last = field.number(match["last"]) if match["last"] else field.numbers[-1] if match["step"] else first
    if match["last"] == "sun" and last < first:
        last = 7
    if first not in field.numbers or last not in field.numbers:
        raise _wrong(part, field)
    if last < first:
        raise _wrong(part, field, "it ends before it begins; write two ranges with a comma")
    return range(first, last + 1, step)


def _wrong(part: str, field: _Field, reason: str = "") -> BadRequest:
    names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
    reason = f" ({reason})" if reason else ""
    return BadRequest(
        f"The {field.label} of cron can't be {part[:40]!r}{reason}. It takes {field.numbers[0]} to "
        f"{field.numbers[-1]}{names}, ranges such as 1-5, lists such as 1,3, steps such as */2, or *."
    )


def _check_that_it_fires(cron: Cron) -> None:
    longest = max(29 if month == 2 else calendar.monthrange(2000, month)[1] for month in cron.months)
    if min(cron.days) > longest and not cron.is_either_day:
        raise BadRequest(
            f"cron {cron.expression!r} never fires: its day of month is at least {min(cron.days)}, and its months have "
            f"at most {longest} days."
        )


def _stride(numbers: frozenset[int], field: _Field) -> int | None:
    """n when the numbers are every n-th of the field, evenly also from its end to its beginning."""
    evenly = len(field.numbers) // len(numbers) if len(field.numbers) % len(numbers) == 0 else None
    return evenly if evenly and len(numbers) > 1 and numbers == frozenset(field.numbers[::evenly]) else None


def _numbers(numbers: frozenset[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))


def _weekdays_in_words(weekdays: frozenset[int]) -> str:
    if weekdays == frozenset(range(1, 6)):
        return "on weekdays"
    if weekdays == frozenset((0, 6)):
        return "at weekends"
    return f"on {', '.join(_WEEKDAY.names[day].capitalize() for day in sorted(weekdays))}"
