"""Tells in which code page a text was saved that is not UTF-8; in doubt it is Windows-1252.

A spreadsheet saves in that of its country. Where a letter is one byte, each language has few beyond ASCII: the page is
right in which nearly all bytes are letters of one language.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from onelane.tools.platforms.formats.code_pages.east_asian import east_asian_page

USUAL = "cp1252"
_WESTERN = (
    "äöüßẞ", "àâæçéèêëîïôœùûü", "áéíñóúü", "ãáàâçéêíóôõúü", "àèéìíòóùú", "åäöé", "æøåéü", "áðéíóúýþæö", "ëïéèöü",
)  # fmt: skip
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ")
_PAGES: Mapping[str, Sequence[str]] = {
    USUAL: _WESTERN,
    "cp1250": _CENTRAL,
    "cp1254": ("çğıiöşüâîû",),
    "cp1251": ("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў№",),
    "cp1253": ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",),
    "cp1255": ("אבגדהוזחטיכלמנסעפצקרשתךםןףץ",),
}
_RARE: Mapping[str, Sequence[str]] = {
    USUAL: _WESTERN,
    "cp1256": ("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئپچژگ",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöüõšž"),
    "cp874": ("".join(map(chr, [*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F)])),),
    "koi8-r": ("абвгдежзийклмнопрстуфхцчшщъыьэюяё",),
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
}
"""Pages that are looked at last, since more texts can be read in them that were written in another."""
_LANGUAGES = {**_PAGES, **_RARE}
_NEVER_FIRST = frozenset(map(chr, [0x0E30, 0x0E31, *range(0x0E32, 0x0E3B), *range(0x0E47, 0x0E4F)]))
"""Vowels and marks of Thai, with which no word begins."""
_OTHER_SCRIPTS = frozenset({"cp1251", "cp1253", "cp1255", "cp1256", "cp874", "koi8-r"})
"""Their letters stand in no word together with those of ASCII."""
_VOWELS = {"cp1251": "аеёиоуыэюяіїє", "koi8-r": "аеёиоуыэюя", "cp1253": "αεηιουωάέήίόύώϊϋΐΰ"}
_FEWEST_VOWELS = 0.25
_SIGNS = frozenset("‘’‚“”„–—…•™€©®·«»° ")
"""They say nothing: each language has them."""
_NEVER_WITHIN = frozenset("‚“”„•™€")
"""Those of them that stand within no word."""
_DOT_ABOVE = "\u0307"
"""What the small letter of the Turkish İ leaves behind."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MOST_WORDS, _FEWEST_LETTERS, _FEWEST_DIFFERENCES = 2000, 3, 2
_OF_SEVERAL_LANGUAGES, _NO_WORDS, _LOWEST_SCORE, _LEAD = 0.93, 0.9, 0.9, 0.05


def code_page_of(sample: bytes) -> str:
    """The code page of a text that is not UTF-8, by its words that are not ASCII."""
    certain = east_asian_page(sample, is_certain=True)
    frequent = certain or _page_of_letters(sample, _PAGES) or east_asian_page(sample)
    return frequent or _page_of_letters(sample, _RARE) or USUAL


def _page_of_letters(sample: bytes, pages: Iterable[str]) -> str | None:
    """The one of these pages of one byte a letter, when it is another than the usual one."""
    words = list(dict.fromkeys(_WORD.findall(sample)[:_MOST_WORDS]))
    high = [byte for word in words for byte in word if byte >= 0x80]
    if len(high) < _FEWEST_LETTERS:
        return None
    scores = {page: _score(page, words) for page in pages}
    best = max(scores, key=lambda page: scores[page])
    differences = sum(_letter(byte, best) != _letter(byte, USUAL) for byte in set(high))
    is_sure = (
        scores[best] >= _LOWEST_SCORE and scores[best] > scores[USUAL] + _LEAD and differences >= _FEWEST_DIFFERENCES
    )
    return best if is_sure else None


def _score(page: str, words: Sequence[bytes]) -> float:
    """How much of what is not ASCII are letters of one language, or a little less surely of several."""
    counts = Counter(letter for word in words for letter in _letters(word, page))
    languages = [_share(counts, letters) for letters in _LANGUAGES[page]]
    score = max(*languages, _OF_SEVERAL_LANGUAGES * _share(counts, "".join(_LANGUAGES[page])))
    return score if page not in _VOWELS or _looks_like_words(page, words, counts) else score * _NO_WORDS


def _looks_like_words(page: str, words: Sequence[bytes], counts: Counter[str]) -> bool:
    """Whether some begin with a capital, and enough letters are vowels: Greek read as Cyrillic has hardly any."""
    has_capitals = any(word.decode(page, errors="replace")[0].isupper() for word in words)
    return has_capitals and _share(counts, _VOWELS[page]) >= _FEWEST_VOWELS


def _letters(word: bytes, page: str) -> Iterator[str]:
    """What counts of a word: its letters beyond ASCII in lower case, and a question mark for each that can't be one."""
    text = word.decode(page, errors="replace")
    is_mixed = page in _OTHER_SCRIPTS and any(letter.isascii() for letter in text)
    within = text[1:-1]
    for before, letter in pairwise(f" {text}"):
        if letter.isascii() or (letter in _SIGNS and not (letter in _NEVER_WITHIN and letter in within)):
            continue
        is_first = before == " " and letter in _NEVER_FIRST
        is_odd = is_mixed or is_first or letter in _SIGNS or (before.islower() and letter.isupper())
        yield "?" if is_odd else letter.lower().rstrip(_DOT_ABOVE)


def _share(counts: Counter[str], letters: str) -> float:
    total = counts.total()
    return sum(count for letter, count in counts.items() if letter in letters) / total if total else 1.0


def _letter(byte: int, page: str) -> str:
    return bytes([byte]).decode(page, errors="replace")
