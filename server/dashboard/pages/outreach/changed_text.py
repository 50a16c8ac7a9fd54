"""What has changed in a text, in phrases that a person reads at a glance."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s*\S+|\s+$")
_FEW_WORDS = 4
_MOST_WORDS = 5000
"""Comparing costs the product of both lengths; longer texts are shown as one change."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text.

    Args:
        before: white space in front of it
        was: what it said; the same as `now` where nothing has changed
        now: what it says
    """

    before: str
    was: str
    now: str

    @property
    def has_changed(self) -> bool:
        """Whether it says something else than before."""
        return self.was != self.now


@dataclass(slots=True)
class _Stretch:
    has_changed: bool
    was: list[str]
    now: list[str]


def changed_text(was: str, now: str) -> Sequence[Piece]:
    """The pieces of a text: changes that are fewer than four words apart are one."""
    return [_piece(each) for each in _stretches(_WORDS.findall(was), _WORDS.findall(now))]


def _stretches(was: list[str], now: list[str]) -> Iterator[_Stretch]:
    if len(was) > _MOST_WORDS or len(now) > _MOST_WORDS:
        yield _Stretch(True, was, now)
        return
    last: _Stretch | None = None
    for kind, begin, end, now_begin, now_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        each = _Stretch(kind != "equal", was[begin:end], now[now_begin:now_end])
        if last is not None and last.has_changed and (each.has_changed or _is_small(each)):
            last = _Stretch(True, last.was + each.was, last.now + each.now)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _is_small(each: _Stretch) -> bool:
    return len(each.was) < _FEW_WORDS and "\n" not in "".join(each.was)


def _piece(each: _Stretch) -> Piece:
    was, now = "".join(each.was), "".join(each.now)
    if not each.has_changed:
        return Piece("", now, now)
    before = now[: len(now) - len(now.lstrip())]
    return Piece(before, was.strip(), now.strip())
