"""Whether two names may be one that was written in two ways."""

from collections.abc import Iterator
from dataclasses import dataclass

from onelane.tools.people.intake.names import is_joint, is_short_for, name_words
from onelane.tools.people.intake.sounds import latin_words, skeleton

_FEWEST_LETTERS = 4
"""A word of fewer letters with another letter is another word."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A name as it was written, and what it is compared by."""

    name: str
    words: tuple[str, ...]
    """In Latin letters, without initials."""
    skeletons: tuple[str, ...]
    letters: str

    def known_by(self) -> Iterator[str]:
        """By one of these at least whoever may be the same is known too."""
        yield self.letters
        yield from self.skeletons


def writing_of(name: str) -> Writing | None:
    """A name as it is compared; null where it names nobody, or several."""
    words = latin_words(name_words(name))
    if not words or is_joint(name):
        return None
    whole = tuple(word for word in words if len(word) > 1) or tuple(words)
    letters = "".join(sorted("".join(whole)))
    return Writing(name, whole, tuple(map(skeleton, whole)), f"={letters}")


def are_alike(one: Writing, other: Writing) -> bool:
    """Whether two names may be one: with a slip, among friends, in other letters, with a middle name, turned round.

    Given name and family name must both be there, and each must have its fellow; one slip at most is forgiven.
    """
    if one.letters == other.letters:
        return True
    short, long = sorted((one, other), key=lambda writing: len(writing.words))
    if len(short.words) < 2:
        return False
    left = list(range(len(long.words)))
    slips = 0
    for word, sound in zip(short.words, short.skeletons, strict=True):
        fellow = next((at for at in left if long.skeletons[at] == sound), None)
        if fellow is None:
            fellow = next((at for at in left if _is_called(word, long.words[at])), None)
        if fellow is None:
            fellow = next((at for at in left if _is_slip(word, long.words[at])), None)
            slips += 1
        if fellow is None or slips > 1:
            return False
        left.remove(fellow)
    return True


def _is_called(word: str, other: str) -> bool:
    return is_short_for(word, other) or is_short_for(other, word)


def _is_slip(word: str, other: str) -> bool:
    """One letter is missing, doubled, another one or in the wrong place; not the last, by which names of men and women
    differ."""
    from rapidfuzz.distance import OSA

    if min(len(word), len(other)) < _FEWEST_LETTERS or word[-1] != other[-1]:
        return False
    return OSA.distance(word, other, score_cutoff=1) <= 1
