"""Tables that fit a terminal: what does not fit beside the rest stands below it, and nothing is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from onelane.server.cli.display.cells import Cell
from onelane.server.cli.display.wrapping import longest_word, pad, width_of, wrap_lines

_GAP = "  "
_BELOW = "    "
_BETWEEN = " · "
_COMFORT = 24
"""A text is not squeezed further than that, where it has more to say."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Args:
        heading: what stands above it
        cells: one a row
        stays: whether it stands in the row however little room there is
    """

    heading: str
    cells: Sequence[Cell]
    stays: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it stands at the right."""
        return all(cell.is_number or not cell.text for cell in self.cells)

    @property
    def natural(self) -> int:
        """How wide it is when nothing is wrapped."""
        return max(map(width_of, self._texts()))

    @property
    def narrowest(self) -> int:
        """How narrow it may be where there is no choice: no word is broken."""
        return max(map(longest_word, self._texts()))

    @property
    def least(self) -> int:
        """How narrow it may be while another column can go below: a longer text keeps some room."""
        return max(self.narrowest, min(self.natural, _COMFORT))

    def _texts(self) -> list[str]:
        return [self.heading, *(cell.text for cell in self.cells)]


Line = Sequence[tuple[str, str]]
"""A line in pieces: a text, and its tone."""


def table_lines(columns: Sequence[Column], width: int) -> list[Line]:
    """The lines of a table, its headings first; columns in which nothing stands are left out."""
    filled_columns = [column for column in columns if any(cell.text for cell in column.cells)]
    beside, below = _divide(filled_columns, width)
    widths = _widths(beside, width)
    lines = _row([Cell(column.heading, "heading") for column in beside], beside, widths)
    for number in range(len(filled_columns[0].cells) if filled_columns else 0):
        lines += _row([column.cells[number] for column in beside], beside, widths)
        lines += _lines_below([(column.heading, column.cells[number]) for column in below], width)
    return lines


def _divide(columns: Sequence[Column], width: int) -> tuple[list[Column], list[Column]]:
    """What stands beside each other, and what is moved below because there is no room: the last columns first."""
    beside, below = list(columns), list[Column]()
    while _total([column.least for column in beside]) > width:
        movable = [column for column in beside[1:] if not column.stays]
        if not movable:
            break
        beside.remove(movable[-1])
        below.insert(0, movable[-1])
    return beside, below


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Room for each: what it needs at least, then what is left over to those that want more, a place at a time."""
    widths = [column.least for column in columns]
    if _total(widths) > width:
        widths = [column.narrowest for column in columns]
    spare = width - _total(widths)
    while spare > 0 and (wanting := [n for n, column in enumerate(columns) if widths[n] < column.natural]):
        for number in wanting[:spare]:
            widths[number] += 1
            spare -= 1
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * max(0, len(widths) - 1)


def _row(cells: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int]) -> list[Line]:
    parts = [wrap_lines(cell.text, width) for cell, width in zip(cells, widths, strict=True)]
    return [
        [
            (f"{_GAP if number else ''}{pad(text, widths[number], is_right=columns[number].is_number)}", tone)
            for number, (text, tone) in enumerate(zip(texts, (cell.tone for cell in cells), strict=True))
        ]
        for texts in zip_longest(*parts, fillvalue="")
    ]


def _lines_below(cells: Sequence[tuple[str, Cell]], width: int) -> list[Line]:
    """What had no room beside the rest, as many of them in a line as fit."""
    lines: list[str] = []
    for words in (f"{heading}: {cell.text}" for heading, cell in cells if cell.text):
        joined = f"{lines[-1]}{_BETWEEN}{words}" if lines else words
        if lines and width_of(joined) <= width - len(_BELOW):
            lines[-1] = joined
        else:
            lines += wrap_lines(words, width - len(_BELOW))
    return [[(f"{_BELOW}{line}", "faint")] for line in lines]
