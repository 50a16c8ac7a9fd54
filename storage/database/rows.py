"""What all row classes are, and how many rows are read quickly."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import sqlalchemy as sa
from sqlmodel import SQLModel

from onelane.storage.database.columns import UnixTime
from onelane.storage.database.engine import Session

PlainRow = dict[str, Any]
"""A row's columns as the database has them: words as text, instants as Unix seconds."""


class Row(SQLModel):
    """A row of a table; subclasses say `table=True` and name their table."""

    # Rows are not validated, so that building their validators would only make starting slower.
    model_config = {"defer_build": True}

    if TYPE_CHECKING:
        # SQLModel declares it as a method that makes up a name; ours are the specification's.
        __tablename__: ClassVar[str]  # type: ignore[assignment] - see above


def table_of(row: type[Row]) -> sa.Table:
    """The table of a row class."""
    return SQLModel.metadata.tables[row.__tablename__]


def plain(table: sa.Table, *, without: frozenset[str] = frozenset()) -> list[sa.ColumnElement[Any]]:
    """The columns as the database has them: words as text, instants as Unix seconds.

    Reading by the thousand is twice as fast when nothing is converted row by row; whoever shows the rows validates
    them anyway.
    """
    return [
        sa.type_coerce(column, sa.BigInteger() if isinstance(column.type, UnixTime) else sa.Text()).label(column.name)
        if isinstance(column.type, UnixTime | sa.Enum)
        else column
        for column in table.columns
        if column.name not in without
    ]


class PlainRows(Sequence[PlainRow]):
    """Rows as the database gave them, which become mappings where somebody looks at them.

    Args:
        names: the columns
        values: the rows, each with a value for each column
    """

    def __init__(self, names: tuple[str, ...], values: Sequence[tuple[Any, ...]]) -> None:
        self.names = names
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> PlainRow: ...
    @overload
    def __getitem__(self, index: slice) -> "PlainRows": ...
    def __getitem__(self, index: int | slice) -> "PlainRow | PlainRows":
        if isinstance(index, slice):
            return PlainRows(self.names, self.values[index])
        return dict(zip(self.names, self.values[index], strict=True))

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    __hash__ = None  # pyright: ignore[reportAssignmentType] - what is compared by its rows has no hash


def plain_rows(session: Session, query: sa.Select[*tuple[Any, ...]], params: Mapping[str, Any]) -> PlainRows:
    """What a query finds, past the unit of work: nothing in it is tracked, so that it costs half."""
    found = session.connection().execute(query, params)
    return PlainRows(tuple(found.keys()), found.all())
