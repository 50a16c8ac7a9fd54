"""When the items of an export happened: nothing has happened tomorrow."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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


def without_future(items: Sequence[Item], now: datetime) -> Sequence[Item]:
    """The items themselves where none lies in the future, which is nearly always; else without such dates."""
    latest = now + _CLOCKS_APART
    newest = max(filter(None, map(instant_of, items)), default=latest)
    if newest > latest or any(isinstance(item, PersonRecord) and item.birthday for item in items):
        return [_without_future(item, latest) for item in items]
    return items


def _field_ahead(item: Item, latest: datetime) -> str | None:
    """The field of an item with a date that lies in the future."""
    if isinstance(item, PersonRecord):
        if item.connected_at is not None and item.connected_at > latest:
            return "connected_at"
        born = item.birthday
        return "birthday" if born and _ISO_DAY.fullmatch(born) and born > latest.date().isoformat() else None
    at = instant_of(item)
    if at is None or at <= latest:
        return None
    return "sent_at" if isinstance(item, MessageRecord) else "created_at"


def _without_future(item: Item, latest: datetime) -> Item:
    name = _field_ahead(item, latest)
    if name is None or isinstance(item, BadLine | SkippedLine | KeptContact):
        return item
    instant = getattr(item, name)
    changes: dict[str, Any] = {name: None, "unread": (*item.unread, Unread("a date in the future", str(instant)[:10]))}
    if name in _KEPT_AS and not isinstance(item, MessageRecord):
        changes["extra"] = {**item.extra, _KEPT_AS[name]: instant.isoformat()}
    return _without_future(replace(item, **changes), latest)
