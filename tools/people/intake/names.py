"""Normalizes names for comparison: one spelling, no titles, word by word."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from onelane.tools.people.intake import sounds
from onelane.tools.people.intake.nicknames import is_nickname
from onelane.tools.platforms.formats.records import PersonRecord

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_WORD = re.compile(r"[^\W_]+")
_TITLES = {
    "dr", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "dame", "herr", "frau", "madame", "monsieur",
    "hon", "rev", "ing", "dipl", "phd", "md", "mba", "msc", "bsc", "jr", "sr", "ii", "iii", "esq", "cpa", "pmp",
}  # fmt: skip
_LEGAL_FORMS = {
    "inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc", "gmbh",
    "ag", "kg", "kgaa", "ohg", "ug", "se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy", "oyj", "ab", "as",
    "asa", "aps", "pty", "pte", "pvt", "kk",
}  # fmt: skip
_MADE_UP = re.compile(r"id \S+|@\S+|[^\s@]+@[^\s@]+")
_UNSPACED = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Han, kana and hangul; hangul is found whole, for `folded` has taken it apart."""
_JOINT = re.compile(r"[&+]|\s(?:and|und|et)\s", re.IGNORECASE)
"""What stands between the names of several."""
_HER_ENDINGS = {"a", "e", "ia", "ina", "ine", "ette"}
"""By these a woman's name differs from a man's: Paula, Martina, Christiane."""
_PREFIX_CHARS = 3
_REMEMBERED = 1 << 13
"""The same names are looked at several times while a batch is taken in."""


@lru_cache(maxsize=_REMEMBERED)
def folded(text: str) -> str:
    """The text in lower case, without accents, with single spaces: `Zoë  FICTIONAL` is `zoe fictional`."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)
    return " ".join(text.lower().split())


@lru_cache(maxsize=_REMEMBERED)
def folded_company(text: str) -> str:
    """A company's name without its legal form: `Müller, Schmidt & Co. KG` is `muller schmidt`."""
    words = _WORD.findall(folded(text))
    significant_words = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(significant_words or words)


def spellings(record: PersonRecord) -> list[str]:
    """The ways in which a record's name may have been written elsewhere: also without title and middle name, not all
    in capitals, and without accents."""
    name = record.name or ""
    writings = [name]
    if record.last_name and record.first_name and len(name) != len(record.first_name) + len(record.last_name) + 1:
        writings.append(f"{record.first_name} {record.last_name}")
    if name.isupper() or name.islower():
        writings.append(name.title())
    if not name.isascii() and (plain := unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()):
        writings.append(plain)
    return writings


def name_words(name: str) -> list[str]:
    """The words of a name that tell people apart, in their order; none when it is an address or an id."""
    if is_made_up(name):
        return []
    return [word for word in _WORD.findall(folded(name)) if word not in _TITLES]


def is_made_up(name: str) -> bool:
    """Whether a contact only bears a name because it must have one: `id 123`, `@handle`, an address."""
    return ("@" in name or name.startswith("id ")) and _MADE_UP.fullmatch(name) is not None


def names_contradict(one: str, other: str) -> bool:
    """Whether two names can't well belong to one person. A missing name contradicts nothing.

    Ada King and Ada Lovelace agree, as do A. Example and Ada Example, Bill and William Smith, and Иван Петров and Ivan
    Petrov; Ada Smith and Bob Smith, who may share a mailbox, do not, and Ada & Bob Smith are neither of the two.
    """
    if one == other:
        return False
    words, other_words = name_words(one), name_words(other)
    if not words or not other_words or _same_letters(words, other_words):
        return False
    if is_joint(one) != is_joint(other):
        return True
    if not (are_latin(words) and are_latin(other_words)):
        words, other_words = sounds.latin_words(words), sounds.latin_words(other_words)
        if _same_letters(words, other_words):
            return False
        words, other_words = [sounds.skeleton(word) for word in words], [sounds.skeleton(word) for word in other_words]
    return _words_contradict(words, other_words)


def _words_contradict(words: list[str], other_words: list[str]) -> bool:
    shared = {each for each in words if each in other_words and len(each) > 1}
    if not shared:
        return not (_abbreviates(words, other_words) or _abbreviates(other_words, words))
    own_rest = [each for each in words if each not in other_words]
    other_rest = [each for each in other_words if each not in words]
    if not own_rest or not other_rest or words[0] in shared or other_words[0] in shared:
        return False
    return not any(is_short_for(a, b) or is_short_for(b, a) for a in own_rest for b in other_rest)


def is_joint(name: str) -> bool:
    """Whether a name is that of several: `Ada & Bob Smith`."""
    return _JOINT.search(name) is not None


def are_latin(words: Iterable[str]) -> bool:
    """Whether folded words are of Latin letters alone, so that no other letters have to be put into them."""
    return all(map(str.isascii, words))


def names_agree(one: str, other: str) -> bool:
    """Whether two names positively speak for one person: both are there, and they do not contradict each other."""
    return bool(name_words(one) and name_words(other)) and not names_contradict(one, other)


def names_settle(one: str, other: str) -> bool:
    """Whether two names at one address are one person's, whoever else turns up there; a missing name leaves it open.

    A. Winter may be Ada as well as Alan Winter, Chris may be Christine or Christopher, and Winter Ada is Ada Winter
    turned round, or a son of the Adas: such names are asked about, or it would hang on the order in which they come
    who is who. So whatever settles two of three names must settle the third as well: each name has one word that does.
    """
    if one == other:
        return True
    ours, theirs = _settled_by(one), _settled_by(other)
    return ours == theirs or not (ours and theirs)


@lru_cache(maxsize=_REMEMBERED)
def _settled_by(name: str) -> str:
    """What says of a name at an address whose it is: the given name by its sound; of an initial, or in letters that
    know no spaces and where the family may stand first, all of it."""
    words = name_words(_in_order(name))
    if any(map(_UNSPACED.search, words)):
        return "".join(sorted("".join(words)))
    sounding = [sounds.skeleton(word) for word in sounds.latin_words(words)]
    if not sounding:
        return ""
    given = " ".join(sounding) if len(sounding[0]) == 1 else sounding[0]
    return f"{given} &" if is_joint(name) else given


def _in_order(name: str) -> str:
    """A name as it is said: `Winter, Ada` is `Ada Winter`."""
    family, comma, given = name.partition(",")
    return f"{given} {family}" if comma and name_words(family) and name_words(given) else name


def _same_letters(words: list[str], other_words: list[str]) -> bool:
    """`愛川翼` and `翼 愛川`: scripts without spaces, and spaces that some leave out."""
    return sorted("".join(words)) == sorted("".join(other_words))


def _abbreviates(short: list[str], long: list[str]) -> bool:
    """Whether every word of one name is an initial of the other: `A. E.` and `Ada Example`."""
    return all(any(len(word) == 1 and full.startswith(word) for full in long) for word in short)


def is_short_for(word: str, full: str) -> bool:
    """Whether somebody called `full` is also called `word`. Paula is no longer form of Paul: they may be a couple."""
    if full.startswith(word):
        return len(word) == 1 or (len(word) >= _PREFIX_CHARS and full[len(word) :] not in _HER_ENDINGS)
    return is_nickname(word, full)
