"""The local calendar, over all zones of zoneinfo and both edges of every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.tools.outreach.planning.local_calendar import LocalCalendar, ZoneSource, zone_of
from onelane.tools.outreach.template.template_config import Window
from tests.proof import FULL

ZONES = sorted(available_timezones())
ODD_ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kwajalein",
    "Africa/Casablanca", "Asia/Tehran", "America/St_Johns", "Asia/Kathmandu", "Antarctica/Troll",
    "Africa/El_Aaiun", "Pacific/Chatham",
]  # fmt: skip
START, END = datetime(1990, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@st.composite
def windows(draw: st.DrawFn) -> Window:
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
    start = draw(st.integers(0, 24 * 3600 - 1))
    return Window.model_validate({"days": days, "from": start, "to": draw(st.integers(start + 1, 24 * 3600))})


def instants() -> st.SearchStrategy[datetime]:
    seconds = int((END - START).total_seconds())
    return st.integers(0, seconds).map(lambda second: START + timedelta(seconds=second))


def near_changes(zone: str) -> list[datetime]:
    """Instants around the changes of a zone's clocks, and around new year and leap days."""
    place = ZoneInfo(zone)
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(0, 24 * 366, 1)]
    offsets = [at.astimezone(place).utcoffset() for at in hours]
    changes = [hours[n + 1] for n, (before, after) in enumerate(pairwise(offsets)) if before != after]
    edges = [datetime(2027, 12, 31, 22, tzinfo=UTC), datetime(2028, 2, 28, 22, tzinfo=UTC)]
    return [at + timedelta(minutes=minutes) for at in (*changes, *edges) for minutes in (-90, -30, -1, 0, 1, 30, 90)]


def walls_open(calendar: LocalCalendar, at: datetime) -> bool:
    """Whether a window is open by what the clocks show; said once more, as simply as can be."""
    wall, window = calendar.local(at), calendar.window
    assert window is not None
    second = wall.hour * 3600 + wall.minute * 60 + wall.second
    return wall.weekday() in window.weekdays and window.start <= second < window.end


@settings(max_examples=150 if FULL else 40, deadline=None)
@given(st.sampled_from(ZONES), instants(), windows())
def test_nothing_goes_outside_the_window_or_before_its_time(zone: str, at: datetime, window: Window) -> None:
    calendar = LocalCalendar(zone, ZoneSource.CONTACT, window)
    found = calendar.first_open(at)
    if found is not None:
        assert found >= at
        assert walls_open(calendar, found)
        assert calendar.is_open(found)


@settings(max_examples=100 if FULL else 40, deadline=None)
@given(st.sampled_from(ZONES), instants(), st.integers(0, 4 * 24 * 3600), windows())
def test_who_comes_later_goes_no_earlier(zone: str, at: datetime, seconds: int, window: Window) -> None:
    calendar = LocalCalendar(zone, ZoneSource.CONTACT, window)
    first, second = calendar.first_open(at), calendar.first_open(at + timedelta(seconds=seconds))
    if first is not None and second is not None:
        assert first <= second


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_no_open_minute_is_passed_by_when_the_clocks_change(zone: str) -> None:
    window = Window.model_validate({"from": "01:15", "to": "03:10"})
    calendar = LocalCalendar(zone, ZoneSource.CONTACT, window)
    for at in near_changes(zone):
        found = calendar.first_open(at)
        assert found is not None
        minutes = int((found - at).total_seconds() // 60)
        passed = [at + timedelta(minutes=minute) for minute in range(minutes)]
        assert not any(walls_open(calendar, each) for each in passed), (zone, at)


@settings(max_examples=150 if FULL else 40, deadline=None)
@given(st.sampled_from(ZONES), instants(), st.integers(1, 400))
def test_days_keep_the_local_time_and_are_never_shorter_than_said(zone: str, at: datetime, days: int) -> None:
    calendar = LocalCalendar(zone, ZoneSource.CONTACT)
    found = calendar.after_days(at, days)
    wall = calendar.local(at).replace(tzinfo=None) + timedelta(days=days)
    shown = calendar.local(found).replace(tzinfo=None)
    # In a gap it is the first instant behind it; of two it is the first.
    assert shown == wall or (shown > wall and calendar.local(found - timedelta(seconds=1)).replace(tzinfo=None) < wall)
    assert found - at >= timedelta(days=days) - timedelta(hours=26)
    assert found > at


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_that_is_not_there_is_the_first_behind_the_gap_and_one_that_is_there_twice_the_first(
    zone: str, wall: str, expected: str
) -> None:
    found = LocalCalendar(zone, ZoneSource.CONTACT).at_local(datetime.fromisoformat(wall))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_business_days_leave_out_weekends_and_holidays() -> None:
    def is_holiday(day: date) -> bool:
        return day == date(2026, 11, 9)

    calendar = LocalCalendar("Europe/Berlin", ZoneSource.CONTACT, None, is_holiday)
    friday = datetime(2026, 11, 6, 8, tzinfo=UTC)
    assert calendar.after_business_days(friday, 1) == datetime(2026, 11, 10, 8, tzinfo=UTC)
    assert calendar.first_open(datetime(2026, 11, 9, 8, tzinfo=UTC)) == datetime(2026, 11, 9, 23, tzinfo=UTC)


def test_a_calendar_of_holidays_only_never_opens_and_never_loops() -> None:
    calendar = LocalCalendar("UTC", ZoneSource.UTC, None, lambda day: True)
    assert calendar.first_open(START) is None
    assert calendar.after_business_days(START, 3) > START


def test_a_zone_that_there_is_not_is_passed_by() -> None:
    assert zone_of(contact="Mars/Base", template=None, account="Asia/Tokyo", workspace="Europe/Berlin") == (
        "Asia/Tokyo",
        ZoneSource.ACCOUNT,
    )
    assert zone_of(contact="", template=None, account=None, workspace=None) == ("UTC", ZoneSource.UTC)


def test_a_window_is_open_in_the_middle_of_a_second() -> None:
    nine = datetime(2026, 11, 2, 9, tzinfo=UTC)
    within, before = nine + timedelta(milliseconds=500), nine - timedelta(milliseconds=500)
    calendar = LocalCalendar("UTC", ZoneSource.UTC, Window.model_validate({"from": "09:00", "to": "09:30"}))
    assert (calendar.first_open(within), calendar.first_open(before)) == (within, nine)
    assert calendar.first_open(nine + timedelta(minutes=29, seconds=59.5)) == nine + timedelta(minutes=29, seconds=59.5)
    assert LocalCalendar("UTC", ZoneSource.UTC).first_open(within) == within
