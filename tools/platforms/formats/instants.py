"""Parses the timestamps of exports.

Each function gives an aware UTC datetime, or None for what it can't read.
"""

import re
from datetime import UTC, datetime

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})[ -](?P<month>[A-Za-z]{3})[a-z]*[ -](?P<year>[0-9]{4}|[0-9]{2})")
_MONTH_FIRST = re.compile(r"(?P<month>[A-Za-z]{3})[a-z]* (?P<day>[0-9]{1,2}), (?P<year>[0-9]{4})")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


def iso_instant(text: str) -> datetime | None:
    """`2024-01-15T10:00:00.000Z`, `2026-08-01 10:00:00 UTC`, `2013-01-15 10:00:00 +0000` or a bare date."""
    text = text.strip().removesuffix(" UTC")
    if text[-6:-4] in {" +", " -"}:  # fromisoformat wants no space before the offset
        text = text[:-6] + text[-5:]
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def written_day(text: str) -> datetime | None:
    """`15 Mar 2023` (LinkedIn), `15-Mar-23` (a spreadsheet), `Mar 15, 2023`, or ISO. Other languages give None."""
    found = _DAY_FIRST.fullmatch(text.strip()) or _MONTH_FIRST.fullmatch(text.strip())
    if found is None:
        return iso_instant(text)
    year = int(found["year"])
    try:
        return datetime(
            year if year > 99 else 2000 + year, _MONTHS[found["month"].lower()], int(found["day"]), tzinfo=UTC
        )
    except (ValueError, KeyError):
        return None


def us_instant(text: str) -> datetime | None:
    """`7/8/26, 3:43 PM`: month first, as LinkedIn writes when an invitation was sent."""
    for form in ("%m/%d/%y, %I:%M %p", "%m/%d/%Y, %I:%M %p"):
        try:
            # LinkedIn's narrow no-break space before PM is a space to strptime only after this.
            return datetime.strptime(" ".join(text.split()), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return iso_instant(text)


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


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
