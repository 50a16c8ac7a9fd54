"""JSON text from outside, before a parser has it: how deep it may nest, what it says, its characters made whole."""

import ast
import json
import re
from itertools import accumulate
from typing import Any, cast

DEEPEST_READ = 100
"""So many levels are read. Real data has a dozen; parsers pay for more with memory, or with their stack."""
_LONGEST_PYTHON = 20_000

_OPEN, _CLOSED = b"[{", b"]}"
_NOT_BRACKETS = bytes(set(range(256)) - set(_OPEN + _CLOSED))
_STEP = dict.fromkeys(_OPEN, 1) | dict.fromkeys(_CLOSED, -1)

MARK = "\ufeff"
"""The byte order mark, which some programs write before their first line."""
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
# Backslashes are taken two at a time, so that an escaped one never counts as the beginning of an escape.
_ESCAPES = re.compile(rf"\\\\|{_PAIR}|({_HALF})")


class TooDeep(ValueError):
    """JSON that nests deeper than it is read."""

    def __init__(self) -> None:
        super().__init__(f"it is nested deeper than {DEEPEST_READ} levels")


def check_depth(text: str | bytes) -> None:
    """See to it that a parser may have this text. The cost is linear in its length.

    Raises:
        TooDeep: it nests deeper than `DEEPEST_READ`
    """
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    # Nearly everything has fewer brackets than that, and is done here.
    if data.count(b"[") + data.count(b"{") > DEEPEST_READ and _depth(data) > DEEPEST_READ:
        raise TooDeep


def _depth(data: bytes) -> int:
    """How many levels there are; brackets inside of strings are none."""
    # Without its escaped quotes, each second part between quotes is the inside of a string.
    parts = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    brackets = b"".join(parts[::2]).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def value_in(text: str) -> Any:
    """What a text says as JSON, or as Python writes it (`['a', 'b']`, `{'page': None}`); else the text itself."""
    try:
        check_depth(text)
        return json.loads(text)
    except (ValueError, RecursionError):
        return _from_python(text)


def _from_python(text: str) -> Any:
    if len(text) > _LONGEST_PYTHON or "'" not in text:
        return text
    try:
        check_depth(text)
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
    return cast("object", value) if isinstance(value, list | dict) else text


def with_whole_characters(text: str) -> str:
    """JSON without the byte order mark, and with U+FFFD for each half of a character that stands alone."""
    text = text.removeprefix(MARK)
    if "\\u" not in text:
        return text
    return _ESCAPES.sub(lambda match: "\\ufffd" if match[1] else match[0], text)
