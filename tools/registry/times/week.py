"""Days of the week and times of the day, as people write them."""

import re
from calendar import day_name
from collections.abc import Sequence
from enum import StrEnum
from typing import cast


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


DAY_SECONDS = 24 * 3600
WEEK = tuple(Weekday)
_WINDOW_LIKE = "write it like mon to fri 09:00 to 17:00, or as 09:00 to 17:00 for every day"
_DAYS_LIKE = 'write days like ["mon", "wed"], or as "mon to fri"'
_SEVERAL = {"weekdays": WEEK[:5], "workdays": WEEK[:5], "weekend": WEEK[5:], "daily": WEEK, "every day": WEEK}
_TIME_LIKE = "write it as a time of the day, such as 09:00"
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.0+)?)?)?\s?"
    r"(?:(?P<half>[ap])\.?m\.?|h|uhr|o['’]clock)?"
)
_FROM_TO = re.compile(r"\s*(?:-|–|\bto\b|\bthrough\b)\s*")


def days_in(value: object) -> object:
    """Days as people write them, such as `mon to fri` and `Monday, Wednesday`, one by one."""
    if isinstance(value, str):
        value = [part.strip() for part in re.split(r"[,;]|\band\b", value)]
    if not isinstance(value, list | tuple):
        raise ValueError(_DAYS_LIKE)
    return tuple(dict.fromkeys(day for part in cast("Sequence[object]", value) for day in _days_of(str(part).lower())))


def _days_of(word: str) -> Sequence[Weekday]:
    if word in _SEVERAL:
        return _SEVERAL[word]
    ends = [_day(part) for part in _FROM_TO.split(word.strip())]
    if len(ends) > 2:
        raise ValueError(_DAYS_LIKE)
    first, last = WEEK.index(ends[0]), WEEK.index(ends[-1])
    return [WEEK[(first + each) % 7] for each in range((last - first) % 7 + 1)]


def _day(word: str) -> Weekday:
    """`mon`, `monday` and what lies between."""
    days = [day for day in WEEK if len(word) >= 3 and day_name[WEEK.index(day)].lower().startswith(word)]
    if not days:
        raise ValueError(_DAYS_LIKE)
    return days[0]


def seconds_of_day(value: object) -> object:
    """`09:30`, `9`, `5 pm` or `17h` as seconds since midnight; `24:00` is the end of the day, and 9 is nine o'clock."""
    if isinstance(value, bool):
        raise ValueError(_TIME_LIKE)
    if isinstance(value, int | float):
        return int(value * 3600) if value <= 24 else value
    if not isinstance(value, str):
        return value
    match = _TIME.fullmatch(value.strip().lower())
    if match is None:
        is_zoned = re.search(r"\d(?:z|[+-]\d\d:?\d\d)$", value.strip().lower()) is not None
        raise ValueError("a time of the day has no zone of its own; timeZone says it" if is_zoned else _TIME_LIKE)
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if match["half"] and not 1 <= hour <= 12:
        raise ValueError(_TIME_LIKE)
    hour = hour % 12 + (12 if match["half"] == "p" else 0) if match["half"] else hour
    seconds = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or seconds > DAY_SECONDS:
        raise ValueError(_TIME_LIKE)
    return seconds


def window_in(text: str) -> dict[str, object]:
    """A window as people write it, such as `mon to fri 09:00 to 17:00`, as a template's config says it.

    Raises:
        ValueError: it can't be read, or is never open; the message says how it is written
    """
    days, hours = _split(text.strip())
    ends = _FROM_TO.split(hours)
    if len(ends) != 2:
        raise ValueError(_WINDOW_LIKE)
    begin, end = (_time(each) for each in ends)
    if begin >= end:
        raise ValueError(f"it is never open, for {ends_too_early(begin, end)}")
    return {"days": days_in(days.lower() or list(WEEK)), "from": begin, "to": end}


def ends_too_early(begin: int, end: int) -> str:
    """What is wrong with a window that ends when it begins, or before, and what to write.

    Args:
        begin: in seconds since midnight
        end: see `begin`
    """
    if begin == end:
        return "it ends when it begins; for the whole day write 00:00 to 24:00"
    return (
        f"it ends before it begins; a window lies within one day, so write {_clock(begin)} to 24:00, "
        f"00:00 to {_clock(end)}, or the earlier time first"
    )


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def _split(text: str) -> tuple[str, str]:
    match = re.search(r"\d", text)
    if match is None:
        raise ValueError(_WINDOW_LIKE)
    return text[: match.start()].strip(" ,"), text[match.start() :]


def _time(text: str) -> int:
    at = seconds_of_day(text if ":" in text else f"{text.strip():0>2}:00")
    if not isinstance(at, int):
        raise ValueError(_WINDOW_LIKE)
    return at
