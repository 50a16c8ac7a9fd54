"""How deep JSON from outside may nest; looked at in its text, before a parser spends memory or stack on it."""

from itertools import accumulate

DEEPEST_READ = 100
"""So many levels are read. Real data has a dozen; parsers pay for more with memory, or with their stack."""

_OPEN, _CLOSED = b"[{", b"]}"
_NOT_BRACKETS = bytes(set(range(256)) - set(_OPEN + _CLOSED))
_STEP = dict.fromkeys(_OPEN, 1) | dict.fromkeys(_CLOSED, -1)


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
