"""Rows: what all row classes are, and how many of them are read, written and looked up quickly.

Quick reading and writing goes past the unit of work: values are as the driver has them, that is text, whole numbers
(instants as Unix seconds) and booleans.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar, cast, overload

import orjson
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm.util import identity_key
from sqlmodel import SQLModel

from onelane.storage.database.all_tables import all_tables
from onelane.storage.database.columns import UnixTime
from onelane.storage.database.engine import DialectName, Params, Session

PlainRow = dict[str, Any]
"""A row's columns as the database has them: words as text, instants as Unix seconds."""
Values: TypeAlias = tuple[Any, ...]
"""A row as the driver takes it and gives it."""


class Row(SQLModel):
    """A row of a table; subclasses say `table=True` and name their table."""

    # Rows are not validated, so that building their validators would only make starting slower.
    model_config = {"defer_build": True}

    if TYPE_CHECKING:
        # SQLModel declares it as a method that makes up a name; ours are the specification's.
        __tablename__: ClassVar[str]  # type: ignore[assignment] - see above


Created = TypeVar("Created", bound=Row)


def table_of(row: type[Row]) -> sa.Table:
    """The table of a row class."""
    return SQLModel.metadata.tables[row.__tablename__]


def columns_that_refer_to(row: type[Row]) -> list[sa.Column[str]]:
    """The foreign keys that lead to a row class, of all tables, so that none that is added later is forgotten."""
    table = table_of(row)
    return [key.parent for each in all_tables().sorted_tables for key in each.foreign_keys if key.column.table is table]


def new_row(kind: type[Created], /, **values: Any) -> Created:
    """A new row, which is in the database once it is added to a session and that is flushed.

    It is made as those are that the database gave: to set one column after the other would take longer than to insert
    the row.
    """
    row = orm.class_mapper(kind).class_manager.new_instance()
    # To pyright a class whose rows have no hash has none either.
    vars(row).update(_defaults(cast("type[Any]", kind)), **values)
    return row


@cache
def _defaults(kind: type[Row]) -> Mapping[str, Any]:
    """The value of each column that may be left out."""
    return {name: each.default for name, each in kind.model_fields.items() if not each.is_required()}


def create_row(session: Session, kind: type[Created], prefix: str, /, **values: Any) -> Created:
    """A new row with an id that begins so; `values` are its columns but for id and times."""
    now = session.now()
    row = new_row(kind, **{"id": session.new_id(prefix), "created_at": now, "updated_at": now, **values})
    _insert(session, row)
    return row


def _insert(session: Session, row: Row) -> None:
    """Insert a row as a flush would, which takes several times as long to find out what there is to do."""
    session.flush()
    kind: type[Any] = type(row)
    table, columns = table_of(kind), _insert_columns(kind)
    own_values = {name: value for name, value in vars(row).items() if name in columns}
    # As with a flush, the database's default stands where nothing is said.
    values = {name: value for name, value in own_values.items() if value is not None or not columns[name]}
    session.connection().execute(_insert_one(table), values)
    orm.make_transient_to_detached(row)
    session.add(row)


@cache
def _insert_one(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@cache
def _insert_columns(kind: type[Row]) -> Mapping[str, bool]:
    """The columns that an insert fills, each with whether the database has a default for it."""
    columns = (column for column in table_of(kind).columns if column.computed is None)
    return {column.name: column.server_default is not None for column in columns}


def update_row(session: Session, kind: type[Created], row_id: str, changes: Mapping[str, Any]) -> Created | None:
    """Change some columns of the row with this id, which counts as updated now; None when there is none."""
    row = session.get(kind, row_id)
    if row is not None:
        for name, value in {**changes, "updated_at": session.now()}.items():
            setattr(row, name, value)
        session.flush()
    return row


def untracked_rows(
    session: Session, kind: type[Created], query: sa.Executable, params: Mapping[str, Any]
) -> list[Created]:
    """The rows that a query of all columns of their table finds, past the unit of work.

    Reading them takes half as long, and shows each as it is now. What is set on one goes nowhere.
    """
    names = tuple(table_of(kind).c.keys())
    new = orm.class_mapper(kind).class_manager.new_instance
    rows: list[Created] = []
    session.flush()
    for values in session.connection().execute(query, params):
        row = new()
        vars(row).update(zip(names, values, strict=True))
        rows.append(row)
    return rows


def untracked_row(session: Session, kind: type[Created], row_id: str) -> Created | None:
    """The row with this id, to be read only: see `untracked_rows`."""
    return next(iter(untracked_rows(session, kind, _by_id(cast("type[Any]", kind)), {"id": row_id})), None)


@cache
def _by_id(kind: type[Row]) -> sa.Select[*tuple[Any, ...]]:
    table = table_of(kind)
    return sa.select(table).where(table.c.id == sa.bindparam("id"))


def renew_row(session: Session, kind: type[Row], row_id: str) -> None:
    """Let whoever has this row in hand see it as it is now, after a statement that went past the unit of work."""
    row = session.identity_map.get(identity_key(kind, row_id))
    if row is not None:
        session.refresh(row)


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

    @classmethod
    def of(cls, rows: Sequence[PlainRow]) -> "PlainRows":
        """Rows that are mappings already, all of the same columns."""
        if isinstance(rows, PlainRows):
            return rows
        return cls(tuple(rows[0]) if rows else (), [tuple(row.values()) for row in rows])

    def values_of(self, names: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
        """The values of some columns, of two at the least, row by row."""
        if names == self.names or not self.values:
            return self.values
        return map(itemgetter(*map(self.names.index, names)), self.values)

    def with_columns(self, columns: Mapping[str, Sequence[Any]]) -> "PlainRows":
        """The same rows with more columns, each with a value for each row."""
        added_values = zip(*columns.values(), strict=True)
        return PlainRows(
            (*self.names, *columns), [(*row, *more) for row, more in zip(self.values, added_values, strict=True)]
        )

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

    def __iter__(self) -> Iterator[PlainRow]:
        return (dict(zip(self.names, row, strict=True)) for row in self.values)

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    __hash__ = None  # pyright: ignore[reportAssignmentType] - what is compared by its rows has no hash


def plain_rows(session: Session, query: sa.Select[*tuple[Any, ...]], params: Mapping[str, Any]) -> PlainRows:
    """What a query finds, past the unit of work: nothing in it is tracked, so that it costs half."""
    result = session.connection().execute(query, params)
    return PlainRows(tuple(result.keys()), result.all())


def insert_into(session: Session, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what becomes of a row that is there already: `on_conflict_do_update`."""
    return insert_on(dialect_of(session), table)


def insert_on(dialect: DialectName, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """`insert_into` for a statement that is made once."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_rows(
    session: Session,
    row: type[Row],
    columns: tuple[str, ...],
    rows: Sequence[Values],
    *,
    pass_over_doubles: bool = False,
) -> None:
    """Insert rows; `columns` says what the values of each are. What is left out gets the database's default.

    With `pass_over_doubles`, a row that a unique key refuses is left out.
    """
    if rows:
        sql = _insert_sql(session.get_bind().dialect.name, row.__tablename__, columns)
        sql += " ON CONFLICT DO NOTHING" if pass_over_doubles else ""
        session.connection().exec_driver_sql(sql, list(rows))


def insert_sparse_rows(session: Session, row: type[Row], columns: tuple[str, ...], rows: Sequence[Values]) -> None:
    """Insert rows of which most values are null: columns in which all are, are left out.

    For wide rows this takes a third of the time off.
    """
    columns_in_use = [number for number, values in enumerate(zip(*rows, strict=True)) if any(values)]
    if rows:
        names = tuple(columns[number] for number in columns_in_use)
        insert_rows(session, row, names, list(map(itemgetter(*columns_in_use), rows)))


def update_rows(session: Session, row: type[Row], columns: tuple[str, ...], rows: Sequence[Values]) -> None:
    """Set `columns` of the rows whose id stands behind the values."""
    if rows:
        sql = _update_sql(session.get_bind().dialect.name, row.__tablename__, columns)
        session.connection().exec_driver_sql(sql, list(rows))


def read_rows(session: Session, query: sa.Select[*tuple[Any, ...]], params: Params = None) -> list[Values]:
    """The rows as the driver gives them, with nothing made of them."""
    with closing(session.sql(query, params)) as result:
        return [] if result.cursor is None else list(result.cursor.fetchall())


def bare(row: type[Row]) -> sa.TableClause:
    """A table whose columns have no types of their own, so that nothing is converted on the way."""
    table = table_of(row)
    return _bare_table(table.name, tuple(table.c.keys()))


def among(session: Session, column: sa.ColumnElement[str], keys: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether a column is one of any number of keys, which travel as one parameter."""
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(sa.select(each(session, keys)))
    return column == sa.any_(sa.cast(list(keys), ARRAY(sa.Text)))


def present_keys(session: Session, column: sa.ColumnElement[Any], keys: Collection[str | None]) -> set[str]:
    """Those of these keys that a column holds."""
    wanted = {key for key in keys if key is not None}
    return set(session.sql(sa.select(column).where(among(session, column, wanted))).scalars()) if wanted else set[str]()


def among_given(dialect: DialectName, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """`among` for a statement that is made once: it is run with the keys as `given_keys` writes them."""
    if dialect == "postgresql":
        return column == sa.any_(sa.bindparam("keys", type_=ARRAY(sa.Text)))
    return column.in_(
        sa.select(sa.func.json_each(sa.bindparam("keys")).table_valued(sa.column("value", sa.Text())).c.value)
    )


def dialect_of(session: Session) -> DialectName:
    """Which database a session is on."""
    return "sqlite" if session.get_bind().dialect.name == "sqlite" else "postgresql"


def given_keys(session: Session, keys: Collection[str]) -> dict[str, Any]:
    """The parameter of `among_given`."""
    return {"keys": orjson.dumps(list(keys)).decode() if dialect_of(session) == "sqlite" else list(keys)}


def each(session: Session, keys: Collection[str]) -> sa.ColumnElement[str]:
    """The keys as a column to select from, one row a key."""
    if session.get_bind().dialect.name == "sqlite":
        table = sa.func.json_each(orjson.dumps(list(keys)).decode()).table_valued(sa.column("value", sa.Text()))
    else:
        key_column = sa.func.unnest(sa.cast(list(keys), ARRAY(sa.Text)))
        # Named with its column: PostgreSQL calls the column of an array's rows as it likes.
        table = key_column.table_valued(sa.column("value", sa.Text())).render_derived()
    return table.c.value


@lru_cache
def _bare_table(name: str, columns: tuple[str, ...]) -> sa.TableClause:
    return sa.table(name, *(sa.column(column, sa.Text()) for column in columns))


@lru_cache
def _insert_sql(dialect: str, table: str, columns: tuple[str, ...]) -> str:
    return _text(sa.insert(_bare_table(table, columns)), dialect)


@lru_cache
def _update_sql(dialect: str, table: str, columns: tuple[str, ...]) -> str:
    target = _bare_table(table, ("id", *columns))
    values = {name: sa.bindparam(f"new_{name}", type_=sa.Text()) for name in columns}
    return _text(sa.update(target).values(values).where(target.c.id == sa.bindparam("row_id")), dialect)


def _text(statement: sa.Insert | sa.Update, dialect: str) -> str:
    spelling: Dialect = DefaultDialect(paramstyle="qmark" if dialect == "sqlite" else "format")
    return str(statement.compile(dialect=spelling))
