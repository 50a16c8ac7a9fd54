"""Mailboxes in the mbox format (RFC 4155), as Takeout writes Gmail's: headers only, bodies pass by unread."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from onelane.tools.platforms.formats.archive import Member

_CHUNK_BYTES = 1 << 16
_HEADER_BYTES = 1 << 20
# Gmail escapes body lines that begin like this one; a date behind the address tells the others apart from prose.
_SEPARATOR = re.compile(rb"From (\S+) +\w{3} \w{3} +\d{1,2} +\d\d?:\d\d")


@dataclass(slots=True)
class Headers:
    """The head of one message. Names are in lower case; of a header that is repeated, the first counts."""

    line: int
    """The 1-based line of the separator."""
    separator: str
    values: dict[str, str]
    is_whole: bool
    """False when the head is longer than any real one and was cut."""


def is_mbox(member: Member) -> bool:
    """True for a file that begins with a message's separator."""
    return _SEPARATOR.match(member.head(1 << 12).lstrip(b"\xef\xbb\xbf\r\n")) is not None


def read_headers(member: Member, wanted: frozenset[str], limit: int | None = None) -> Iterator[Headers]:
    """The heads of the messages, in the order of the file.

    Args:
        member: the mailbox
        wanted: the headers to keep, in lower case
        limit: stop after so many bytes
    """
    with member.open() as stream:
        lines = _Lines(stream, limit)
        separator = lines.skip_to_separator()
        while separator:
            start = lines.number
            head, is_whole, following = lines.take_head()
            yield Headers(start, _text(separator), _values(head, wanted), is_whole)
            separator = following or lines.skip_to_separator()


class _Lines:
    """Goes through a mailbox line by line and keeps count."""

    def __init__(self, stream: BinaryIO, limit: int | None) -> None:
        self.number = 0
        """The 1-based number of the line that was read last."""
        self._stream = stream
        self._limit = limit
        self._taken = 0

    def skip_to_separator(self) -> bytes | None:
        """Pass over a body; None at the end. Most of a mailbox goes through this loop."""
        for line, is_start in self._lines():
            if is_start and line.startswith(b"From ") and _SEPARATOR.match(line):
                return line
        return None

    def take_head(self) -> tuple[list[bytes], bool, bytes | None]:
        """The lines of a head, whether these are all of it, and the separator if the next message begins at once."""
        head: list[bytes] = []
        size = 0
        for line, is_start in self._lines():
            if is_start and line in {b"\n", b"\r\n"}:
                break
            if is_start and line.startswith(b"From ") and _SEPARATOR.match(line):
                return head, size <= _HEADER_BYTES, line
            size += len(line)
            if size <= _HEADER_BYTES:
                head.append(line)
        return head, size <= _HEADER_BYTES, None

    def _lines(self) -> Iterator[tuple[bytes, bool]]:
        """Lines, or pieces of very long ones, and whether each is the beginning of a line."""
        is_start = True
        for line in iter(partial(self._stream.readline, _CHUNK_BYTES), b""):
            self.number += is_start
            self._taken += len(line)
            if self._limit is not None and self._taken > self._limit:
                return
            yield line, is_start
            is_start = line.endswith(b"\n")


def _values(head: list[bytes], wanted: frozenset[str]) -> dict[str, str]:
    """The wanted headers, unfolded."""
    folded: dict[str, list[str]] = {}
    parts: list[str] = []
    for raw in head:
        if raw[:1] in b" \t":
            parts.append(_text(raw))
            continue
        before, colon, after = raw.partition(b":")
        name = before.decode("ascii", errors="replace").strip().lower()
        parts = [_text(after)]
        if colon and name in wanted:
            folded.setdefault(name, parts)
    return {name: " ".join(parts) for name, parts in folded.items()}


def _text(raw: bytes) -> str:
    """A header should be ASCII; what is not, was meant as UTF-8 or as Windows-1252."""
    raw = raw.replace(b"\0", b"").strip()
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
