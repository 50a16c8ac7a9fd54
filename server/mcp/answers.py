"""Answers that fit: text and data of a result, shortened where a model would drown in them (DESIGN 7)."""

from typing import Any, Protocol, Self, runtime_checkable

import orjson
from mcp_types import CallToolResult, TextContent

from onelane.tools.result import Result

ANSWER_BYTES = 32_000
"""About 8,000 tokens: the text and the data of one answer together."""

_CLIPS = (4000, 1000, 250)
"""Lengths to which long strings of an answer's data are clipped, one after the other, until it fits."""


@runtime_checkable
class Shortenable(Protocol):
    """A result that is a list, or holds one, and can be shorter and still say how to get the rest."""

    @property
    def length(self) -> int:
        """How many items it has."""
        ...

    def first(self, count: int) -> Self:
        """The same with fewer items."""
        ...


def answer(result: Result) -> CallToolResult:
    """What a tool returned, as the protocol carries it: at most `ANSWER_BYTES` of text and data."""
    text, data = result.text(), result.structured()
    size = _size(text, data)
    if size > ANSWER_BYTES:
        shorter = _with_fewer_items(result, size) if isinstance(result, Shortenable) else None
        text, data = shorter or _cut(text, data, size)
    return CallToolResult(content=[TextContent(text=text)], structured_content=data)


def _with_fewer_items(result: Shortenable, size: int) -> tuple[str, dict[str, Any]] | None:
    count = result.length
    while size > ANSWER_BYTES:
        # Items are of similar size, so the first guess is nearly right.
        count = min(count - 1, count * ANSWER_BYTES // size)
        if count < 1:
            return None
        shorter = result.first(count)
        assert isinstance(shorter, Result)
        text, data = shorter.text(), shorter.structured()
        size = _size(text, data)
    return text, data


def _cut(text: str, data: dict[str, Any], size: int) -> tuple[str, dict[str, Any] | None]:
    note = f"\n[Cut: the whole answer has about {size // 4:,} tokens. Ask for less at once, or for one thing by its id.]"
    fitting = next((clipped for clip in _CLIPS if _size("", clipped := _clipped(data, clip)) <= ANSWER_BYTES // 2), None)
    room = ANSWER_BYTES - len(note) - _size("", fitting)
    return text.encode()[:room].decode(errors="ignore") + note, fitting


def _clipped(value: Any, length: int) -> Any:
    match value:
        case str() if len(value) > length:
            return f"{value[:length]}... ({len(value) - length} more characters)"
        case dict():
            return {name: _clipped(item, length) for name, item in value.items()}
        case list():
            return [_clipped(item, length) for item in value]
        case _:
            return value


def _size(text: str, data: dict[str, Any] | None) -> int:
    return len(text.encode()) + (0 if data is None else len(orjson.dumps(data)))
