"""Instants in texts, by the clock of whoever reads them."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from onelane.tools.registry.context import Services

_INSTANT = re.compile(r"(\d(?<![\w-]\d)\d{3}-\d\d-\d\d \d\d:\d\d)Z")
"""As `when` writes it. What stands before is looked at behind the first digit, so that the rest is skipped quickly."""


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
    return _INSTANT.sub(lambda match: _local(match[1], zone, says_zone=says_zone), text)


@lru_cache(1000)
def _local(text: str, zone: ZoneInfo, *, says_zone: bool) -> str:
    local = datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zone)
    if not says_zone:
        return f"{local:%Y-%m-%d %H:%M}"
    return local.isoformat(" ", "minutes").replace("+00:00", "Z")
