"""The ways in which exports write a moment.

Each function gives an aware UTC datetime, or None for what it can't read.
"""

from datetime import UTC, datetime

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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
    """`15 Mar 2023` (LinkedIn), `Mar 15, 2023`, or an ISO date. Months in other languages give None."""
    words = text.replace(",", " ").split()
    if len(words) != 3:
        return iso_instant(text) if len(words) == 1 else None
    day, month = (words[1], words[0]) if words[1][:1].isdecimal() else (words[0], words[1])
    try:
        return datetime(int(words[2]), _MONTHS[month[:3].lower()], int(day), tzinfo=UTC)
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
