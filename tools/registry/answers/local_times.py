"""Instants in texts, by the clock of whoever reads them."""

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from onelane.tools.registry.context import Services

_INSTANT = re.compile(r"-(?<=(?<![\w-])[0-9]{4}-)[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}Z")
"""As `when` writes it, from behind the year: texts are full of digits, and a hyphen is found six times as quickly."""
_YEAR_CHARS = 4


def in_local_time(text: str, services: Services, zone_name: str | None = None) -> str:
    """A text whose instants go by the clock of the workspace, each with how far that is from UTC.

    Args:
        text: as a tool's result has it
        services: know the workspace's zone
        zone_name: that zone, where it was just read
    """
    if _INSTANT.search(text) is None:
        return text
    if zone_name is None:
        with services.database.read() as session:
            zone_name = services.workspace.read(session).zone_name
    return in_zone(text, ZoneInfo(zone_name))


def in_zone(text: str, zone: ZoneInfo, *, says_zone: bool = True) -> str:
    """A text whose instants go by the clock of a zone.

    Args:
        text: as a tool's result has it
        zone: the reader's
        says_zone: whether each says how far that is from UTC, for whoever can't know where the reader is
    """
    parts, end = list[str](), 0
    for match in _INSTANT.finditer(text):
        begin = match.start() - _YEAR_CHARS
        parts += text[end:begin], _local(text[begin : match.end()], zone, says_zone=says_zone)
        end = match.end()
    return "".join([*parts, text[end:]])


@lru_cache(1000)
def _local(text: str, zone: ZoneInfo, *, says_zone: bool) -> str:
    try:
        local = datetime.fromisoformat(text).astimezone(zone)
    except (ValueError, OverflowError):
        # Somebody else's words, which only look like an instant.
        return text
    if not says_zone:
        return f"{local:%Y-%m-%d %H:%M}"
    return local.isoformat(" ", "minutes").replace("+00:00", "Z")
