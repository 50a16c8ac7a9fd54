"""Evidence: checks that a text contains what a model claims to have read in it."""

import re
import unicodedata

from onelane.tools.people.extraction_forms import Quoted

_WORD = re.compile(r"\w+")
_NOT_DIGITS = re.compile(r"\D")
_WEB = re.compile(r"^(?:https?://)?(?:www\.)?")
_COPIED = frozenset({"name", "first_name", "last_name", "title", "company", "location", "industry"})
"""Fields whose every word must stand in the text: a model that adds one has made it up."""
_FEWEST_DIGITS = 5


class Evidence:
    """A text, as evidence.

    Args:
        text: what a model has read
    """

    def __init__(self, text: str) -> None:
        self._text = _plain(text)
        self._words = frozenset(_WORD.findall(self._text))
        self._digits = _NOT_DIGITS.sub("", self._text)

    def supports(self, field: str, quotation: Quoted) -> bool:
        """Whether the quote stands in the text, and where it has to be there word for word, the value too."""
        quote, value = _plain(quotation.quote), _plain(quotation.value)
        if not (quote and value and quote in self._text):
            return False
        if field == "email":
            return value.removeprefix("mailto:") in self._text
        if field == "phone":
            digits = _NOT_DIGITS.sub("", value)
            return len(digits) >= _FEWEST_DIGITS and digits in self._digits
        if field in ("website", "profile_url"):
            return _WEB.sub("", value).rstrip("/") in self._text
        return field not in _COPIED or self._words.issuperset(_WORD.findall(value))


def _plain(text: str) -> str:
    """The text in one spelling: quotes differ from it in line breaks, case and forms of letters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
