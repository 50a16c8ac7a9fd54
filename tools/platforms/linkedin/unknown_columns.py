"""Columns of connections whose names are not known: what they hold is told by their cells, or by where they stand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice

from onelane.tools.platforms.formats.contact_details import parse_email
from onelane.tools.platforms.formats.instants import written_instant
from onelane.tools.platforms.formats.records import BadLine
from onelane.tools.platforms.formats.table import Table
from onelane.tools.platforms.linkedin.connections import COLUMNS, connection_columns
from onelane.tools.platforms.linkedin.profiles import parse_profile

_ROWS_TO_ASK = 50
_Tells = Callable[[str], object]
_TOLD_BY_CELLS: tuple[tuple[str, _Tells], ...] = (
    ("url", parse_profile),
    ("email address", parse_email),
    ("connected on", written_instant),
)


def with_known_columns(table: Table) -> Table:
    """The table with the names that its reader knows, as far as they can be told."""
    columns = list(table.columns)
    if not _missing(columns):
        return table
    rows = [row for row in islice(table.rows(), _ROWS_TO_ASK) if not isinstance(row, BadLine)]
    for name, tells in _TOLD_BY_CELLS:
        if name in _missing(columns):
            places = [place for place in _unknown_places(columns) if _holds(tells, (row[place] for _, row in rows))]
            if len(places) == 1:
                columns[places[0]] = name
    _name_by_place(columns)
    return replace(table, columns=tuple(columns))


def columns_not_read(table: Table) -> Sequence[str]:
    """Names of columns that may be what is missing; none where nothing is."""
    return [table.columns[place] for place in _unknown_places(table.columns)] if _missing(table.columns) else []


def _name_by_place(columns: list[str]) -> None:
    """Name the columns that stand where LinkedIn has them, if all that are known stand there."""
    at = connection_columns(columns)
    if len(columns) == len(COLUMNS) and all(place in {-1, position} for position, place in enumerate(at)):
        for place in _unknown_places(columns):
            columns[place] = COLUMNS[place]


def _missing(columns: Sequence[str]) -> set[str]:
    return {name for name, place in zip(COLUMNS, connection_columns(columns), strict=True) if place < 0}


def _unknown_places(columns: Sequence[str]) -> list[int]:
    return [place for place, name in enumerate(columns) if name and max(connection_columns([name])) < 0]


def _holds(tells: _Tells, cells: Iterable[str]) -> bool:
    """Whether most of what stands in a column is of this kind."""
    texts = [cell for cell in cells if cell.strip()]
    return 2 * sum(tells(cell) is not None for cell in texts) > len(texts)
