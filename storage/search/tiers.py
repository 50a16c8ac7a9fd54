"""How well a text may match: from the whole name down to a slip of the fingers, each tier finding more than the last.

A text is cut at its spaces, and everything in it must be found. What holds a hyphen, an apostrophe or the like may also
be written without it (`O'Neil`, `Anne-Marie`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from onelane.storage.database.engine import Session
from onelane.storage.search.name_words import meant_words
from onelane.storage.search.terms import AllOf, AnyOf, Columns, SearchWord, Term
from onelane.storage.search.words import asked_words_of, squeezed, whole_name

MatchedBy: TypeAlias = Literal["exact", "prefix", "text", "typo"]

MOST_WORDS = 16
"""So many words of a text count; the rest would only make the question longer."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Some way to match, and what a document must hold for it. A tier finds all that those of a lower rank do."""

    rank: int
    matched_by: MatchedBy
    term: Term


def tiers_of(text: str) -> Sequence[Tier]:
    """The ways in which a text may match, the best first; none when it holds nothing that can be searched."""
    chunks = _chunks(text)
    if not chunks:
        return []
    name = SearchWord(whole_name(text), "A")

    def tier(rank: int, matched_by: MatchedBy, columns: Columns, *, begins: bool) -> Tier:
        everything = AllOf([_as_term(chunk, columns, begins=begins) for chunk in chunks])
        return Tier(rank, matched_by, AnyOf([name, everything]))

    in_names = [Tier(0, "exact", name), tier(1, "prefix", "A", begins=False), tier(2, "prefix", "A", begins=True)]
    in_details = [tier(3, "text", "ABC", begins=True), tier(4, "text", "ABCD", begins=True)]
    return in_details if _ADDRESS.search(text) else in_names + in_details


def forgiving_tiers_of(session: Session, text: str) -> Sequence[Tier]:
    """The ways in which a text may match with words of names mistyped; fewer slips first."""
    chunks = _chunks(text)
    meant = {word: meant_words(session, word) for chunk in chunks for word in chunk[-1]}
    slips = sorted({distance for words in meant.values() for distance in words.values() if distance})

    def forgiven(word: str, most: int) -> Term:
        said = SearchWord(word, "ABCD", begins=True)
        return AnyOf([said, *(SearchWord(other, "A") for other, distance in meant[word].items() if distance <= most)])

    def tier(most: int) -> Tier:
        everything = AllOf([forgiven(word, most) for chunk in chunks for word in chunk[-1]])
        return Tier(_FORGIVING_RANK + most, "typo", everything)

    return [tier(most) for most in slips]


def is_forgiving(rank: int) -> bool:
    """Whether a tier of this rank puts mistyped words right."""
    return rank >= _FORGIVING_RANK


_Chunk: TypeAlias = list[list[str]]
"""The ways to write what stood between two spaces, each as its words; the last is the one as it was written."""


def _chunks(text: str) -> list[_Chunk]:
    chunks = [_ways_to_write(chunk) for chunk in text.split()]
    return [chunk for chunk in chunks if chunk][:MOST_WORDS]


def _ways_to_write(chunk: str) -> _Chunk:
    words = asked_words_of(chunk)[:MOST_WORDS]
    if len(words) > 1 and _JOINT.search(chunk):
        return [asked_words_of(squeezed(chunk))[:MOST_WORDS], words]
    return [words] if words else []


def _as_term(chunk: _Chunk, columns: Columns, *, begins: bool) -> Term:
    return AnyOf([AllOf([SearchWord(word, columns, begins) for word in words]) for words in chunk])


_FORGIVING_RANK = 5
_ADDRESS = re.compile(r"\S@\S")
_JOINT = re.compile(r"\w['’`.\-‐]\w")
