"""Cells of tables as programs leave them: words for yes and no, spoilt values, and marks that nobody sees."""

import html
import re
from functools import cache

SPOILT = "an error of a spreadsheet"
"""What is said of a cell that `is_spoilt`."""
ROUNDED_NUMBER = "a number that a spreadsheet has rounded"
"""What is said of a cell that `is_rounded`."""
_YES = """
1 -1 1.0 1,0 x y t j s yes true on ok ✓ ✔ ☑ ja wahr oui vrai si sí sì verdadero vero verdadeiro sim waar tak prawda
ano áno pravda да истина так істина sant sand sann kyllä tosi igen igaz da adevărat evet doğru ναι αληθές istina
točno tačno resnično taip tiesa jā patiess jah tõene はい 真 是 예 네 참 כן אמת نعم صحيح ya benar có đúng
"""
_NO = """
0 0.0 0,0 n f no false off ✗ ✘ ☐ nein falsch non faux falso não nao nee onwaar nie fałsz nepravda нет ложь ні
хибність nej falskt falsk nei usann ei epätosi nem hamis nu fals hayır hayir yanlış yanliş όχι ψευδές ne laž
neistina netočno netačno neresnično netiesa nē aplams väär
いいえ 偽 否 不 假 아니요 거짓 לא שקר لا خطأ tidak salah không sai
"""
_EMPTY_WORDS = frozenset({"", "-", "--", "—", "n/a", "null", "(null)", "<null>", "none", "nan", "nil", "undefined"})
"""What programs write into a table where they know nothing."""
_NOTHING_AS_NAME = frozenset({"", "-", "--", "—", "N/A", "n/a", "NULL", "null", "(null)", "<null>", "NaN", "undefined"})
"""The same where people's names stand, for there are people called Null and Nan."""
_ERROR = re.compile(r"#(?:[^\sa-z]{1,20}[!?]|N/[ABDV]|NV|I/T|YOK|HIÁNYZIK|Н/Д|#{2,})|Err:\d{3}")
_ROUNDED_FORM = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d{1,3}", re.IGNORECASE)
_FORMULA = re.compile(r'=\s*(?:\w+\s*\(\s*)?"((?:[^"]|"")*)".*', re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z]{2,8});")
"""A character as pages of the web write it, where it is no page."""
_MARKS = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
"""Marks of direction and of places without width, which copying brings along. Joiners are letters' own."""


def without_marks(text: str) -> str:
    """The text without marks that nobody sees and that would make two values of one."""
    return text if text.isascii() else _MARKS.sub("", text)


def has_entities(text: str) -> bool:
    """Whether characters stand in a text as they do in pages: `Smith &amp; Sons`, `O&#39;Hara`."""
    return "&" in text and _ENTITY.search(text) is not None


def without_entities(text: str) -> str:
    """The text with the characters themselves, also where they were written so twice: `&amp;amp;`."""
    for _ in range(2):
        if not has_entities(text):
            break
        text = html.unescape(text).replace("\xa0", " ")
    return text


def yes_or_no(text: str) -> bool | None:
    """What a cell says, in any language and as spreadsheets write it (`WAHR`, `VRAI`, `1`, `x`); None when unsure."""
    word = text.strip(" \t\"'=()").lower()
    return _words().get(word)


def is_nothing(text: str) -> bool:
    """Whether a cell says that nothing is known, as databases and programs write it: `NULL`, `N/A`, `nan`, `-`."""
    return text.strip().lower() in _EMPTY_WORDS


def is_no_name(text: str) -> bool:
    """The same of a cell with a name, which `Null` and `Nan` are."""
    return text.strip() in _NOTHING_AS_NAME


def text_or_none(text: str) -> str | None:
    """What a cell says, stripped; None where it says nothing."""
    text = text.strip()
    return None if text.lower() in _EMPTY_WORDS else text


def is_spoilt(text: str) -> bool:
    """Whether a spreadsheet put an error in the place of what stood there: `#NAME?`, `#WERT!`, `#N/A`, `######`."""
    return text[:1] in {"#", "E"} and _ERROR.fullmatch(text) is not None


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet rounded a long number, so that its last digits are lost: `4.91E+11`."""
    return _ROUNDED_FORM.fullmatch(text) is not None


def without_formula(text: str) -> str:
    """The text that a formula would show, or the address that it links: `="0123"`, `=HYPERLINK("https://...","Ada")`."""
    formula = _FORMULA.fullmatch(text)
    return formula[1].replace('""', '"') if formula else text


@cache
def _words() -> dict[str, bool]:
    return {word: meaning for words, meaning in ((_YES, True), (_NO, False)) for word in words.split()}
