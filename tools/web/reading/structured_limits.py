"""Structured data from outside, made small, flat and clean enough to keep."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from onelane.tools.registry.ports.text_cleanup import cut, visible_text

MOST_ITEMS = 50
"""Of one syntax on one page."""

_DEEPEST = 10
_LONGEST_LIST = 50
_MOST_KEYS = 60
_LONGEST_TEXT = 2_000
_LONGEST_KEY = 100
_EXACT = 2**53
_MOST_CHARACTERS = 24_000


def limit_items(items: Iterable[object]) -> Sequence[Mapping[str, Any]]:
    """The objects among these, those inside an `@graph` on the same level, as many as are worth keeping.

    Args:
        items: as a parser gave them
    """
    room = _Room(_MOST_CHARACTERS)
    objects: list[Mapping[str, Any]] = []
    for item in _flat(items):
        if len(objects) < MOST_ITEMS and not room.is_full and item:
            objects.append(room.mapping(item, depth=0))
    return objects


def _flat(items: Iterable[object], depth: int = 0) -> Iterable[Mapping[str, object]]:
    for item in items:
        if isinstance(item, list) and depth < _DEEPEST:
            yield from _flat(cast("list[object]", item), depth + 1)
        if not isinstance(item, dict):
            continue
        fields = cast("dict[str, object]", item)
        graph = fields.get("@graph")
        if isinstance(graph, (list, dict)) and depth < _DEEPEST:
            yield from _flat([cast("object", graph)], depth + 1)
        plain_fields = {name: value for name, value in fields.items() if name != "@graph"}
        if graph is None or set(plain_fields) - {"@context", "@id"}:
            yield plain_fields


class _Room:
    """How many characters there is still room for."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    @property
    def is_full(self) -> bool:
        return self._left <= 0

    def mapping(self, value: Mapping[Any, object], depth: int) -> dict[str, Any]:
        shortened: dict[str, Any] = {}
        for name, part in list(value.items())[:_MOST_KEYS]:
            if self.is_full:
                break
            shortened[self._text(str(name), _LONGEST_KEY)] = self._value(part, depth + 1)
        return shortened

    def _value(self, value: object, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value, _LONGEST_TEXT)
        if value is None or isinstance(value, bool | int | float):
            return self._number(value)
        if depth > _DEEPEST or self.is_full:
            return None
        if isinstance(value, Mapping):
            return self.mapping(cast("Mapping[Any, object]", value), depth)
        if isinstance(value, Sequence):
            parts = list(cast("Sequence[object]", value))[:_LONGEST_LIST]
            return [self._value(part, depth + 1) for part in parts if not self.is_full]
        return self._text(str(value), _LONGEST_TEXT)

    def _text(self, text: str, longest: int) -> str:
        short = cut(visible_text(text[: 2 * longest]), longest)
        self._left -= len(short) + 4
        return short

    def _number(self, value: float | None) -> float | str | None:
        self._left -= 8
        if isinstance(value, float) and not math.isfinite(value):
            return None
        # Larger ones are numbers of things, not amounts; JSON would lose their last digits.
        return str(value)[:_LONGEST_KEY] if isinstance(value, int) and abs(value) > _EXACT else value
