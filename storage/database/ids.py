"""Ids: text, time-ordered, with a prefix that says what they name (docs/storage.md, "Ids")."""

import hashlib
import secrets
from base64 import b32hexencode
from collections.abc import Callable
from datetime import datetime
from itertools import count, islice, product

_ENTROPY_BYTES = 9
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_LAST_TWO = [first + second for first, second in product(_DIGITS, repeat=2)]


class Ids:
    """Makes ids such as `run_06fjk8...`: 6 bytes of milliseconds, then 9 of chance that count upwards.

    Args:
        clock: gives the current instant
        entropy: gives n random bytes; a test hands in its own so that ids repeat
    """

    def __init__(self, clock: Callable[[], datetime], entropy: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._clock = clock
        # Half the range stays free above the start, so that counting never overflows; `count` is atomic.
        self._tail = count(int.from_bytes(entropy(_ENTROPY_BYTES)) >> 1)

    def new(self, prefix: str) -> str:
        """A new id. Ids of one process made in the same millisecond still sort in the order they were made."""
        return _encode(prefix, self._clock(), next(self._tail).to_bytes(_ENTROPY_BYTES))

    def many(self, prefix: str, number: int) -> list[str]:
        """So many new ids, in order, as `new` makes them but ten times as quickly: only their last digits change."""
        at = self._clock()
        ids: list[str] = []
        above, start = -1, ""
        for tail in islice(self._tail, number):
            if tail >> 10 != above:
                above, start = tail >> 10, _encode(prefix, at, tail.to_bytes(_ENTROPY_BYTES))[:-2]
            ids.append(start + _LAST_TWO[tail & 1023])
        return ids


def derived_id(prefix: str, at: datetime, *parts: str) -> str:
    """The one id that these parts have at this instant: the same everywhere, so that a unique key can guard it."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return _encode(prefix, at, digest[:_ENTROPY_BYTES])


def _encode(prefix: str, at: datetime, tail: bytes) -> str:
    milliseconds = int(at.timestamp() * 1000)
    # base32hex keeps the order of the bytes, and 15 of them need no padding.
    return f"{prefix}_{b32hexencode(milliseconds.to_bytes(6) + tail).decode().lower()}"
