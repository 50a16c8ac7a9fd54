"""Makes the characters of JSON whole: programs that cut a text in the middle of an emoji write half of it."""

import re

MARK = "\ufeff"
"""The byte order mark, which some programs write before their first line."""
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
# Backslashes are taken two at a time, so that an escaped one never counts as the beginning of an escape.
_ESCAPES = re.compile(rf"\\\\|{_PAIR}|({_HALF})")


def with_whole_characters(text: str) -> str:
    """JSON without the byte order mark, and with U+FFFD for each half of a character that stands alone."""
    text = text.removeprefix(MARK)
    if "\\u" not in text:
        return text
    return _ESCAPES.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
