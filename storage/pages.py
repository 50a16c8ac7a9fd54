"""Pages of long lists: by key where a list may be long, by number where the REST contract says so (DESIGN 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from onelane.storage.database import Session

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of the rows, and how many there are in all. `PaginatedResult` of SPEC 5."""

    data: Sequence[Item]
    total: int


def page_of(
    session: Session,
    query: sa.Select[*tuple[Any, ...]],
    keys: tuple[sa.ColumnElement[Any], ...],
    *,
    total: int,
    page: int,
    page_size: int,
) -> Page[RowMapping]:
    """Page `page` (from 1) of `query`, by `keys` descending.

    The second half of a long list is read from its end, so that the last page costs what the first does.
    """
    offset = (page - 1) * page_size
    size = max(0, min(page_size, total - offset))
    if size == 0:
        return Page([], total)
    from_the_end = offset > total // 2
    if from_the_end:
        ordered = query.order_by(*(key.asc() for key in keys)).offset(total - offset - size).limit(size)
    else:
        ordered = query.order_by(*(key.desc() for key in keys)).offset(offset).limit(size)
    rows = list(session.sql(ordered).mappings())
    return Page(rows[::-1] if from_the_end else rows, total)


def behind_key(keys: tuple[sa.ColumnElement[Any], ...], values: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """The condition for what comes behind a row with these key values in a descending list."""
    bound = (sa.literal(value, key.type) for key, value in zip(keys, values, strict=True))
    return sa.tuple_(*keys) < sa.tuple_(*bound)
