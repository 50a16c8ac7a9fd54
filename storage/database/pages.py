"""Pages of long lists: by key where a list may be long, by number where the REST contract says so.

See docs/storage.md, "Pages".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, plain, plain_rows

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A page of rows, and the total. A page of docs/tables.md, "Composed answers"."""

    data: Sequence[Item]
    total: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a table in descending order of `keys`, the last of which is unique.

    Its statements are made once and take parameters: making one costs as much as running it.
    """

    table: sa.Table
    keys: tuple[str, ...]
    narrow: str | None = None
    """The column that leaves the fewest rows. Where it is given, SQLite must not take another one's index: it knows
    nothing of how rows are spread, and would read the many of a type to find the few of a template."""

    def page(
        self, session: Session, wanted: Mapping[str, Any], *, total: int, page: int, page_size: int
    ) -> Page[PlainRow]:
        """Page `page` (from 1) of the rows whose columns have the `wanted` values, of which there are `total`.

        The second half of a long list is read from its end, so that the last page costs what the first does.
        """
        offset = (page - 1) * page_size
        size = max(0, min(page_size, total - offset))
        if size == 0:
            return Page([], total)
        from_the_end = offset > total // 2
        query = _some(self, tuple(wanted), ascending=from_the_end)
        skipped = total - offset - size if from_the_end else offset
        rows = plain_rows(session, query, {**wanted, _OFFSET: skipped, _LIMIT: size})
        return Page(rows[::-1] if from_the_end else rows, total)

    def behind(
        self, session: Session, wanted: Mapping[str, Any], *, after: tuple[Any, ...] | None, limit: int
    ) -> Sequence[PlainRow]:
        """Up to `limit` rows behind the one with the key `after`; from the first one without it."""
        if after is None:
            query = _some(self, tuple(wanted), ascending=False)
            return plain_rows(session, query, {**wanted, _OFFSET: 0, _LIMIT: limit})
        query = _behind(self, tuple(wanted))
        place = dict(zip(_places(self.keys), after, strict=True))
        return plain_rows(session, query, {**wanted, **place, _LIMIT: limit})


def behind_key(keys: tuple[sa.ColumnElement[Any], ...], values: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """The condition for what comes behind a row with these key values in a descending list."""
    bound = (sa.literal(value, key.type) for key, value in zip(keys, values, strict=True))
    return sa.tuple_(*keys) < sa.tuple_(*bound)


def equal_to_params(table: sa.Table, names: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    """The conditions that columns have the values of the parameters that are called like them."""
    return [table.c[name] == sa.bindparam(name) for name in names]


@cache
def count_statement(table: sa.Table, names: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    """Counts the rows whose columns `names` have the values of the parameters."""
    return sa.select(sa.func.count()).select_from(table).where(*equal_to_params(table, names))


_OFFSET, _LIMIT = "rows_skipped", "rows_wanted"


@cache
def _some(listing: Listing, names: tuple[str, ...], *, ascending: bool) -> sa.Select[*tuple[Any, ...]]:
    columns = [listing.table.c[key] for key in listing.keys]
    order = [column.asc() if ascending else column.desc() for column in columns]
    query = sa.select(*plain(listing.table)).where(*_conditions(listing, names)).order_by(*order)
    return query.offset(_number(_OFFSET)).limit(_number(_LIMIT))


@cache
def _behind(listing: Listing, names: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    columns = [listing.table.c[key] for key in listing.keys]
    named = zip(_places(listing.keys), columns, strict=True)
    place = [sa.bindparam(name, type_=column.type) for name, column in named]
    conditions = [*_conditions(listing, names), sa.tuple_(*columns) < sa.tuple_(*place)]
    query = sa.select(*plain(listing.table)).where(*conditions)
    return query.order_by(*(column.desc() for column in columns)).limit(_number(_LIMIT))


def _conditions(listing: Listing, names: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    if listing.narrow not in names:
        return equal_to_params(listing.table, names)
    rest = tuple(name for name in names if name != listing.narrow)
    # What is cast is found in no index of SQLite's; PostgreSQL sees that text stays text.
    unindexed = [sa.cast(listing.table.c[name], sa.Text()) == sa.bindparam(name, type_=sa.Text()) for name in rest]
    return [*equal_to_params(listing.table, (listing.narrow,)), *unindexed]


def _places(keys: tuple[str, ...]) -> list[str]:
    return [f"after_{key}" for key in keys]


def _number(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.BigInteger())
