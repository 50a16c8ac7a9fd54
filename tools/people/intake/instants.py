"""When the items of an export happened: nothing has happened tomorrow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from onelane.tools.platforms.formats.records import Item, MessageRecord, PersonRecord, PostRecord

_CLOCKS_APART = timedelta(days=2)
"""So much later than now may an instant be: clocks and zones are wrong by hours, not by years."""


def instant_of(item: Item) -> datetime | None:
    """When somebody was met, something was sent or published."""
    if isinstance(item, PersonRecord):
        return item.connected_at
    if isinstance(item, MessageRecord):
        return item.sent_at
    return item.created_at if isinstance(item, PostRecord) else None


def without_future(items: Sequence[Item], now: datetime) -> Sequence[Item]:
    """The items, those that lie in the future without their instant; what was written is kept where it can be."""
    latest = now + _CLOCKS_APART
    if all((at := instant_of(item)) is None or at <= latest for item in items):
        return items
    return [_undated(item) if (at := instant_of(item)) is not None and at > latest else item for item in items]


def _undated(item: Item) -> Item:
    if isinstance(item, PersonRecord) and item.connected_at is not None:
        return replace(item, connected_at=None, extra={**item.extra, "connected_text": item.connected_at.isoformat()})
    if isinstance(item, PostRecord) and item.created_at is not None:
        return replace(item, created_at=None, extra={**item.extra, "created_text": item.created_at.isoformat()})
    return replace(item, sent_at=None) if isinstance(item, MessageRecord) else item
