"""Cron expressions mean what crontab(5) says, in every time zone and on the days when clocks are changed."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.times.zones import zone_named
from onelane.tools.workflows.cron import PRESETS, parse
from tests.proof import FULL
from tests.wall_clocks import MINUTE, walked_instants

BERLIN = "Europe/Berlin"


def fired(cron: str, zone: str, start: str, count: int) -> list[str]:
    """What the clock of a zone shows at the first instants after it shows `start`."""
    where = ZoneInfo(zone)
    instant = datetime.fromisoformat(start).replace(tzinfo=where)
    shown: list[str] = []
    for _ in range(count):
        instant = parse(cron).after(instant, where)
        shown.append(instant.astimezone(where).strftime("%a %d %H:%M %z"))
    return shown


@pytest.mark.parametrize(
    ("zone", "cron", "start", "shown"),
    [
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-03-28 00:00",
            ["Sat 28 02:30 +0100", "Sun 29 03:00 +0200", "Mon 30 02:30 +0200"],
        ),
        (
            "America/New_York",
            "30 2 * * *",
            "2026-03-07 00:00",
            ["Sat 07 02:30 -0500", "Sun 08 03:00 -0400", "Mon 09 02:30 -0400"],
        ),
        (
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2026-10-03 00:00",
            ["Sat 03 02:15 +1030", "Sun 04 02:30 +1100", "Mon 05 02:15 +1100"],
        ),
        (
            "Africa/Casablanca",
            "30 2 * * *",
            "2026-03-21 00:00",
            ["Sat 21 02:30 +0000", "Sun 22 03:00 +0100", "Mon 23 02:30 +0100"],
        ),
        (
            "America/Santiago",
            "0 0 * * *",
            "2026-09-05 12:00",
            ["Sun 06 01:00 -0300", "Mon 07 00:00 -0300"],
        ),
        ("Pacific/Apia", "0 9 * * *", "2011-12-29 12:00", ["Sat 31 00:00 +1400", "Sat 31 09:00 +1400"]),
        ("Asia/Kolkata", "30 2 * * *", "2026-03-28 00:00", ["Sat 28 02:30 +0530", "Sun 29 02:30 +0530"]),
    ],
)
def test_a_time_that_the_clocks_skip_fires_at_the_first_instant_after_the_gap(
    zone: str, cron: str, start: str, shown: list[str]
) -> None:
    assert fired(cron, zone, start, len(shown)) == shown


@pytest.mark.parametrize(
    ("zone", "cron", "start", "shown"),
    [
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-10-24 00:00",
            ["Sat 24 02:30 +0200", "Sun 25 02:30 +0200", "Mon 26 02:30 +0100"],
        ),
        (
            "America/New_York",
            "30 1 * * *",
            "2026-10-31 00:00",
            ["Sat 31 01:30 -0400", "Sun 01 01:30 -0400", "Mon 02 01:30 -0500"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2026-04-04 00:00",
            ["Sat 04 01:45 +1100", "Sun 05 01:45 +1100", "Mon 06 01:45 +1030"],
        ),
        (
            "Africa/Casablanca",
            "30 2 * * *",
            "2026-02-14 00:00",
            ["Sat 14 02:30 +0100", "Sun 15 02:30 +0100", "Mon 16 02:30 +0000"],
        ),
    ],
)
def test_a_time_that_the_clocks_show_twice_fires_the_first_time(
    zone: str, cron: str, start: str, shown: list[str]
) -> None:
    assert fired(cron, zone, start, len(shown)) == shown


def test_an_hourly_schedule_fires_in_the_repeated_hour_too() -> None:
    assert fired("0 * * * *", BERLIN, "2026-10-25 01:00", 3) == [
        "Sun 25 02:00 +0200",
        "Sun 25 02:00 +0100",
        "Sun 25 03:00 +0100",
    ]
    assert fired("*/15 * * * *", "Australia/Lord_Howe", "2026-04-05 01:30", 4) == [
        "Sun 05 01:45 +1100",
        "Sun 05 01:30 +1030",
        "Sun 05 01:45 +1030",
        "Sun 05 02:00 +1030",
    ]


def test_a_schedule_read_in_the_middle_of_a_repeated_hour_goes_on_after_it() -> None:
    zone = ZoneInfo(BERLIN)
    again = datetime(2026, 10, 25, 2, 10, tzinfo=zone, fold=1)
    assert parse("30 2 * * *").after(again, zone) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert parse("30 * * * *").after(again, zone) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_instant_is_not_missed_by_whoever_looks_a_moment_before_it() -> None:
    nine, moment = datetime(2026, 11, 3, 9, tzinfo=UTC), timedelta(milliseconds=1)
    daily, zone = parse("daily"), ZoneInfo("UTC")
    assert daily.after(nine - moment, zone) == nine
    assert daily.after(nine, zone) == daily.after(nine + moment, zone) == nine + timedelta(days=1)


ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "UTC",
)


EVERY_ZONE = sorted(available_timezones())
FIRST_DAY, DAYS = datetime(2000, 1, 1, tzinfo=UTC), 40 * 365


def change_of_clocks(zone: ZoneInfo, start: datetime) -> datetime:
    """The first instant after `start` at which the clocks of a zone are changed; `start` when a year brings none."""

    def shown(instant: datetime) -> timedelta | None:
        return instant.astimezone(zone).utcoffset()

    days = (start + timedelta(days=day) for day in range(366))
    for before, after in pairwise(days):
        if shown(before) != shown(after):
            minutes = range(24 * 60)
            changed = bisect_left(minutes, True, key=lambda minute: shown(before + minute * MINUTE) != shown(before))
            return before + changed * MINUTE
    return start


def field(lowest: int, highest: int) -> st.SearchStrategy[str]:
    numbers = st.integers(lowest, highest)
    ranges = st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.integers(1, highest - lowest).map(lambda step: f"*/{step}")
    lists = st.lists(st.one_of(numbers.map(str), ranges), min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), steps, lists)


MONTHS = st.one_of(st.just("*"), field(1, 12))
CRONS = st.tuples(field(0, 59), field(0, 23), field(1, 28), MONTHS, field(0, 7)).map(" ".join)


@given(
    zone=st.one_of(st.sampled_from(ZONES), st.sampled_from(EVERY_ZONE)).map(ZoneInfo),
    day=st.integers(0, DAYS).map(lambda day: FIRST_DAY + timedelta(days=day)),
    minutes_before=st.integers(0, 12 * 60),
    cron=CRONS,
)
@settings(max_examples=3_000 if FULL else 60, deadline=None)
def test_the_instants_around_a_change_of_clocks_are_those_that_walking_through_time_finds(
    zone: ZoneInfo, day: datetime, minutes_before: int, cron: str
) -> None:
    start = change_of_clocks(zone, day) - timedelta(minutes=minutes_before)
    end = start + timedelta(hours=18)
    expected = walked_instants(cron, zone, start, end)

    read = parse(cron)
    found: list[datetime] = []
    instant = start
    while (instant := read.after(instant, zone)) <= end:
        found.append(instant)
    assert found == expected
    if found:
        assert read.latest(zone, since=found[0], until=end) == found[-1]


@pytest.mark.parametrize(
    ("cron", "shown"),
    [
        ("0 9 * * 0", "Sun 08 09:00 +0100"),
        ("0 9 * * 7", "Sun 08 09:00 +0100"),
        ("0 9 * * 1", "Mon 09 09:00 +0100"),
        ("0 9 * * 6-7", "Sat 07 09:00 +0100"),
        ("0 9 * * fri-sun", "Fri 06 09:00 +0100"),
        ("0 9 * * MON-FRI", "Tue 03 09:00 +0100"),
        ("0 9 * nov tue", "Tue 03 09:00 +0100"),
        # Both days are restricted: the 13th, or any Friday, whichever comes first.
        ("0 9 13 * 5", "Fri 06 09:00 +0100"),
        ("0 9 4 * 5", "Wed 04 09:00 +0100"),
        ("5/20 9 * * *", "Tue 03 09:05 +0100"),
        ("weekdays", "Tue 03 09:00 +0100"),
        ("Weekly", "Mon 09 09:00 +0100"),
        ("monthly", "Tue 01 09:00 +0100"),
        ("hourly", "Mon 02 13:00 +0100"),
    ],
)
def test_fields_mean_what_crontab_says(cron: str, shown: str) -> None:
    assert fired(cron, BERLIN, "2026-11-02 12:00", 1) == [shown]


def test_a_leap_day_waits_for_its_year() -> None:
    assert fired("0 0 29 2 *", "UTC", "2026-11-02 12:00", 1) == ["Tue 29 00:00 +0000"]


@pytest.mark.parametrize(
    ("cron", "complaint"),
    [
        ("61 * * * *", "The minute of cron can't be '61'. It takes 0 to 59"),
        ("0 24 * * *", "The hour of cron can't be '24'. It takes 0 to 23"),
        ("0 0 0 * *", "The day of month of cron can't be '0'. It takes 1 to 31"),
        ("0 0 1 13 *", "The month of cron can't be '13'. It takes 1 to 12 or jan to dec"),
        ("0 0 * * 8", "The day of week of cron can't be '8'. It takes 0 to 7 or sun to sat"),
        ("0 0 * * monday", "The day of week of cron can't be 'monday'"),
        ("0 0 * * mon1", "The day of week of cron can't be 'mon1'"),
        ("0 0 L * *", "The day of month of cron can't be 'l'"),
        ("0 0 ? * 2", r"The day of month of cron can't be '\?'"),
        ("0 sun * * *", "The hour of cron can't be 'sun'"),
        ("*/0 * * * *", r"The minute of cron can't be '\*/0' \(its step is out of range\)"),
        ("*/75 * * * *", r"The minute of cron can't be '\*/75' \(its step is out of range\)"),
        ("0 22-2 * * *", r"The hour of cron can't be '22-2' \(it ends before it begins"),
        ("1,,2 * * * *", "The minute of cron can't be ''"),
        ("０ 9 * * *", "The minute of cron can't be '０'"),
        ("0 9 * *", "must have five fields"),
        ("0 0 9 * * *", "must have five fields"),
        ("@daily", "must have five fields .* or be one of hourly, daily, weekdays, weekly, monthly"),
        ("", "must have five fields"),
        ("x" * 100_000, "must have five fields"),
    ],
)
def test_a_wrong_expression_says_which_field_is_wrong(cron: str, complaint: str) -> None:
    with pytest.raises(BadRequest, match=complaint) as refusal:
        parse(cron)
    assert len(refusal.value.message) < 300


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30-31 feb */2"])
def test_an_expression_that_never_fires_is_refused(cron: str) -> None:
    with pytest.raises(BadRequest, match="never fires"):
        parse(cron)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("hourly", "every hour at :00"),
        ("daily", "at 09:00 every day"),
        ("weekdays", "at 09:00 on weekdays"),
        ("weekly", "at 09:00 on Mon"),
        ("monthly", "at 09:00 on day 1 of the month"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/15 * * * sat,sun", "every 15 minutes at weekends"),
        ("30 */2 * * *", "every 2 hours at :30"),
        ("0,30 9,17 * * 1,3", "at 09:00, 09:30, 17:00, 17:30 on Mon, Wed"),
        ("0 9 13 * 5", "at 09:00 on day 13 of the month or on Fri"),
        ("0 9 1-31 * 5", "at 09:00 every day"),
        ("0 9 */31 * mon", "at 09:00 on day 1 of the month, when it falls on Mon"),
        ("0 9 1 1,7 *", "at 09:00 on day 1 of the month in Jan, Jul"),
        ("*/7 9-17 * * *", "at the times of cron '*/7 9-17 * * *' every day"),
    ],
)
def test_an_expression_is_told_as_a_person_says_it(cron: str, words: str) -> None:
    assert parse(cron).in_words() == words


def test_a_preset_is_kept_as_the_expression_that_it_stands_for() -> None:
    assert {name: parse(name).expression for name in PRESETS} == dict(PRESETS)
    assert parse("  0   9 * *   MON ").expression == "0 9 * * mon"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Europe/Berln", "'Europe/Berlin'"),
        ("europe/berlin", "'Europe/Berlin'"),
        ("Berlin", "'Europe/Berlin'"),
        ("New York", "'America/New_York'"),
        ("right/Europe/Berlin", "'Europe/Berlin'"),
        ("CEST", "Use an IANA name, such as 'Europe/Berlin' or 'UTC'"),
        ("../../etc/passwd", "Use an IANA name"),
        ("", "Use an IANA name"),
    ],
)
def test_a_zone_that_does_not_exist_gets_the_nearest_name(name: str, nearest: str) -> None:
    with pytest.raises(BadRequest, match=nearest):
        zone_named(name)
