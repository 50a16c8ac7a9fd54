"""A local calendar: when something may go where a person lives (docs/sequences.md, "When a step is due")."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from onelane.tools.outreach.planning.words import ZoneSource
from onelane.tools.outreach.template.template_config import Window
from onelane.tools.registry.times.zones import change_between, instants_of, zone_names

_SECOND = timedelta(seconds=1)
_PROBE = timedelta(hours=3)
_PROBES = 16
_FARTHEST = timedelta(days=800)
_WHOLE_DAYS = Window()


def is_no_holiday(day: date) -> bool:
    """No day is a holiday."""
    return False


@dataclass(frozen=True)
class LocalCalendar:
    """The calendar where a person lives.

    Args:
        zone_name: the time zone
        zone_from: whose it is
        window: when something may go; None for always
        is_holiday: the days on which nothing goes
    """

    zone_name: str
    zone_from: ZoneSource
    window: Window | None = None
    is_holiday: Callable[[date], bool] = is_no_holiday

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.zone_name)

    def local(self, at: datetime) -> datetime:
        """What clocks show there."""
        return at.astimezone(self.zone)

    def is_open(self, at: datetime) -> bool:
        """Whether something may go at this instant."""
        return self.first_open(at) == at

    def first_open(self, at: datetime) -> datetime | None:
        """The first instant from then on at which something may go; None when there is none in two years."""
        if self.window is None and self.is_holiday is is_no_holiday:
            return at
        if at.microsecond and self.is_open(at.replace(microsecond=0)):
            # Windows are of whole seconds: what is open at the beginning of one is so until the next.
            return at
        return self._open_from(_whole(at))

    def _open_from(self, begin: datetime) -> datetime | None:
        now, end = begin, begin + _FARTHEST
        while now < end:
            offset, until = self._same_offset(now)
            wall = (now + offset).replace(tzinfo=None)
            open_wall = self._open_wall(wall, (until + offset).replace(tzinfo=None))
            if open_wall is not None:
                return now + (open_wall - wall)
            now = until
        return None

    def after_days(self, at: datetime, days: int) -> datetime:
        """So many days later, when clocks show the same time; the first instant behind a gap, the first of two."""
        if not days:
            return at
        return self.at_local(self._wall(at) + timedelta(days=days))

    def after_business_days(self, at: datetime, days: int) -> datetime:
        """So many working days later, when clocks show the same time."""
        wall, days_left = self._wall(at), days
        for _ in range(days * 10 + 400):
            if not days_left:
                break
            wall += timedelta(days=1)
            days_left -= wall.weekday() < 5 and not self.is_holiday(wall.date())
        return at if not days else self.at_local(wall)

    def at_local(self, wall: datetime) -> datetime:
        """The first instant at which clocks show this time, or the first behind the gap that it lies in."""
        return instants_of(wall, self.zone)[0]

    def _wall(self, at: datetime) -> datetime:
        return _whole(at).astimezone(self.zone).replace(tzinfo=None)

    def _same_offset(self, at: datetime) -> tuple[timedelta, datetime]:
        """How far clocks there are ahead of UTC, and until when that is so for sure."""
        offset = at.astimezone(self.zone).utcoffset() or timedelta()
        before = at
        for _ in range(_PROBES):
            after = before + _PROBE
            if after.astimezone(self.zone).utcoffset() != offset:
                return offset, change_between(before, after, self.zone)
            before = after
        return offset, before

    def _open_wall(self, wall: datetime, end: datetime) -> datetime | None:
        window = self.window or _WHOLE_DAYS
        day = wall.date()
        while day <= end.date():
            if day.weekday() in window.weekdays and not self.is_holiday(day):
                midnight = datetime.combine(day, datetime.min.time())
                opens = max(wall, midnight + timedelta(seconds=window.start))
                if opens < midnight + timedelta(seconds=window.end):
                    return opens if opens < end else None
            day += timedelta(days=1)
        return None


def zone_of(
    *, contact: str | None, template: str | None, account: str | None, workspace: str | None
) -> tuple[str, ZoneSource]:
    """The time zone that counts for a person, and whose it is; a name that there is not is passed by."""
    by_source = {
        ZoneSource.CONTACT: contact,
        ZoneSource.TEMPLATE: template,
        ZoneSource.ACCOUNT: account,
        ZoneSource.WORKSPACE: workspace,
    }
    names = zone_names()
    return next(
        ((name, source) for source, name in by_source.items() if name and name in names), ("UTC", ZoneSource.UTC)
    )


def _whole(at: datetime) -> datetime:
    """In whole seconds, never earlier, and in UTC."""
    whole = at.astimezone(UTC)
    return whole.replace(microsecond=0) + _SECOND if whole.microsecond else whole
