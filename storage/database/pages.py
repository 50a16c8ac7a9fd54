"""Pages of long lists: by key where a list may be long, by number where the REST contract says so.

See docs/storage.md, "Pages".
"""

import math
from collections.abc import Callable, Mapping, Sequence
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
class Mark:
    """A place in a list from which a page can be read.

    Args:
        value: of the first key; None for the two ends of a list
        rows_before: how many rows come before it: those of which the first key has this value or a larger one
    """

    value: int | None
    rows_before: int


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
    marks: Callable[[Session, Mapping[str, Any]], Sequence[Mark]] | None = None
    """Places in the list of the rows with the values of `filters`. Where they are known, a page far from both ends is
    read from the nearest one."""

    def page(
        self, session: Session, filters: Mapping[str, Any], *, total: int, page: int, page_size: int
    ) -> Page[PlainRow]:
        """Page `page` (from 1) of the rows whose columns have the values of `filters`, of which there are `total`.

        A page is read from the end of the list that is nearer, or from a mark: a database that skips rows meets each of
        them.
        """
        offset = (page - 1) * page_size
        size = max(0, min(page_size, total - offset))
        if size == 0:
            return Page([], total)
        ends = (Mark(None, 0), Mark(None, total))
        is_far = min(_rows_to_skip(end, offset, size) for end in ends) > _FAR
        marks = self.marks(session, filters) if is_far and self.marks is not None else ()
        mark = min((*ends, *marks), key=lambda each: _rows_to_skip(each, offset, size))
        is_ascending = mark.rows_before > offset
        query = _some(self, tuple(filters), _From(is_ascending, is_far, is_mark=mark.value is not None))
        params = {**filters, _MARK: mark.value, _OFFSET: _rows_to_skip(mark, offset, size), _LIMIT: size}
        rows = plain_rows(session, query, params)
        return Page(rows[::-1] if is_ascending else rows, total)

    def behind(
        self, session: Session, filters: Mapping[str, Any], *, after: tuple[Any, ...] | None, limit: int
    ) -> Sequence[PlainRow]:
        """Up to `limit` rows behind the one with the key `after`; from the first one without it."""
        if after is None:
            query = _some(self, tuple(filters), _From(is_ascending=False, is_far=False, is_mark=False))
            return plain_rows(session, query, {**filters, _OFFSET: 0, _LIMIT: limit})
        query = _behind(self, tuple(filters))
        place = dict(zip(_places(self.keys), after, strict=True))
        return plain_rows(session, query, {**filters, **place, _LIMIT: limit})


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


_OFFSET, _LIMIT, _MARK = "rows_skipped", "rows_wanted", "mark_value"
_FAR = 2_000
"""So many rows are skipped sooner than marks are read."""


@dataclass(frozen=True, slots=True)
class _From:
    """From where some rows of a list are read.

    Args:
        is_ascending: towards its beginning
        is_far: whether many rows are skipped on the way
        is_mark: from a mark, and not from one of the ends
    """

    is_ascending: bool
    is_far: bool
    is_mark: bool


def _rows_to_skip(mark: Mark, offset: int, size: int) -> float:
    """How many rows lie between a mark and a page; without end where the mark is within the page."""
    if mark.rows_before <= offset:
        return offset - mark.rows_before
    return mark.rows_before - offset - size if mark.rows_before >= offset + size else math.inf


@cache
def _some(listing: Listing, names: tuple[str, ...], start: _From) -> sa.Select[*tuple[Any, ...]]:
    columns = [listing.table.c[key] for key in listing.keys]
    order = [column.asc() if start.is_ascending else column.desc() for column in columns]
    conditions = _conditions(listing, names)
    if start.is_mark:
        first, mark = sa.type_coerce(columns[0], sa.BigInteger()), _number(_MARK)
        conditions.append(first >= mark if start.is_ascending else first < mark)
    # Of rows that are skipped SQLite would read all columns, and not what is in the index alone.
    selected = columns[-1:] if start.is_far else plain(listing.table)
    some = sa.select(*selected).where(*conditions).order_by(*order).offset(_number(_OFFSET)).limit(_number(_LIMIT))
    return sa.select(*plain(listing.table)).where(columns[-1].in_(some)).order_by(*order) if start.is_far else some


@cache
def _behind(listing: Listing, names: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    columns = [listing.table.c[key] for key in listing.keys]
    places = zip(_places(listing.keys), columns, strict=True)
    place = [sa.bindparam(name, type_=column.type) for name, column in places]
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
