"""Parses the timestamps of exports.

Each function gives an aware UTC datetime, or None for what it can't read or what can be read in two ways.
"""

import re
from datetime import UTC, datetime, timedelta

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
# LinkedIn's own form, which nearly every row has.
_LINKEDIN_DAY = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})")
_FIRST_YEAR = 1900
_BUDDHIST_YEARS = range(2443, 2700)
"""As Thailand counts them."""
_TIME = re.compile(
    r"(?P<date>.*\S)(?:[ ,]\s*|(?<=\d)T)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?(?:\s*(?:UTC|GMT|Z))?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d{1,12}))?")
_SERIALS = range(20_000, 80_000)
"""A spreadsheet's number of a day, from 1954 on; it counts from the end of 1899."""
_SERIAL_START = datetime(1899, 12, 30, tzinfo=UTC)
_NUMBERS = re.compile(r"(\d{1,4})( ?[./年년-] ?)(\d{1,2})( ?[./月월-] ?)(\d{1,4})(?: ?[.日일]| ?г\.?)?")
_TOKENS = re.compile(r"(\d+)|[^\W\d_][^\s\d,/'’_-]*")
_VIETNAMESE = re.compile(r"(\d{1,2}) (?:tháng|thg) (\d{1,2}),? (?:năm )?(\d{4})", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|re|ª|º)\b", re.IGNORECASE)
_BETWEEN = frozenset({"de", "del", "d", "of", "den", "г", "р", "года", "року", "m"})
"""Small words between the parts of a day: `15 de marzo de 2023`, `15 марта 2023 г.`."""


def iso_instant(text: str) -> datetime | None:
    """`2024-01-15T10:00:00.000Z`, `2026-08-01 10:00:00 UTC`, `2013-01-15 10:00:00 +0000` or a bare date."""
    text = text.strip().removesuffix(" UTC")
    if text[-6:-4] in {" +", " -"}:  # fromisoformat wants no space before the offset
        text = text[:-6] + text[-5:]
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def header_instant(text: str) -> datetime | None:
    """The instant in a header of HTTP or of a mail, in any form that RFC 5322 and its forerunners have."""
    from email.utils import parsedate_to_datetime

    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def written_instant(text: str) -> datetime | None:
    """A day, with a time or without, as platforms, spreadsheets and people write it.

    ISO, `15 Mar 2023` (LinkedIn), `15-Mar-23`, `Mar 15, 2023`, `15. März 2023`, `15.03.2023`, `3/15/2023`,
    `2023/03/15`, `2023年3月15日` and a spreadsheet's `45000`. A day that can be read in two ways is None: `03/04/2023`.
    """
    if (plain := _LINKEDIN_DAY.fullmatch(text)) and (month := _MONTHS.get(plain[2].lower())):
        return _day(int(plain[3]), month, int(plain[1]))
    text = " ".join(text.split())
    if not text or len(text) > 60:
        return None
    if instant := iso_instant(text):
        return instant if instant.year >= _FIRST_YEAR else None
    time_match = _TIME.fullmatch(text)
    day = _written_day((time_match["date"] if time_match else text).rstrip(","))
    return _at_time(day, time_match) if day and time_match else day


def us_instant(text: str) -> datetime | None:
    """`7/8/26, 3:43 PM`: month first, as LinkedIn writes when an invitation was sent."""
    for form in ("%m/%d/%y, %I:%M %p", "%m/%d/%Y, %I:%M %p") if text.rstrip()[-1:] in {"M", "m"} else ():
        try:
            # LinkedIn's narrow no-break space before PM is a space to strptime only after this.
            return datetime.strptime(" ".join(text.split()), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return written_instant(text)


def x_instant(text: str) -> datetime | None:
    """`Mon Aug 03 10:00:00 +0000 2026` (X, and the separators of mbox files), else ISO."""
    words = text.split()
    if len(words) not in {5, 6}:
        return iso_instant(text)
    offset = words[4] if len(words) == 6 else "+0000"
    try:
        month = _MONTHS[words[1].lower()]
        return _in_utc(datetime.fromisoformat(f"{words[-1]}-{month:02}-{int(words[2]):02}T{words[3]}{offset}"))
    except (ValueError, KeyError, OverflowError):
        return None


def _written_day(text: str) -> datetime | None:
    if serial := _SERIAL.fullmatch(text):
        part = float(f"0.{serial[2] or 0}")
        return _SERIAL_START + timedelta(days=int(serial[1]) + part) if int(serial[1]) in _SERIALS else None
    if numbers := _NUMBERS.fullmatch(text):
        return _day_of_numbers(*numbers.groups())
    if vietnamese := _VIETNAMESE.fullmatch(text):
        day, month, year = map(int, vietnamese.groups())
        return _day(year, month, day)
    return _day_with_a_word(_ORDINAL.sub("", text))


def _day_of_numbers(first: str, joint: str, second: str, other_joint: str, third: str) -> datetime | None:
    """Year first is sure, and so is day first between dots; else the day is told by being more than 12."""
    one, two, three = int(first), int(second), int(third)
    if len(first) == 4:
        return _day(one, two, three) if len(third) <= 2 else None
    if len(first) > 2 or len(third) not in {2, 4} or joint.strip() != other_joint.strip():
        return None
    if joint == ".":
        return _day(_whole_year(third), two, one)
    if joint.strip() == "." and len(third) == 4:
        return _day(three, two, one)
    if two > 12 >= one or one == two:
        return _day(_whole_year(third), one, two)
    # With two digits of a year, the first number may be the year.
    return _day(three, two, one) if one > 12 >= two and len(third) == 4 else None


def _day_with_a_word(text: str) -> datetime | None:
    # Imported here, since nearly all rows do without.
    from onelane.tools.platforms.formats.months import is_weekday, month_of

    tokens = [(match[0].replace(".", ""), match[1] is not None) for match in _TOKENS.finditer(text)]
    parts = [(token, is_number) for token, is_number in tokens if is_number or token.lower() not in _BETWEEN]
    if len(parts) == 4 and is_weekday(parts[0][0]):
        del parts[0]
    if [is_number for _, is_number in parts].count(True) != 2 or len(parts) != 3:
        return None
    place = next(place for place, (_, is_number) in enumerate(parts) if not is_number)
    month = month_of(parts[place][0])
    first, last = (token for token, is_number in parts if is_number)
    if month is None:
        return None
    if len(first) == 4 and len(last) <= 2:
        return _day(int(first), month, int(last))
    return _day(_whole_year(last), month, int(first)) if len(first) <= 2 and len(last) in {2, 4} else None


def _whole_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _day(year: int, month: int, day: int) -> datetime | None:
    if year in _BUDDHIST_YEARS:
        year -= 543
    try:
        return datetime(year, month, day, tzinfo=UTC) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


def _at_time(day: datetime, time: re.Match[str]) -> datetime | None:
    hour, half = int(time["hour"]), (time["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return day.replace(hour=hour, minute=int(time["minute"]), second=int(time["second"] or 0))
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
