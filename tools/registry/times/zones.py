"""Time zones: their names, and which instants a time on the clock stands for.

See docs/engine.md, "Cron and time zones".
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from onelane.tools.registry.errors import BadRequest

LOG = logging.getLogger(__name__)


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this IANA name, such as Europe/Berlin.

    Raises:
        BadRequest: there is none; it names the nearest
    """
    # The list is asked and not the file system, which also holds zones with leap seconds, and knows no capitals on some
    # machines: a schedule must mean the same wherever its database is taken.
    names = zone_names()
    if name not in names:
        raise BadRequest(f"There is no time zone {name[:60]!r}.{_nearest(name[:60], names)}")
    return ZoneInfo(name)


@cache
def zone_names() -> frozenset[str]:
    """The time zones that mean the same on every machine; listing them looks through a folder."""
    return frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}


@cache
def country_names() -> Mapping[str, str]:
    """The countries of ISO 3166 by their two letters, from the time zone data, which lists them."""
    text = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {line[0]: line[1] for line in lines}


def local_zone_name() -> str:
    """The IANA name of this machine's time zone; UTC where the machine does not say."""
    from tzlocal import get_localzone_name

    try:
        name = get_localzone_name()
    except (LookupError, ValueError, OSError) as error:
        LOG.warning("this machine's time zone is unknown, UTC is taken instead: %s", error)
        return "UTC"
    return name if name in zone_names() else "UTC"


def instants_of(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """When clocks in a zone show this time.

    Args:
        wall: a time on the clock, without a zone, in whole seconds
        zone: where the clock hangs

    Returns:
        One instant; two, in order, when the clocks are put back over that time; and when they are put forward over it,
        the first instant after the gap.
    """
    earlier, later = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier < later:
        return [earlier, later]
    # In a gap the two are the other way round, and the change of the clocks lies between them (PEP 495).
    return [earlier] if earlier == later else [change_between(later, earlier, zone)]


def change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the clocks show what they show at `after`, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _nearest(name: str, names: frozenset[str]) -> str:
    spelling = name.strip().replace(" ", "_").lower()
    # Abbreviations resemble each other and mean different clocks, so that only places are proposed.
    places = {zone.lower(): zone for zone in sorted(names) if "/" in zone and not zone.startswith("Etc/")}
    # People say the city: of two zones with the same one, the shorter name is the present one.
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(places, key=len, reverse=True)}
    near = get_close_matches(spelling, places, n=1, cutoff=0.8)
    near += [cities[city] for city in get_close_matches(spelling.rpartition("/")[2], cities, n=1, cutoff=0.8)]
    return f" Did you mean {places[near[0]]!r}?" if near else " Use an IANA name, such as 'Europe/Berlin' or 'UTC'."
