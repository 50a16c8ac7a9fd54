"""LinkedIn's messages and invitations under a header in a language that is not known: they are told by their cells."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from onelane.tools.platforms.formats.archive import Member
from onelane.tools.platforms.formats.decoding import encoding_of, open_text
from onelane.tools.platforms.formats.instants import us_instant
from onelane.tools.platforms.formats.records import BadLine
from onelane.tools.platforms.formats.table import DELIMITERS, Table, plain_cells
from onelane.tools.platforms.linkedin.profiles import parse_profile

_LINES_TO_TRY, _LINE_CHARS, _ROWS_TO_ASK = 20, 1 << 16, 20


class _Shape(NamedTuple):
    """A table as LinkedIn writes it in English: its columns in their order, and in which ones its rows are told."""

    columns: tuple[str, ...]
    fewest: int
    profile: int
    date: int


_SHAPES = {
    "messages": _Shape(
        ("conversation id", "conversation title", "from", "sender profile url", "to", "recipient profile urls", "date",
         "subject", "content", "folder", "attachments", "is message draft", "is conversation draft"),
        fewest=9, profile=3, date=6,
    ),
    "invitations": _Shape(
        ("from", "to", "sent at", "message", "direction", "inviterprofileurl", "inviteeprofileurl"),
        fewest=7, profile=5, date=2,
    ),
}  # fmt: skip


def find_table_by_cells(member: Member, name: str) -> Table | None:
    """The messages or invitations in a file, with their columns named as in English.

    Args:
        member: the file
        name: `messages` or `invitations`; of nothing else there is a table
    """
    encoding, shape = encoding_of(member.head()), _SHAPES.get(name)
    if encoding is None or shape is None:
        return None
    with open_text(member.open(), encoding) as text:
        lines = [text.readline(_LINE_CHARS) for _ in range(_LINES_TO_TRY)]
    for number, line in enumerate(lines, 1):
        for delimiter in DELIMITERS:
            width = len(plain_cells(line, delimiter))
            if shape.fewest <= width <= len(shape.columns):
                table = Table(member, encoding, delimiter, shape.columns[:width], number, is_private=True, header=line)
                if _fits(table, shape):
                    return table
    return None


def _fits(table: Table, shape: _Shape) -> bool:
    """Whether most of the first rows have a profile and an instant where LinkedIn has them."""
    rows: Sequence[list[str]] = [
        entry[1] for entry in islice(table.rows(), _ROWS_TO_ASK) if not isinstance(entry, BadLine)
    ]
    fitting = [row for row in rows if parse_profile(row[shape.profile]) and us_instant(row[shape.date])]
    return 2 * len(fitting) > len(rows)
