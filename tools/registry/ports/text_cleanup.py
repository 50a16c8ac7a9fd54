"""Removes invisible characters from outside text, and limits its length."""

import re

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029\x0b\x0c]")
# Controls; fillers, joiners and selectors that show nothing; what turns the direction of writing; tags; surrogates.
# All have been used to hide orders to language models in pages that look harmless.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    # Persian and the scripts of India are misspelt without these; elsewhere they only hide.
    "|(?<![\u0600-\u0fff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0fff])"
)
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n ?(?:\n ?)+")


def visible_text(text: str) -> str:
    """The text as people see it; line breaks are kept, spaces and empty lines are not doubled."""
    visible = _UNSEEN.sub("", _BREAKS.sub("\n", text))
    return _EMPTY_LINES.sub("\n\n", _SPACES.sub(" ", visible)).strip()


def seen_line(text: str, most_characters: int) -> str:
    """The text as people see it, on one line, and cut off where it gets too long."""
    return cut(" ".join(visible_text(text[: 4 * most_characters]).split()), most_characters)


def cut(text: str, most_characters: int) -> str:
    """The text, with an ellipsis where it is cut off."""
    return text if len(text) <= most_characters else f"{text[: most_characters - 1].rstrip()}…"
