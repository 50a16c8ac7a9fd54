"""Text as a person must see it before they say yes: what is invisible or turns the line around shows what it is."""

import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing."""
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))


def shown_text(text: str) -> str:
    """The same with each character that nobody sees, or that changes the direction, written as its number and name."""
    return "".join(f"<{_code_point(letter)}>" if _is_hidden(letter) else letter for letter in text)


def _is_hidden(letter: str) -> bool:
    if letter in "\n ":
        return False
    category = unicodedata.category(letter)
    if category in _HIDDEN_CATEGORIES or letter in _BLANK or category == "Zs":
        return True
    return any(ord(letter) in selectors for selectors in _VARIATION_SELECTORS)


def _code_point(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return f"U+{ord(letter):04X} {name}".strip()
