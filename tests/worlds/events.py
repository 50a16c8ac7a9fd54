"""Events: what happens in a world and when, on a heap; and what has happened, as it is told when a seed fails.

Every event has a key, such as `person/approves/17` or `fault/smtp/ada17@example.net/2`. `World(..., without={key})`
is the same world without it.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Args:
        at: when
        key: tells it apart from all others of its world
        words: what it was, for whoever reads why a seed failed
    """

    at: datetime
    key: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}  {self.key}  {self.words}".rstrip()


@dataclass(order=True, slots=True)
class _Planned:
    at: datetime
    number: int
    key: str = field(compare=False)
    do: Callable[[], object] = field(compare=False)


class Agenda:
    """What is to happen, in order; of two things at one instant the one that was planned first."""

    def __init__(self) -> None:
        self._heap: list[_Planned] = []
        self._numbers = count()

    def plan(self, at: datetime, key: str, do: Callable[[], object]) -> None:
        """Let something happen at an instant."""
        heapq.heappush(self._heap, _Planned(at, next(self._numbers), key, do))

    @property
    def next_at(self) -> datetime | None:
        """When the next thing happens."""
        return self._heap[0].at if self._heap else None

    def take(self, until: datetime) -> tuple[str, Callable[[], object]] | None:
        """The next thing that happens until then, which is taken off; None when there is none."""
        if not self._heap or self._heap[0].at > until:
            return None
        planned = heapq.heappop(self._heap)
        return planned.key, planned.do
