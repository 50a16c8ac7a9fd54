"""Days and times as people write them."""

import pytest

from onelane.tools.registry.times.week import DAY_SECONDS, WEEK, days_in, window_in

HOUR = 3600


@pytest.mark.parametrize(
    ("text", "days", "begin", "end"),
    [
        ("mon to fri 09:00 to 17:00", WEEK[:5], 9 * HOUR, 17 * HOUR),
        ("weekdays 9 - 17", WEEK[:5], 9 * HOUR, 17 * HOUR),
        ("Monday, Wednesday 08:30-12", (WEEK[0], WEEK[2]), 8.5 * HOUR, 12 * HOUR),
        ("10:00 to 24:00", WEEK, 10 * HOUR, DAY_SECONDS),
    ],
)
def test_a_window_is_read_as_people_write_it(text: str, days: object, begin: float, end: float) -> None:
    found = window_in(text)
    assert (days_in(found["days"]), found["from"], found["to"]) == (days, begin, end)


@pytest.mark.parametrize(
    "text", ["", "always", "mon to fri", "17:00 to 09:00", "someday 9 to 17", "9 to 17 to 18", "9"]
)
def test_a_window_that_says_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|never open"):
        window_in(text)


def test_a_window_over_midnight_is_refused_with_what_to_write() -> None:
    with pytest.raises(
        ValueError, match="lies within one day, so write 22:00 to 24:00, 00:00 to 02:30, or the earlier"
    ):
        window_in("22:00 to 02:30")
    with pytest.raises(ValueError, match="for the whole day write 00:00 to 24:00"):
        window_in("09:00 to 09:00")
