"""Mailboxes in the mbox format (RFC 4155), as Takeout writes Gmail's: headers only, bodies pass by unread."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from io import BufferedReader

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.code_pages.east_asian import east_asian_page

_CHUNK_BYTES = 1 << 16
_HEADER_BYTES = 1 << 20
_AHEAD_BYTES = 1 << 8
_BOM = b"\xef\xbb\xbf"
"""Mailboxes that were put one behind the other keep the mark of each."""
_SEPARATORS = (b"From ", _BOM + b"From ")
_TAKEOUT = re.compile(rb"From \d{1,20}@xxx ")
_DATED_SEPARATOR = re.compile(rb"From (?:\S+ +|\S+ at \S+ +)\w{3} +\w{3} +\d{1,2} +(?:\d{4} +)?\d\d?:\d\d")
"""The date may have its year before the time, and the address an ` at `, as archives of lists write it."""
_SEPARATOR = re.compile(rb"From (?:-?\s*\Z|.*(?:@|\d\d:\d\d|\d{4}))", re.DOTALL)
"""What a separator says that is not dated as it should be: nothing, who wrote, or when. Else it is a sentence."""
_PATCH = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001")
"""The first line of a patch as git writes it, which is no message of this mailbox."""
_HEADER_LINE = re.compile(rb">?[!-9;-~]+[ \t]*:|>From ")
_NAMES_OF_MAIL = frozenset({"date", "message-id", "received", "subject", "to"})
_BLANK = (b"\n", b"\r\n")


@dataclass(slots=True)
class Headers:
    """The head of one message. Names are in lower case; of a header that is repeated, the first counts."""

    line: int
    """The 1-based line of the separator."""
    separator: str
    values: dict[str, str]
    is_whole: bool
    """False when the head is longer than any real one and was cut."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A place in a body that looks like the beginning of a message and is none."""

    line: int


def is_mbox(member: Member) -> bool:
    """True for a file that begins with a message's separator and a header."""
    head = member.head(1 << 12).removeprefix(_BOM).lstrip(b"\r\n")
    separator, _, next_lines = head.partition(b"\n")
    return head.startswith(b"From ") and (
        bool(_DATED_SEPARATOR.match(separator)) or _HEADER_LINE.match(next_lines) is not None
    )


def read_headers(member: Member, names: frozenset[str], limit: int | None = None) -> Iterator[Headers | PassedOver]:
    """The heads of the messages, in the order of the file.

    The form of the separators is taken from the file itself: Takeout's is unmistakable, so that in a mailbox that
    begins with it nothing else is believed. Elsewhere a separator counts when the lines of a message's head follow it.

    Args:
        member: the mailbox
        names: the headers to keep, in lower case
        limit: stop after so many bytes
    """
    with member.open() as stream, _Probe(member) as probe:
        lines = _Lines(stream, limit)
        separator, is_takeout = lines.first_separator(), False
        is_takeout = separator is not None and _TAKEOUT.match(separator) is not None
        looked_at = names if is_takeout else names | _NAMES_OF_MAIL | {"from", "content-length"}
        while separator is not None:
            start, follows_blank = lines.number, lines.follows_blank
            head, is_whole, following = lines.take_head(is_takeout=is_takeout)
            values = _values(head, looked_at)
            if _is_message(separator, head, values, is_takeout=is_takeout, follows_blank=follows_blank):
                kept_values = {name: value for name, value in values.items() if name in names}
                yield Headers(start, _text(separator), kept_values, is_whole)
                if following is None and not is_takeout:
                    _skip_body(lines, probe, values.get("content-length", ""))
            elif "from" in values or _DATED_SEPARATOR.match(separator):
                yield PassedOver(start)
            separator = following or lines.skip_to_separator()


def _is_message(
    separator: bytes, head: list[bytes], values: dict[str, str], *, is_takeout: bool, follows_blank: bool
) -> bool:
    """Whether what stands behind a separator is the head of a message of this mailbox."""
    if is_takeout:
        return _TAKEOUT.match(separator) is not None
    if _PATCH.match(separator):
        return False
    is_dated = _DATED_SEPARATOR.match(separator) is not None
    if is_dated and follows_blank:
        return bool(head) and _HEADER_LINE.match(head[0]) is not None
    is_separator = is_dated or (follows_blank and _SEPARATOR.match(separator) is not None)
    return is_separator and "from" in values and not _NAMES_OF_MAIL.isdisjoint(values)


def _skip_body(lines: "_Lines", probe: "_Probe", length: str) -> None:
    """Pass over a body whose length the head tells, if it tells the truth: a separator or the end must follow."""
    if length.strip().isdecimal() and len(length.strip()) < 12 and probe.ends_at(lines.byte_count + int(length)):
        lines.skip(int(length))


class _Probe:
    """Looks ahead in a mailbox, forwards only, on a stream of its own that is opened when it is first needed."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._stream: BufferedReader | None = None
        self._start = 0
        self._window = b""

    def __enter__(self) -> "_Probe":
        return self

    def __exit__(self, *failure: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def ends_at(self, place: int) -> bool:
        """Whether a body can end at this byte: behind it stands a separator, or nothing."""
        if place <= self._start:
            return False
        ahead = self._ahead(place - 1)
        behind = ahead[1:].lstrip(b"\r\n")
        at_line_end = ahead[:1] == b"\n" or ahead[1:2] in {b"\r", b"\n"}
        return at_line_end and (behind.startswith(b"From ") or (not behind and len(ahead) < _AHEAD_BYTES))

    def _ahead(self, place: int) -> bytes:
        if self._stream is None:
            self._stream = self._member.open()
        while place + _AHEAD_BYTES > self._start + len(self._window):
            more = self._stream.read(_CHUNK_BYTES)
            if not more:
                break
            keep = max(0, len(self._window) - (_AHEAD_BYTES + _CHUNK_BYTES))
            self._start, self._window = self._start + keep, self._window[keep:] + more
        offset = max(0, place - self._start)
        return self._window[offset : offset + _AHEAD_BYTES]


class _Lines:
    """Goes through a mailbox line by line and keeps count."""

    def __init__(self, stream: BufferedReader, limit: int | None) -> None:
        self.number = 0
        """The 1-based number of the line that was read last."""
        self.byte_count = 0
        """How many bytes were read."""
        self.follows_blank = True
        """Whether the separator that was found last stands behind an empty line or at the start of the file."""
        self._stream = stream
        self._limit = limit
        self._is_start = True

    def first_separator(self) -> bytes | None:
        """The line that the file begins with, if it is a separator."""
        for line, is_start in self._lines():
            text = line.removeprefix(_BOM) if self.number == 1 and is_start else line
            if text not in _BLANK:
                return text if text.startswith(b"From ") else self.skip_to_separator()
        return None

    def skip_to_separator(self) -> bytes | None:
        """Pass over a body; None at the end. Most of a mailbox passes by here, so that it is searched and not read."""
        before = b"\n\n"
        while window := self._stream.peek(1):
            place = _place_of_separator(window)
            # The last bytes may be the beginning of a separator.
            size = place + 1 if place >= 0 else len(window) - len(b"\n" + _BOM + b"From")
            if size <= 0 or (self._is_start and window.startswith(_SEPARATORS)):
                line, is_start = next(self._lines(), (b"", False))
                if is_start and line.startswith(_SEPARATORS):
                    self.follows_blank = before.endswith((b"\n\n", b"\n\r\n"))
                    return line.removeprefix(_BOM)
                before = (before + line)[-3:]
            else:
                piece = self._stream.read(size)
                before = (before + piece)[-3:]
                self._pass(piece)
            if self._limit is not None and self.byte_count > self._limit:
                break
        return None

    def _pass(self, piece: bytes) -> None:
        """Count what was passed over."""
        ends_line = piece.endswith(b"\n")
        self.number += piece.count(b"\n") - ends_line + self._is_start
        self._is_start = ends_line
        self.byte_count += len(piece)

    def skip(self, size: int) -> None:
        """Pass over so many bytes, which end with a line."""
        while size > 0 and (piece := self._stream.read(min(size, _CHUNK_BYTES))):
            size -= len(piece)
            self.byte_count += len(piece)
            self.number += piece.count(b"\n")

    def take_head(self, *, is_takeout: bool) -> tuple[list[bytes], bool, bytes | None]:
        """The lines of a head, whether these are all of it, and the separator if the next message begins at once."""
        head: list[bytes] = []
        size = 0
        for line, is_start in self._lines():
            if is_start and line in _BLANK:
                break
            if is_start and line.startswith(b"From ") and (_TAKEOUT if is_takeout else _DATED_SEPARATOR).match(line):
                self.follows_blank = True
                return head, size <= _HEADER_BYTES, line
            size += len(line)
            if size <= _HEADER_BYTES:
                head.append(line)
        return head, size <= _HEADER_BYTES, None

    def _lines(self) -> Iterator[tuple[bytes, bool]]:
        """Lines, or pieces of very long ones, and whether each is the beginning of a line."""
        for line in iter(partial(self._stream.readline, _CHUNK_BYTES), b""):
            is_start, self._is_start = self._is_start, line.endswith(b"\n")
            self.number += is_start
            self.byte_count += len(line)
            if self._limit is not None and self.byte_count > self._limit:
                return
            yield line, is_start


def _place_of_separator(window: bytes) -> int:
    """Where the line end in front of the first separator stands; -1 where there is none."""
    place = window.find(b"\nFrom ")
    place_behind_mark = window.find(b"\n" + _BOM + b"From ", 0, place if place >= 0 else len(window))
    return place_behind_mark if place_behind_mark >= 0 else place


def _values(head: list[bytes], names: frozenset[str]) -> dict[str, str]:
    """The wanted headers, unfolded."""
    parts_by_name: dict[str, list[bytes]] = {}
    parts: list[bytes] = []
    for raw in head:
        if raw[0] in b" \t":
            parts.append(raw)
            continue
        before, colon, after = raw.partition(b":")
        name = _name(before)
        parts = [after]
        if colon and name in names and name not in parts_by_name:
            parts_by_name[name] = parts
    return {
        name: _text(parts[0]) if len(parts) == 1 else " ".join(map(_text, parts))
        for name, parts in parts_by_name.items()
    }


@lru_cache(maxsize=1 << 10)
def _name(raw: bytes) -> str:
    """The name of a header; there are few, and each stands in every head."""
    return raw.decode("ascii", errors="replace").strip().lower()


def _text(raw: bytes) -> str:
    """A header should be ASCII; what is not, was meant as UTF-8, in an East Asian code page or as Windows-1252."""
    raw = (raw.replace(b"\0", b"") if b"\0" in raw else raw).strip()
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(east_asian_page(raw) or "cp1252", errors="replace")
