"""Numbers, lengths of time and instants as people read them; the scripts say them in the same words."""

from datetime import UTC, datetime

from markupsafe import Markup

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
_STYLES = {
    "time": "%H:%M",
    "sec": "%H:%M:%S",
    "day": "%a %-d %b",
    "short": "%a %H:%M",
    "full": "%a %-d %b, %H:%M",
}
_DASH = Markup('<span class="faint">–</span>')


def number(value: float | None) -> str:
    """A count, with commas."""
    return "–" if value is None else f"{value:,}"


def number_of(count: int, noun: str, plural: str = "") -> str:
    """So many of something: 1 entry, 1,204 entries; the plural is the noun with an s where none is named."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def dollars(value: float | None, places: int | None = None) -> str:
    """An amount; small ones show more digits, and what nobody knows says so."""
    if value is None:
        return "unknown"
    shown = places if places is not None else 2 if value >= 1 or value == 0 else 4
    return f"${value:,.{shown}f}"


def cents(value: float) -> str:
    """An amount with two digits, whatever its size."""
    return dollars(value, 2)


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _under_a_minute(seconds)
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def _under_a_minute(seconds: float) -> str:
    if isinstance(seconds, int):
        # Runs are timed by the second.
        return f"{seconds} s" if seconds else "under 1 s"
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{round(seconds)} s"


def relative(instant: float, now: float) -> str:
    """How long ago something was, or how soon it will be."""
    seconds = now - instant
    for size, unit in _UNITS:
        if abs(seconds) >= size:
            count = f"{int(abs(seconds) // size)} {unit}"
            return f"{count} ago" if seconds > 0 else f"in {count}"
    return "just now" if seconds >= 0 else "in a moment"


def time_element(instant: float | None, now: float, style: str = "rel") -> Markup:
    """A `<time>`: in UTC until the browser says it in its own zone.

    Args:
        instant: Unix seconds
        now: what relative times count from
        style: rel, time, sec, day, short or full
    """
    if instant is None:
        return _DASH
    utc = datetime.fromtimestamp(instant, UTC)
    text = relative(instant, now) if style == "rel" else utc.strftime(_STYLES[style])
    exact = utc.strftime("%a %-d %b %Y, %H:%M:%S UTC")
    return Markup('<time datetime="{}" data-style="{}" title="{}">{}</time>').format(
        utc.isoformat(), style, exact, text
    )


def instant(text: str) -> int:
    """The Unix seconds of an instant in ISO 8601."""
    return int(datetime.fromisoformat(text).timestamp())


def initials(name: str) -> str:
    """The first letters of two words; of a word without a letter or digit, such as a picture, what it begins with."""
    return "".join(next(filter(str.isalnum, part), part[0]) for part in name.split()[:2]).upper()
