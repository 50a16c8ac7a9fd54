"""Shortens long results to what a model can read.

See docs/protocol.md, "Answers".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

import orjson

from onelane.tools.registry.json_values import clip_strings
from onelane.tools.registry.result import Result, Rows

ANSWER_BYTES = 32_000
"""About 8,000 tokens: the text and the data of one answer together."""

NOTES = "notes_on_call"
"""Where an answer's data has what is said besides the result."""

_CLIPS = (4000, 1000, 250)
"""Lengths to which long strings of an answer's data are clipped, one after the other, until it fits."""


@runtime_checkable
class Shortenable(Protocol):
    """A result that is a list, or holds one, and can be shorter and still say how to get the rest."""

    @property
    def length(self) -> int:
        """How many items it has."""
        ...

    def first(self, count: int) -> Result:
        """The same with fewer items."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """The two halves of an answer: what a model reads, and what a program takes."""

    text: str
    data: dict[str, Any] | None

    @property
    def size(self) -> int:
        """In bytes, together."""
        return len(self.text.encode()) + (0 if self.data is None else len(orjson.dumps(self.data)))


def shown(result: Result, notes: Sequence[str] = ()) -> Shown:
    """What a tool returned, in at most `ANSWER_BYTES` of text and data, and what is said besides it."""
    whole = Shown(result.text(), told_data(result))
    fitting = whole if whole.size <= ANSWER_BYTES else _with_fewer_items(result, whole.size) or _cut_to_size(whole)
    if not notes:
        return fitting
    data = None if fitting.data is None else {**fitting.data, NOTES: list(notes)}
    return Shown("\n".join((fitting.text, *notes)), data)


def _with_fewer_items(result: Result, size: int) -> Shown | None:
    count = result.length if isinstance(result, Shortenable) else 0
    while isinstance(result, Shortenable) and count > 1:
        # Items are of similar size, so the first guess is nearly right.
        count = max(1, min(count - 1, count * ANSWER_BYTES // size))
        shorter = result.first(count)
        shorter_one = Shown(shorter.text(), told_data(shorter))
        size = shorter_one.size
        if size <= ANSWER_BYTES:
            return shorter_one
    return None


def _cut_to_size(whole: Shown) -> Shown:
    tokens = whole.size // 4
    note = f"\n[Cut: the whole answer has about {tokens:,} tokens. Ask for less at once, or for one thing by its id.]"
    clips = (Shown("", clip_strings(whole.data, length)) for length in _CLIPS)
    data = next((clip for clip in clips if clip.size <= ANSWER_BYTES // 2), Shown("", None))
    room = ANSWER_BYTES - len(note) - data.size
    return Shown(whole.text.encode()[:room].decode(errors="ignore") + note, data.data)


def told_data(result: Result) -> dict[str, Any]:
    """The data of an answer to a model, without what nobody there reads."""
    view = result.for_model()
    return _data_of(view, view.answer_data(), is_part=False)


def _data_of(result: Result, data: Mapping[str, Any], *, is_part: bool) -> dict[str, Any]:
    values = _kept_of(type(result), data, is_part=is_part)
    parts = ((name, value) for name, value in vars(result).items() if name in values)
    return values | {name: _told_part(value, values[name]) for name, value in parts}


def _told_part(value: object, data: Any) -> Any:
    if isinstance(value, Result):
        return _data_of(value, data, is_part=True)
    if isinstance(value, Sequence) and not isinstance(value, str | Rows):
        items = cast("Sequence[object]", value)
        return [_told_part(item, each) for item, each in zip(items, data, strict=True)]
    return data


def _kept_of(kind: type[Result], data: Mapping[str, Any], *, is_part: bool) -> dict[str, Any]:
    untold, zero = kind.untold_as_part() if is_part else kind.untold, kind.untold_at_zero
    return {name: value for name, value in data.items() if name not in untold and (value != 0 or name not in zero)}
