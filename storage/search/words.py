"""Splits text into search words: the same for documents and queries, on both databases.

Case, accents and the width of letters make no difference, and letters that have no plain form of their own get one (ø,
ß, ł). Writing that has no spaces is cut into pairs of characters, so that 公司 is found in 示例公司.
"""

import re
import unicodedata

import orjson

WHOLE_NAME = "¶"
"""Marks the token that is a whole name without its spaces; no text that anybody types yields it."""
MARK = "§"
"""Marks a token that is no word of a text: a platform, a stage, a tag."""

LONGEST_WORD = 200
"""Characters of a word that count; PostgreSQL refuses words much longer."""


def words_of(text: str) -> list[str]:
    """The words of a text as they are kept, in order."""
    return _split(folded(text), keep_last=True)


def asked_words_of(text: str) -> list[str]:
    """The words that a text must have to be found: like `words_of`, without the lone last character of a run."""
    return [word[:LONGEST_WORD] for word in _split(folded(text), keep_last=False)]


def squeezed(text: str) -> str:
    """The text as one word: `O'Neil-Smith` is `oneilsmith`."""
    return folded(text).replace(" ", "")


def folded(text: str) -> str:
    """The text in small plain letters, everything between words being a space."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)


def text_words(text: str) -> str:
    """`words_of` a text, joined by spaces."""
    return " ".join(words_of(text))


def name_words(name: str) -> str:
    """The words of a name, those with hyphens and the like also as one, and the mark of the whole name."""
    plain = folded(name)
    words = _split(plain, keep_last=True)
    together = _JOINTS.sub("", name)
    if together != name:
        words += words_of(together)
    return " ".join([*words, whole_name(name)])


def whole_name(name: str) -> str:
    """The mark of a whole name, however its words are held together."""
    return (WHOLE_NAME + squeezed(name))[:LONGEST_WORD]


def tag_words(tags: str) -> str:
    """The words of tags, given as a JSON list, and the mark of each."""
    kept = [str(tag) for tag in orjson.loads(tags)]
    return " ".join([*map(text_words, kept), *map(tag_mark, kept)])


def tag_mark(tag: str) -> str:
    """What finds exactly this tag, whatever its case."""
    return f"{MARK}t{tag.strip().casefold().encode().hex()}"[:LONGEST_WORD]


class _Letters(dict[int, str]):
    """What becomes of each character; found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code))
        return plain


def _plain(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character)
    bare = "".join(_SPECIAL.get(part, part) for part in decomposed if not _is_accent(part))
    # Syllables of Hangul and voiced kana are put together again.
    kept = unicodedata.normalize("NFC", bare)
    return kept if not kept or all(map(_belongs_to_a_word, kept)) else " "


def _is_accent(character: str) -> bool:
    """Whether it may be left out: accents, Hebrew points, Arabic vowels; not the vowels of Indian scripts."""
    place = unicodedata.combining(character)
    return 10 <= place <= 36 or place >= 200


def _belongs_to_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _split(plain: str, *, keep_last: bool) -> list[str]:
    words = plain.split()
    return words if plain.isascii() else [piece for word in words for piece in _pieces(word, keep_last=keep_last)]


def _pieces(word: str, *, keep_last: bool) -> list[str]:
    """The word, or the pairs of characters of those runs in it that are written without spaces."""
    pieces: list[str] = []
    for run in _RUNS.findall(word):
        if len(run) == 1 or not _UNSPACED.match(run):
            pieces.append(run)
        else:
            pairs = [run[place : place + 2] for place in range(len(run))]
            pieces += pairs if keep_last else pairs[:-1]
    return pieces


_SPECIAL = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h", "ŧ": "t",
}  # fmt: skip
_LETTERS = _Letters()
_JOINTS = re.compile(r"(?<=\w)['’`.\-‐](?=\w)")
_NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7af"  # kana, Hangul
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
_UNSPACED = re.compile(f"[{_NO_SPACES}]")
_RUNS = re.compile(f"[{_NO_SPACES}]+|[^{_NO_SPACES}]+")
