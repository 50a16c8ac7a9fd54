"""How many runs there are of each kind, and of each week: kept by triggers on SQLite, so that no list has to count."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import count_column
from onelane.storage.database.engine import Session
from onelane.storage.database.pages import Mark, equal_to_params
from onelane.storage.database.rows import Row, table_of

_WEEK_SECONDS = 604_800


class RunCount(Row, table=True):
    """How many runs there are of a kind."""

    __tablename__ = "workflow_run_counts"

    template_id: str = Field(primary_key=True, sa_type=sa.Text)
    """`''` counts the runs of all templates and of none."""
    workflow_type: str = Field(primary_key=True, sa_type=sa.Text)
    status: str = Field(primary_key=True, sa_type=sa.Text)
    run_count: int = Field(default=0, sa_column=count_column())


class WeeklyRunCount(Row, table=True):
    """How many runs of a kind were created in a week; where there are none, there is no row."""

    __tablename__ = "workflow_run_weekly_counts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    week: int = Field(primary_key=True, sa_type=sa.Integer)
    """Counted from 1 January 1970, so that weeks begin on Thursdays, in UTC."""
    workflow_type: str = Field(primary_key=True, sa_type=sa.Text)
    status: str = Field(primary_key=True, sa_type=sa.Text)
    run_count: int = Field(default=0, sa_column=count_column())


def kept_count(session: Session, filters: Mapping[str, Any]) -> int:
    """How many runs have the values of `filters`, as the triggers of SQLite have counted."""
    filters = {"template_id": "", **filters}
    return session.connection().execute(_count(tuple(filters)), filters).scalar_one()


def week_marks(session: Session, filters: Mapping[str, Any]) -> Sequence[Mark]:
    """How many runs were created since the beginning of each week.

    There are none on PostgreSQL, and none of the runs of one template, which are few.
    """
    if session.get_bind().dialect.name != "sqlite" or "template_id" in filters:
        return ()
    weeks = session.connection().execute(_count_by_week(tuple(filters)), filters).all()
    row_counts = accumulate(run_count for _, run_count in weeks)
    return [Mark(week * _WEEK_SECONDS, rows) for (week, _), rows in zip(weeks, row_counts, strict=True)]


@cache
def _count(names: tuple[str, ...]) -> sa.Select[int]:
    table = table_of(RunCount)
    return sa.select(sa.func.coalesce(sa.func.sum(table.c.run_count), 0)).where(*equal_to_params(table, names))


@cache
def _count_by_week(names: tuple[str, ...]) -> sa.Select[int, int]:
    table = table_of(WeeklyRunCount)
    query = sa.select(table.c.week, sa.func.sum(table.c.run_count)).where(*equal_to_params(table, names))
    return query.group_by(table.c.week).order_by(table.c.week.desc())
