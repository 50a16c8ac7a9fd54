"""What a sync's run has read until now, from the steps that its pages recorded."""

import hashlib
from collections.abc import Sequence

import orjson

from onelane.tools.people.intake.batch import BatchOutcome
from onelane.tools.platforms.formats.records import Item, MessageRecord, PersonRecord, PostRecord
from onelane.tools.platforms.online.failures import PlatformFailure
from onelane.tools.registry.runs.record import Json
from onelane.tools.sync.online.source import Position, SourcePage
from onelane.tools.sync.page_steps import page_output


class GoesInCircles(PlatformFailure):
    """The platform gave the same page twice, so that the list would never end. Start again: the next sync reads it from its beginning."""  # noqa: E501 - it is the message

    code = "goes_in_circles"


_MOST_TIMES = 3
"""So many pages may have the same single item."""


class ReadPages:
    """The pages of one run, over all its lists.

    Args:
        pages: what each page's step has kept, in order
    """

    def __init__(self, pages: Sequence[Json]) -> None:
        self.all = list(pages)

    @property
    def count(self) -> int:
        """How many pages were asked for."""
        return sum(not page["isAnew"] for page in self.all)

    def of(self, name: str) -> list[Json]:
        """The pages of one list."""
        return [page for page in self.all if page["list"] == name]

    def is_at_end(self, name: str) -> bool:
        """Whether a list was read to its end."""
        return any(page["isLast"] for page in self.of(name))

    def total_items(self) -> int | None:
        """How many items there are in all lists, as far as the platform tells; no fewer than were read."""
        latest = {page["list"]: page["totalItems"] for page in self.all if page["totalItems"] is not None}
        read = sum(page["items"] for page in self.all)
        return max(read, sum(latest.values())) if latest else None

    def refuse_circle(self, name: str, page: SourcePage) -> None:
        """See that a page was not there before in this pass.

        Raises:
            GoesInCircles: it was, or the next one would be
        """
        before = self._of_this_pass(name)
        if not page.is_last and mark_of(page.position) in {each["next"] for each in before}:
            raise GoesInCircles
        times = [each["brought"] for each in before].count(marks_of(page.items)) if page.items else 0
        # One item may well be told of twice: a message that changes is in the history again.
        if times >= (1 if len(page.items) > 1 else _MOST_TIMES):
            raise GoesInCircles

    def _of_this_pass(self, name: str) -> list[Json]:
        pages = self.of(name)
        begins = max((at for at, page in enumerate(pages) if page["isAnew"]), default=-1)
        return pages[begins + 1 :]


def recorded_page(name: str, page: SourcePage) -> Json:
    """What a page's step keeps besides what came of its items."""
    return {
        "list": name,
        "isLast": page.is_last,
        "isAnew": False,
        "requests": page.requests,
        "resources": page.resources,
        "usd": page.usd,
        "totalItems": page.total_items,
        "next": mark_of(page.position),
        "brought": marks_of(page.items),
    }


def forgotten_page(name: str) -> Json:
    """What the step keeps that gives up the place in a list, which the platform has forgotten."""
    nothing = SourcePage(items=(), position={}, is_last=False, requests=0)
    counts = page_output(BatchOutcome(), 0, ())
    return {**counts, **recorded_page(name, nothing), "isAnew": True, "next": "", "brought": ""}


def mark_of(position: Position) -> str:
    """Tells one place in a list from another; what it is made of is nobody's business."""
    return _short(orjson.dumps(position, option=orjson.OPT_SORT_KEYS))


def marks_of(items: Sequence[Item]) -> str:
    """Tells the items of one page from those of another."""
    return _short("\x1f".join(map(_name_of, items)).encode("utf-8", "replace"))


def _name_of(item: Item) -> str:
    if isinstance(item, PersonRecord):
        return item.platform_user_id or item.handle or item.name or ""
    if isinstance(item, MessageRecord):
        return item.message_id
    return item.post_id if isinstance(item, PostRecord) else repr(item)


def _short(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:12]
