"""CSV tables as people's exports hold them: after a preamble, with any delimiter, now and then with a broken quote."""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.decoding import Encoding, encoding_of, open_text
from onelane.tools.platforms.formats.records import BadLine, excerpt
from onelane.tools.registry.errors import UnreadableExport

Row = tuple[int, list[str]]
"""The 1-based physical line where a record starts, and its cells: as many as the table has columns."""

_PREAMBLE_LINES, _PREAMBLE_CHARS = 300, 4 << 20
_LINE_CHARS = 1 << 20
MOST_LINE_CHARS = 16 << 20
"""A table with a longer line is refused: it is no table, and each piece of the line would count as a broken record."""
MOST_ROWS = 1_000_000
"""More rows than a table of one person has; one with more is refused, before anything of it is imported."""
MOST_LINES = 10 * MOST_ROWS
MOST_BROKEN_LINES = 20_000
"""A table of which so many lines are no records, and fewer are, is refused: a quote may have swallowed its rows."""
_COUNTABLE_BYTES = 64 << 20
_REREAD_CHARS = 64 << 20
_BLANK = ("\n", "\r\n")
_FEWEST_TO_TELL = 4
"""With fewer columns, a line of prose in a field has as many commas as a row."""
DELIMITERS = (",", ";", "\t", "|")
_WRAPPED_LINE = re.compile(r'\s*"((?:[^"]|"")*)"[\s,;]*')
"""A line that is one cell, as some spreadsheets leave every row."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table found in a file: where its rows begin and what its columns are called."""

    member: Member
    encoding: Encoding
    delimiter: str
    columns: tuple[str, ...]
    """The header's cells, plain: lower case, single spaces."""
    lines_before: int
    """Physical lines before the first row: the preamble and the header."""
    is_private: bool = False
    """True where the rows hold what people wrote to each other; then no reason quotes them."""
    is_wrapped: bool = False
    """True where each row was put into one cell, with the delimiters inside."""
    header: str = ""
    """The header's line; where tables were put one behind the other, it stands between them again and is nobody."""

    def rows(self) -> Iterator[Row | BadLine]:
        """The records in the order of the file. Blank lines are passed over; a line that is no record is a BadLine.

        Raises:
            UnreadableExport: there are too many, or most lines are no records; the rows before are good
        """
        with _text_after(self) as text:
            yield from _within_limits(self.member.basename, _Records(text, self))

    def count(self) -> int | None:
        """How many records there are, where counting costs next to nothing and the file is sound; else None.

        Raises:
            UnreadableExport: there are more than a person's table has
        """
        line_count = self._line_count() if self.member.size > MOST_ROWS else 0
        if line_count > MOST_LINES:
            raise _too_many(self.member.basename, MOST_LINES, "lines")
        if self.member.size > _COUNTABLE_BYTES and line_count <= MOST_ROWS:
            return None
        with _text_after(self) as text:
            rows = (row for row in csv.reader(text, delimiter=self.delimiter) if row)
            try:
                row_count = sum(1 for _ in islice(rows, MOST_ROWS + 1))
            except csv.Error:
                return None
        if row_count > MOST_ROWS:
            raise _too_many(self.member.basename, MOST_ROWS, "rows")
        return row_count if self.member.size <= _COUNTABLE_BYTES else None

    def _line_count(self) -> int:
        """How many lines there are, up to what is refused; they are counted without being read."""
        line_count = 0
        with self.member.open() as stream:
            while line_count <= MOST_LINES and (chunk := stream.read(1 << 20)):
                line_count += chunk.count(b"\n")
        return line_count


def find_table(
    member: Member,
    knows: Callable[[Sequence[str]], bool],
    *,
    is_private: bool = False,
    most_lines: int = _PREAMBLE_LINES,
) -> Table | None:
    """The table in a file whose header `knows` accepts; None when there is none, or the file is no text.

    The header is looked for line by line, so that no unclosed quote in a preamble can swallow it.

    Args:
        member: the file
        knows: whether the cells of a line, in plain form, are the header
        is_private: whether the rows hold what people wrote to each other
        most_lines: in how many lines the header is looked for
    """
    encoding = encoding_of(member.head())
    if encoding is None:
        return None
    chars_to_read = _PREAMBLE_CHARS
    with open_text(member.open(), encoding) as text:
        for number in range(1, most_lines + 1):
            line = text.readline(_LINE_CHARS)
            chars_to_read -= len(line)
            if not line or chars_to_read < 0:
                return None
            for header, is_wrapped in _headers(line):
                for delimiter in DELIMITERS:
                    columns = plain_cells(header, delimiter)
                    if knows(columns):
                        return Table(
                            member,
                            encoding,
                            delimiter,
                            tuple(columns),
                            number,
                            is_private,
                            is_wrapped,
                            header.lstrip("\ufeff"),
                        )
    return None


def _headers(line: str) -> Sequence[tuple[str, bool]]:
    """What may be the header on a line, and whether that stands in a single cell."""
    inner = _unwrap(line)
    return [(line, False)] if inner == line else [(line, False), (inner, True)]


def _unwrap(line: str) -> str:
    match = _WRAPPED_LINE.fullmatch(line)
    return match[1].replace('""', '"') + "\n" if match else line


def plain_cells(line: str, delimiter: str = ",") -> list[str]:
    """The cells of one line as column names are compared: lower case, single spaces, no mark at the front."""
    return [" ".join(cell.split()).lower() for cell in _cells([line.lstrip("\ufeff")], delimiter)]


def _cells(record: Sequence[str], delimiter: str, *, strict: bool = False) -> list[str]:
    """The cells of the record on these lines; none where there is no record, or it is broken."""
    try:
        return next(csv.reader(record, delimiter=delimiter, strict=strict))
    except (csv.Error, StopIteration):
        return []


def _text_after(table: Table) -> io.TextIOWrapper:
    text = open_text(table.member.open(), table.encoding)
    for _ in range(table.lines_before):
        text.readline(_LINE_CHARS)
    return text


def _within_limits(name: str, records: "_Records") -> Iterator[Row | BadLine]:
    broken_count = 0
    for number, record in enumerate(records, 1):
        if number > MOST_ROWS:
            raise _too_many(name, MOST_ROWS, "rows")
        if isinstance(record, BadLine):
            broken_count += 1
            if broken_count > MOST_BROKEN_LINES and broken_count > number // 2:
                raise UnreadableExport(
                    f"{name}: {broken_count:,} of its first {number:,} lines are no rows of it, this last one for "
                    f"{record.fault or record.reason}. Download the export again and import the new file."
                )
        yield record


def _too_many(name: str, most: int, what: str) -> UnreadableExport:
    return UnreadableExport(
        f"{name} has more than {most:,} {what}, which no person's export has. If they are really yours, split the "
        "file and import the parts."
    )


class _Records:
    """Reads records, and reads on after a broken one.

    A quote that is never closed makes the csv module take the rest of the file for one field. Such a record is told by
    its shape; then only its first line is given up, and the lines after it are read again as records of their own.
    """

    def __init__(self, text: io.TextIOWrapper, table: Table) -> None:
        self._text = text
        self._table = table
        self._delimiter = table.delimiter
        self._width = len(table.columns)
        self._fewest = max((place for place, column in enumerate(table.columns, 1) if column), default=0)
        self._line = table.lines_before
        self._pending: list[str] = []
        self._again: deque[str] = deque()
        self._may_reread = _REREAD_CHARS
        self._open_chars = 0

    def __iter__(self) -> Iterator[Row | BadLine]:
        while True:
            try:
                yield from self._sound_until_broken()
                if not self._again:
                    return
            except csv.Error:
                yield self._give_up("a quote that is never closed, or a field of more than 128 KB")

    def _sound_until_broken(self) -> Iterator[Row | BadLine]:
        pending, width = self._pending, self._width
        headers = (self._table.header, "\ufeff" + self._table.header)
        for row in csv.reader(self._lines(), delimiter=self._delimiter):
            if len(row) == width and len(pending) == 1:
                self._line += 1
                is_header = pending[0] in headers
                pending.clear()
                if not is_header:
                    yield self._line, row
            elif len(pending) == 1 and (cells := self._unwrapped_cells(pending[0])):
                self._line += 1
                pending.clear()
                yield self._line, cells
            elif fault := self._fault_of(row):
                yield self._give_up(fault)
            else:
                start = self._line + 1
                self._line += len(pending)
                pending.clear()
                if row and len(row) >= self._fewest:
                    yield start, (row + [""] * width)[:width]

    def _lines(self) -> Iterator[str]:
        readline, again, keep = self._read_line, self._again, self._pending.append
        is_wrapped = self._table.is_wrapped
        while line := again.popleft() if again else readline():
            if line in _BLANK and not self._pending:
                # They come in millions where a quote was never closed.
                self._line += 1
                continue
            line = line.replace("\0", "")  # no database keeps one in a text
            if is_wrapped:
                line = _unwrap(line)
            keep(line)
            yield line

    def _read_line(self) -> str:
        """A line, or a piece of a very long one."""
        line = self._text.readline(_LINE_CHARS)
        if len(line) < _LINE_CHARS:
            self._open_chars = 0
            return line
        self._open_chars = self._open_chars + _LINE_CHARS if line[-1] not in "\r\n" else 0
        if self._open_chars > MOST_LINE_CHARS:
            raise UnreadableExport(
                f"{self._table.member.basename} has a line of more than {MOST_LINE_CHARS >> 20} MB, as no table has. "
                "Download the export again and import the new file."
            )
        return line

    def _unwrapped_cells(self, line: str) -> list[str]:
        """The cells of a row that a spreadsheet put into one, as it does with those alone that have a quote in them."""
        inner = _unwrap(line)
        cells = [] if inner == line else _cells([inner], self._delimiter, strict=True)
        return cells if len(cells) == self._width else []

    def _fault_of(self, row: list[str]) -> str | None:
        if any(cell.strip() for cell in row[self._width :]):
            return self._of_columns(row)
        if len(row) < self._width or (len(self._pending) > 1 and not self._is_strictly_quoted()):
            odd = sum(line.count('"') for line in self._pending) % 2
            if odd or any(self._looks_whole(line) for line in self._pending[1:]):
                return "a quote that is never closed"
        # Programs of old end a file with the sign of its end.
        if len(row) < self._fewest and any(cell.strip(" \x1a") for cell in row):
            return self._of_columns(row)
        return None

    def _of_columns(self, row: list[str]) -> str:
        return f"{len(row)} {'column' if len(row) == 1 else 'columns'} where the header has {self._width}"

    def _is_strictly_quoted(self) -> bool:
        """True for a record as a CSV writer writes it: each quote ends its field, or is doubled."""
        return len(_cells(self._pending, self._delimiter, strict=True)) > 0

    def _looks_whole(self, line: str) -> bool:
        """True for a line that is a record by itself, and so was swallowed by the quote of another."""
        return self._width >= _FEWEST_TO_TELL and len(_cells([line], self._delimiter, strict=True)) == self._width

    def _give_up(self, fault: str) -> BadLine:
        first, *next_lines = self._pending
        self._may_reread -= sum(map(len, next_lines))
        if self._may_reread >= 0:  # a file made of nothing but broken quotes must not be read over and over
            self._again.extendleft(reversed(next_lines))
            next_lines.clear()
        self._line += 1 + len(next_lines)
        self._pending.clear()
        reason = f"{self._table.member.basename}: {fault}"
        line = self._line - len(next_lines)
        return BadLine(line, reason if self._table.is_private else f"{reason}: {excerpt(first)}", fault)
