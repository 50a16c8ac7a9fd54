"""Answers that fit: text and data of a result, shortened where a model would drown in them (DESIGN 7)."""

from typing import Any, Protocol, Self, runtime_checkable

import orjson
from mcp_types import CallToolResult, TextContent

from onelane.tools.result import PageResult, Result

ANSWER_BYTES = 32_000
"""About 8,000 tokens: the text and the data of one answer together."""

_CUT = "\n[Cut: the whole answer is about {tokens:,} tokens. Ask for less at once, or for one thing by its id.]"
_STRING_LIMITS = (4000, 1000, 250)
_FEWEST = 5


@runtime_checkable
class Shortened(Protocol):
    """A result that is a list, or has one, and knows how to be shorter and say how to get the rest."""

    def first(self, count: int) -> Self:
        """The same with fewer items."""
        ...


def answer(result: Result) -> CallToolResult:
    """What a tool returned, as the protocol carries it: at most `ANSWER_BYTES` of text and data."""
    text, data = result.text(), result.structured()
    size = _size(text, data)
    if size > ANSWER_BYTES:
        text, data = _shorter(result, size)
    return CallToolResult(content=[TextContent(text=text)], structured_content=data)


def _shorter(result: Result, size: int) -> tuple[str, dict[str, Any] | None]:
    count = _items(result)
    while isinstance(result, Shortened) and count > 1:
        # Items are about the same size, so that the first guess is nearly right.
        count = min(count - 1, count * ANSWER_BYTES // size)
        if count < 1:
            break
        shorter = result.first(count)
        text, data = shorter.text(), shorter.structured()
        size = _size(text, data)
        if size <= ANSWER_BYTES:
            return text, data
    return _cut(result)
