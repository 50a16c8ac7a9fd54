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


def changed_text(old_text: str, new_text: str) -> Sequence[Piece]:
    """The pieces of a text: changes that are fewer than four words apart are one."""
    return [_piece(each) for each in _stretches(_WORDS.findall(old_text), _WORDS.findall(new_text))]


def _stretches(old_words: list[str], new_words: list[str]) -> Iterator[_Stretch]:
    if len(old_words) > _MOST_WORDS or len(new_words) > _MOST_WORDS:
        yield _Stretch(True, old_words, new_words)
        return
    last: _Stretch | None = None
    for kind, begin, end, new_begin, new_end in SequenceMatcher(
        None, old_words, new_words, autojunk=False
    ).get_opcodes():
        stretch = _Stretch(kind != "equal", old_words[begin:end], new_words[new_begin:new_end])
        if last is not None and last.has_changed and (stretch.has_changed or _is_small(stretch)):
            last = _Stretch(True, last.was + stretch.was, last.now + stretch.now)
            continue
        if last is not None:
            yield last
        last = stretch
    if last is not None:
        yield last


def _is_small(stretch: _Stretch) -> bool:
    return len(stretch.was) < _FEW_WORDS and "\n" not in "".join(stretch.was)


def _piece(stretch: _Stretch) -> Piece:
    old_text, new_text = "".join(stretch.was), "".join(stretch.now)
    if not stretch.has_changed:
        return Piece("", new_text, new_text)
    before = new_text[: len(new_text) - len(new_text.lstrip())]
    return Piece(before, old_text.strip(), new_text.strip())
