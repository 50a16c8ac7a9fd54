"""What stands for nothing: null, empty texts and lists, and the words of models that have nothing to say."""

from onelane.tools.registry.arguments.slots import Slot

_NO_WORDS = frozenset({"", "null", "none", "undefined", "nil", "nan", "n/a", "-", "<null>", "[]", "{}", '""', "''"})
"""What stands for nothing where only a word can stand, such as an id."""
_NO_TEXTS = frozenset({"null", "none", "undefined", "nil", "n/a", "<null>"})
"""What stands for nothing also where any text can stand, but for names and what is searched for."""
_NO_ITEMS = frozenset({"", "null", "undefined", "<null>"})
_ALL_WORDS = frozenset({"any", "all", "*", "everything"})
"""What stands for nothing where one of a list's words is chosen."""


def word_or_none(value: object) -> object:
    """A value where only an id or another word can stand; None for whatever stands for nothing."""
    return None if isinstance(value, str) and is_no_word(value) else value


def is_empty(value: object) -> bool:
    """Whether it is a text, a list or an object without content."""
    return not value.strip() if isinstance(value, str) else value in ([], {})


def is_no_value(slot: Slot, value: object) -> bool:
    """Whether this can't be a value there, and stands for nothing."""
    return value is None or (isinstance(value, str) and not slot.takes_free_text and is_no_word(value))


def is_no_choice(slot: Slot, value: object) -> bool:
    """Whether a chat says nothing with a word: `any` of a list's words, or `null` as text."""
    if not isinstance(value, str):
        return False
    word = value.strip().lower()
    if slot.choices:
        return word in _ALL_WORDS and word not in slot.choices
    return word == "*" if slot.may_say_null else slot.takes_free_text and word in _NO_TEXTS


def is_no_word(text: str) -> bool:
    """Whether it stands for nothing where only a word can stand."""
    return len(text) < 32 and text.strip().lower() in _NO_WORDS


def is_no_item(value: object) -> bool:
    """Whether it stands for nothing in a list."""
    return value is None or (isinstance(value, str) and value.strip().lower() in _NO_ITEMS)
