"""When the items of an export happened: nothing has happened tomorrow, or before there was anything of it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from onelane.tools.platforms.formats.records import (
    BadLine,
    Item,
    KeptContact,
    MessageRecord,
    PersonRecord,
    PostRecord,
    SkippedLine,
    Unread,
)

_CLOCKS_APART = timedelta(days=2)
"""So far ahead of ours may the clock be that wrote a file: clocks and zones are wrong by hours, not by years."""
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""A date before that is none; that of the year 1 does not even exist in half of the time zones."""
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_KEPT_AS = {"connected_at": "connected_text", "created_at": "created_text"}
"""Where the text of a refused instant is kept beside the record."""


def instant_of(item: Item) -> datetime | None:
    """When somebody was met, something was sent or published."""
    if isinstance(item, PersonRecord):
        return item.connected_at
    if isinstance(item, MessageRecord):
        return item.sent_at
    return item.created_at if isinstance(item, PostRecord) else None  # a kept contact is of no instant


def with_possible_dates(items: Sequence[Item], now: datetime) -> Sequence[Item]:
    """The items themselves where all dates can be, which is nearly always; else without those that lie ahead or too far back."""  # noqa: E501 - one sentence
    latest = now + _CLOCKS_APART
    instants = [instant for instant in map(instant_of, items) if instant is not None]
    are_possible = not instants or (min(instants) >= _EARLIEST and max(instants) <= latest)
    if not are_possible or any(isinstance(item, PersonRecord) and item.birthday for item in items):
        return [_with_possible_dates(item, latest) for item in items]
    return items


def _impossible_field(item: Item, latest: datetime) -> str | None:
    """The field of an item with a date that can't be."""
    if isinstance(item, PersonRecord):
        if item.connected_at is not None and not _EARLIEST <= item.connected_at <= latest:
            return "connected_at"
        born = item.birthday
        return "birthday" if born and _ISO_DAY.fullmatch(born) and born > latest.date().isoformat() else None
    at = instant_of(item)
    if at is None or _EARLIEST <= at <= latest:
        return None
    return "sent_at" if isinstance(item, MessageRecord) else "created_at"


def _with_possible_dates(item: Item, latest: datetime) -> Item:
    name = _impossible_field(item, latest)
    if name is None or isinstance(item, BadLine | SkippedLine | KeptContact):
        return item
    instant = getattr(item, name)
    reason = "a date before 1900" if isinstance(instant, datetime) and instant < _EARLIEST else "a date in the future"
    changes: dict[str, Any] = {name: None, "unread": (*item.unread, Unread(reason, str(instant)[:10]))}
    if name in _KEPT_AS and not isinstance(item, MessageRecord):
        changes["extra"] = {**item.extra, _KEPT_AS[name]: instant.isoformat()}
    return _with_possible_dates(replace(item, **changes), latest)
