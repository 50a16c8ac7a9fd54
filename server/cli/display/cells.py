"""Cells of tables: a value in words, and in which colour."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from onelane.server.components.numbers import relative
from onelane.storage.database.columns import Vocabulary
from onelane.storage.workflows.runs import RunStatus

_LATELY = timedelta(days=7)
_STATES = {word.value: word.category for word in RunStatus}
"""How the words are coloured that say nothing of it themselves: most states are called as those of runs are."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table.

    Args:
        text: on one line
        tone: good, bad, warn or accent; of other tones there is no colour
        is_number: whether it stands at the right
    """

    text: str
    tone: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """By what a reader's clock goes.

    Args:
        now: from which relative times count
        zone: the reader's
    """

    now: datetime
    zone: ZoneInfo

    def when(self, instant: datetime) -> str:
        """How long ago something was or how soon it will be; its day, where that is more than a week."""
        if abs(self.now - instant) < _LATELY:
            return relative(instant.timestamp(), self.now.timestamp())
        local = instant.astimezone(self.zone)
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local.year}"
        return f"{local.day} {local:%b}{year}"

    def exactly(self, instant: datetime) -> str:
        """The reader's day and time, and how long ago that is, where it is not long."""
        local = instant.astimezone(self.zone)
        lately = f" ({self.when(instant)})" if abs(self.now - instant) < _LATELY else ""
        return f"{local:%a} {local.day} {local:%b %Y, %H:%M}{lately}"

    def cell(self, value: object) -> Cell:
        """A value as it stands in a table."""
        if isinstance(value, Vocabulary):
            return Cell(value.replace("_", " "), value.category or _STATES.get(value, ""))
        if isinstance(value, datetime):
            return Cell(self.when(value if value.tzinfo else value.replace(tzinfo=UTC)))
        if isinstance(value, bool):
            return Cell("yes" if value else "no")
        if isinstance(value, int | float):
            return Cell(f"{value:,}" if isinstance(value, int) else f"{value:,.2f}", is_number=True)
        return Cell("" if value is None else " ".join(in_words(str(value)).split()))


def in_words(text: str) -> str:
    """A text; of a JSON object its names and values."""
    if not text.startswith("{"):
        return text
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return values_line(cast("Mapping[str, object]", value)) if isinstance(value, dict) else text


def values_line(values: Mapping[str, object]) -> str:
    """Names and values in one line, without those that are empty."""
    filled_values = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return "; ".join(f"{name}: {_told_value(value)}" for name, value in filled_values.items())


def _told_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return f"({values_line(cast('Mapping[str, object]', value))})"
    if isinstance(value, list):
        return ", ".join(map(_told_value, cast("list[object]", value)))
    return str(value)
