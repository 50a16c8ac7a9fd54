"""Single messages of a mailbox, whole: most of it passes by unread."""

import re
from collections.abc import Iterator, Sequence
from functools import partial

from onelane.tools.platforms.formats.archive import Member

_CHUNK_BYTES = 1 << 16
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)

LineRange = tuple[int, int | None]
"""The line of a message's separator, and that of the next one; None where it is the last."""


def read_messages(member: Member, ranges: Sequence[LineRange], *, most_bytes: int) -> Iterator[bytes]:
    """The messages that begin at these lines, in the order of the file; of a long one the beginning.

    Args:
        member: the mailbox
        ranges: where each begins and ends, in order; see `mbox.Headers.line`
        most_bytes: so much of each
    """
    places = iter(ranges)
    place = next(places, None)
    lines: list[bytes] = []
    size = 0
    for number, line in _numbered_lines(member):
        if place is None:
            return
        if place[1] is not None and number >= place[1]:
            yield _message(lines, most_bytes)
            lines, size, place = [], 0, next(places, None)
            if place is None:
                return
        if number > place[0] and size <= most_bytes:
            lines.append(line)
            size += len(line)
    if place is not None and lines:
        yield _message(lines, most_bytes)


def _numbered_lines(member: Member) -> Iterator[tuple[int, bytes]]:
    """Lines, or pieces of very long ones, with the 1-based number of the line."""
    number, is_start = 0, True
    with member.open() as stream:
        for line in iter(partial(stream.readline, _CHUNK_BYTES), b""):
            number += is_start
            is_start = line.endswith(b"\n")
            yield number, line


def _message(lines: Sequence[bytes], most_bytes: int) -> bytes:
    """A message as it was before the mailbox quoted its lines that begin with "From "."""
    return _ESCAPED_FROM.sub(rb"\1", b"".join(lines)[:most_bytes])
