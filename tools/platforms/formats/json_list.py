"""One long JSON list, read entry by entry: a file may be larger than the memory.

An entry is parsed when its text is there. What a streaming parser would keep of where it stands grows with the depth
and with the length of names, so that a small file could cost minutes and gigabytes.
"""

import json
import re
from collections.abc import Iterator
from typing import NoReturn, TextIO

from onelane.tools.platforms.formats.records import Json
from onelane.tools.registry.json_depth import TooDeep, check_depth

MOST_ENTRY_CHARS = 16 << 20
"""A longer entry is none that a platform writes."""
_PIECE_CHARS = 1 << 18
_SPACE = re.compile(r"[ \t\r\n]*")


class DamagedList(Exception):
    """The text is no list, or not a list any more from here on; the message says why."""


class JsonList:
    """The entries of a JSON list.

    Args:
        text: begins with the list, after white space
        held: what was read of it already
        may_follow: characters that may stand behind the list; None where anything may
    """

    def __init__(self, text: TextIO, beginning: str = "", *, may_follow: str | None = "") -> None:
        self._text = text
        self._buffer = beginning
        self._place = 0
        self._may_follow = may_follow
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)

    def __iter__(self) -> Iterator[Json]:
        """The entries.

        Raises:
            DamagedList: the list goes no further; the entries before are good
        """
        self._expect("[")
        if self._next() != "]":
            yield self._entry()
        while self._next() == ",":
            self._place += 1
            # In a script a comma may stand behind the last entry.
            if self._next() != "]":
                yield self._entry()
        self._expect("]")
        self._check_end()

    def _entry(self) -> Json:
        """The entry that begins here. Its text is read twice at most, since what is held doubles."""
        while True:
            self._next()
            try:
                entry, end = self._decoder.raw_decode(self._buffer, self._place)
            except RecursionError as error:
                raise DamagedList(str(TooDeep())) from error
            except ValueError as error:
                if not self._read_on():
                    raise DamagedList("it is no JSON") from error
                continue
            # A number may go on in what was not read yet.
            if end < len(self._buffer) or not self._read_on():
                return self._take(entry, end)

    def _take(self, entry: Json, end: int) -> Json:
        try:
            check_depth(self._buffer[self._place : end])
        except TooDeep as error:
            raise DamagedList(str(error)) from error
        self._place = end
        return entry

    def _next(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            self._place = self._end_of_space()
            if self._place < len(self._buffer) or not self._read_on():
                return self._buffer[self._place : self._place + 1]

    def _end_of_space(self) -> int:
        space = _SPACE.match(self._buffer, self._place)
        return space.end() if space else self._place

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise DamagedList(f"there is no {character} where the list needs one")
        self._place += 1

    def _check_end(self) -> None:
        if self._may_follow is None:
            return
        while character := self._next():
            if character not in self._may_follow:
                raise DamagedList("something stands behind the list")
            self._place += 1

    def _read_on(self) -> bool:
        """Read some more, as much again as is held; False at the end."""
        tail = self._buffer[self._place :]
        if len(tail) > MOST_ENTRY_CHARS:
            raise DamagedList(f"an entry has more than {MOST_ENTRY_CHARS:,} characters")
        more = self._text.read(max(_PIECE_CHARS, len(tail)))
        self._buffer, self._place = tail + more, 0
        return bool(more)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
