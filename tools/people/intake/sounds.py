"""Names of other writings in Latin letters, and what is left of a name when the ways of writing it so are made one.

Юрий is Yuri, Yury and Iurii: systems of transliteration differ, and people choose. Two writings of one name have the
same skeleton; it is for comparing, and nobody should read it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_REMEMBERED = 1 << 13
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_GREEK_PAIRS = (("ου", "ou"), ("γγ", "ng"), ("γκ", "g"), ("ευ", "ev"), ("αυ", "av"))
"""Two letters that are one sound; one by one they would be others."""
_RULES = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"shch", "sh"), (r"sch", "sh"), (r"tch", "h"), (r"[kc]h", "h"), (r"ph", "f"), (r"x", "ks"), (r"t?z|ts", "z"),
        (r"c", "k"), (r"ou", "u"), (r"w", "v"), (r"[jy]", "i"), (r"[eo]i", "i"), (r"i+", "i"), (r"^gi(?=[aeou])", "i"),
        (r"i[eo]", "e"), (r"i(?=[au])", ""), (r"(?<=nd)er$", "r"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
"""In this order: first what several letters stand for, then letters that stand for each other."""


def latin_words(words: Iterable[str]) -> list[str]:
    """Folded words in Latin letters, as far as one can tell without knowing the language."""
    return [latin for word in words for latin in _latin(word)]


@lru_cache(maxsize=_REMEMBERED)
def skeleton(word: str) -> str:
    """What is left of a word of Latin letters; the same for all ways of transliterating one name."""
    for pattern, by in _RULES:
        word = pattern.sub(by, word)
    return word


@lru_cache(maxsize=_REMEMBERED)
def _latin(word: str) -> tuple[str, ...]:
    if word.isascii():
        return (word,)
    # Loaded by the first name that needs it.
    from anyascii import anyascii

    for greek, latin in _GREEK_PAIRS:
        word = word.replace(greek, latin)
    return tuple(filter(None, [_NO_LETTERS.sub("", anyascii(word).lower())]))
