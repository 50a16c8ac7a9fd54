"""What a person says for when something shall run, as the cron expression that means it."""

import re

_DAYS = {
    "monday": "mon",
    "tuesday": "tue",
    "wednesday": "wed",
    "thursday": "thu",
    "friday": "fri",
    "saturday": "sat",
    "sunday": "sun",
    "weekday": "mon-fri",
    "workday": "mon-fri",
    "weekend": "sat,sun",
}
_DAY = re.compile(r"\b(mon(?!th)|tue|wed|thu|fri|sat|sun|weekday|workday|weekend)[a-z]*", re.IGNORECASE)
_TIME = re.compile(r"\b(?:at\s+)?([01]?\d|2[0-4])(?:[:.h]([0-5]\d))?\s*(am|pm|o'clock|h\b)?(?!\d)", re.IGNORECASE)
_EVERY = re.compile(r"\bevery\s+(\d{1,2}|other|second)\s*(min|hour|day|week|month)[a-z]*", re.IGNORECASE)
_ONCE = re.compile(r"(in (an? |\d)|today|tonight|tomorrow|next |once |now$|\d{4}-\d\d)", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b|\bday\s+(\d{1,2})\b", re.IGNORECASE)
_USUAL_HOUR = 9
_LONGEST = 100


def cron_of_words(words: str) -> str | None:
    """The cron expression that these words mean most likely; None where they say no rhythm.

    Args:
        words: such as `every Monday at 8`
    """
    text = words.lower().strip()
    if " " not in text or not text[0].isalpha() or len(text) > _LONGEST:
        return None
    rhythm_match = _EVERY.search(text.replace("fortnight", "every 2 weeks"))
    if rhythm_match is not None:
        count = int(rhythm_match[1]) if rhythm_match[1].isdecimal() else 2
        return _by_interval(count, rhythm_match[2], text.replace(rhythm_match[0], " "))
    return "0 * * * *" if "hour" in text else _by_day(text)


def _by_day(text: str) -> str | None:
    """The rhythm of words that name days, or how often a day is meant."""
    ordinal = _ORDINAL.search(text)
    minute, hour = _time_in(text if ordinal is None else text.replace(ordinal[0], " "))
    if ordinal is not None and 1 <= (day := int(ordinal[1] or ordinal[2])) <= 31:
        return f"{minute} {hour} {day} * *"
    days = list(dict.fromkeys(_day_of(match[1]) for match in _DAY.finditer(text)))
    if days:
        return f"{minute} {hour} * * {','.join(days)}"
    if "month" in text:
        return f"{minute} {hour} 1 * *"
    if "week" in text:
        return f"{minute} {hour} * * mon"
    is_daily = any(word in text for word in ("day", "daily", "morning", "evening", "night"))
    return f"{minute} {hour} * * *" if is_daily else None


def is_once(words: str) -> bool:
    """Whether these words say an instant and no rhythm, such as `tomorrow at 9`."""
    return _ONCE.match(words.strip()) is not None


def _by_interval(count: int, unit: str, more: str) -> str | None:
    """The rhythm that is, or comes nearest: cron counts within a day, a month and a year and knows no second week."""
    minute, hour = _time_in(more)
    rhythms = {
        "min": (60, f"*/{count} * * * *"),
        "hour": (24, f"0 */{count} * * *"),
        "day": (32, f"{minute} {hour} */{count} * *"),
        "week": (3, f"{minute} {hour} {'1,15' if count == 2 else '*'} * {'*' if count == 2 else 'mon'}"),
        "month": (13, f"{minute} {hour} 1 */{count} *"),
    }
    end, cron = rhythms[unit]
    return cron if 1 <= count < end else None


def _day_of(beginning: str) -> str:
    return next(short for name, short in _DAYS.items() if name.startswith(beginning.lower()))


def _time_in(text: str) -> tuple[int, int]:
    """Minute and hour; nine in the morning where nothing is said, six in the evening for an evening."""
    match = _TIME.search(text)
    if match is None:
        return 0, 18 if "evening" in text or "night" in text else _USUAL_HOUR
    hour, minute, half = int(match[1]) % 24, int(match[2] or 0), (match[3] or "").lower()
    if half == "pm" and hour < 12:
        return minute, hour + 12
    return minute, 0 if half == "am" and hour == 12 else hour
