"""In which order runs are listed, and where in it a run stands (docs/tables.md, "Queries")."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from onelane.storage.database.rows import PlainRow, table_of
from onelane.storage.workflows.runs import Run

Place = tuple[float | None, str]
"""Where a run stands in an order: what it is listed by, and its id."""

_RUNS = table_of(Run)


class RunOrder(StrEnum):
    """What comes first. Runs that have not ended come last by duration, and those whose cost is unknown by cost."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"
    SHORTEST = "shortest"
    COSTLIEST = "costliest"
    CHEAPEST = "cheapest"

    @property
    def column(self) -> str:
        """By which column; each of them has an index."""
        return _COLUMNS[self]

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self in (RunOrder.NEWEST, RunOrder.LONGEST, RunOrder.COSTLIEST)

    @property
    def is_by_creation(self) -> bool:
        """Whether each run has what it is listed by."""
        return self.column == "created_at"

    def place_of(self, run: PlainRow) -> Place:
        """Where a run stands."""
        return run[self.column], run["id"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list that an index has in its order.

    Args:
        conditions: which runs are in it
        order: how they follow each other
    """

    conditions: Sequence[sa.ColumnElement[bool]]
    order: Sequence[sa.UnaryExpression[object]]


def parts_behind(order: RunOrder, after: Place | None, *, backwards: bool) -> Sequence[Part]:
    """What follows a place, one part after the other.

    Args:
        order: of the list
        after: where a page begins, behind this place; None for the whole list
        backwards: from the end of the list to its beginning
    """
    with_value = _part(order, after, backwards=backwards)
    if order.is_by_creation:
        return (with_value,)
    without = _part_without(order, after, backwards=backwards)
    parts = (without, with_value) if backwards else (with_value, without)
    if after is None:
        return parts
    return parts[1:] if (after[0] is None) is not backwards else parts


def _part(order: RunOrder, after: Place | None, *, backwards: bool) -> Part:
    value = _RUNS.c[order.column]
    # As the database has it: instants are whole seconds.
    plain = value if order.column == "cost_usd" else sa.type_coerce(value, sa.BigInteger())
    conditions: list[sa.ColumnElement[bool]] = [] if order.is_by_creation else [value.is_not(None)]
    descending = order.is_descending is not backwards
    if after is not None and after[0] is not None:
        place, bound = sa.tuple_(plain, _RUNS.c.id), sa.tuple_(sa.literal(after[0], plain.type), sa.literal(after[1]))
        conditions.append(place < bound if descending else place > bound)
    return Part(conditions, [each.desc() if descending else each.asc() for each in (value, _RUNS.c.id)])


def _part_without(order: RunOrder, after: Place | None, *, backwards: bool) -> Part:
    """Those that have not what the list is ordered by."""
    descending = order.is_descending is not backwards
    conditions: list[sa.ColumnElement[bool]] = [_RUNS.c[order.column].is_(None)]
    if after is not None and after[0] is None:
        conditions.append(_RUNS.c.id < after[1] if descending else _RUNS.c.id > after[1])
    return Part(conditions, [_RUNS.c.id.desc() if descending else _RUNS.c.id.asc()])


_COLUMNS = {
    RunOrder.NEWEST: "created_at",
    RunOrder.OLDEST: "created_at",
    RunOrder.LONGEST: "duration_seconds",
    RunOrder.SHORTEST: "duration_seconds",
    RunOrder.COSTLIEST: "cost_usd",
    RunOrder.CHEAPEST: "cost_usd",
}
