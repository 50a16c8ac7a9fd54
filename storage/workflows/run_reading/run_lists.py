"""Runs by more than their kind: since when, by words, from either end, and by day (docs/tables.md, "Queries")."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.workflows.budgets import Budget
from onelane.storage.workflows.run_reading.run_orders import Place, RunOrder, parts_behind
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType, count_workflow_runs
from onelane.storage.workflows.templates import Template

SEARCHED_RUNS = 10_000
"""Words are looked for in so many of the newest runs: nobody looks for one that old by a word of it."""

FEW_RUNS = 2_000
"""So many are looked up and sorted sooner than they are met in a list of all."""

_RUNS = table_of(Run)
_DAY_SECONDS = 86_400
_DAY = "day:"
"""How the scopes of days begin (`budgets`)."""
_ENDS = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)
_KEY = (_RUNS.c.created_at, _RUNS.c.id)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted.

    Args:
        status: only runs in this state
        workflow_type: only runs of this type
        template_id: only runs of this template
        since: only runs that were created then or later
        words: only runs that say all these words: in their id, type, template's name, settings, reason or result
    """

    status: RunStatus | None = None
    workflow_type: WorkflowType | None = None
    template_id: str | None = None
    since: datetime | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunDay:
    """What became of the runs that were created on one day, in UTC.

    Args:
        day: as an ISO date
        completed: how many completed
        failed: how many failed
        cancelled: how many were cancelled
        cost_usd: what models cost on that day
    """

    day: str
    completed: int
    failed: int
    cancelled: int
    cost_usd: float


def find_runs(
    session: Session,
    run_filter: RunFilter,
    *,
    order: RunOrder = RunOrder.NEWEST,
    after: Place | None = None,
    backwards: bool = False,
    skip: int = 0,
    limit: int,
    total: int,
) -> Sequence[PlainRow]:
    """Runs in an order.

    Args:
        session: for reading
        run_filter: which
        order: what comes first
        after: the list begins behind this place
        backwards: what is read goes from there to the beginning of the list; it is given in the list's order all the
            same
        skip: so many come before it
        limit: how many at most
        total: how many the filter finds in all
    """
    conditions = _conditions(session, run_filter, is_walked=total > FEW_RUNS and not order.is_by_creation)
    rows: list[PlainRow] = []
    for part in parts_behind(order, after, backwards=backwards):
        query = sa.select(*plain(_RUNS)).where(*conditions, *part.conditions).order_by(*part.order)
        rows += plain_rows(session, query.offset(skip).limit(limit - len(rows)), {})
        if len(rows) == limit:
            break
        skip = 0 if rows or not skip else max(0, skip - _count(session, [*conditions, *part.conditions]))
    return rows[::-1] if backwards else rows


def count_found(session: Session, run_filter: RunFilter) -> int:
    """How many runs a filter finds."""
    if run_filter.since is None and not run_filter.words:
        return count_workflow_runs(
            session,
            status=run_filter.status,
            workflow_type=run_filter.workflow_type,
            template_id=run_filter.template_id,
        )
    return _count(session, _conditions(session, run_filter))


def _count(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> int:
    query = sa.select(sa.func.count()).select_from(_RUNS).where(*conditions)
    return session.sql(query).scalar_one()


def list_days(session: Session, *, count: int) -> Sequence[RunDay]:
    """The last days, today the last; days without runs are there too."""
    days = _last_days(session, count)
    costs = zip(days, _ended(session, days), _costs(session, days), strict=True)
    return [RunDay(day.date().isoformat(), *counts, cost_usd=cost_usd) for day, counts, cost_usd in costs]


def list_costs(session: Session, *, count: int) -> Sequence[float]:
    """What models cost on each of the last days, today the last."""
    return _costs(session, _last_days(session, count))


def _last_days(session: Session, count: int) -> Sequence[datetime]:
    today = session.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=number) for number in reversed(range(count))]


def _conditions(session: Session, run_filter: RunFilter, *, is_walked: bool = False) -> list[sa.ColumnElement[bool]]:
    """What must be true of a run.

    Args:
        session: for reading
        run_filter: which runs
        is_walked: whether they are met by going through the list in its order, and not looked up in an index of theirs
            and sorted; what is cast is in no index of SQLite's
    """
    values = {
        "status": run_filter.status,
        "workflow_type": run_filter.workflow_type,
        "template_id": run_filter.template_id,
    }
    words = {name: value for name, value in values.items() if value is not None}
    if is_walked:
        conditions = [
            sa.cast(_RUNS.c[name], sa.Text()) == sa.literal(str(word), sa.Text()) for name, word in words.items()
        ]
    else:
        conditions = [_RUNS.c[name] == word for name, word in words.items()]
    if run_filter.since is not None:
        since = sa.literal(int(run_filter.since.timestamp()), sa.BigInteger())
        created_at = sa.type_coerce(_RUNS.c.created_at, sa.BigInteger())
        conditions.append((sa.cast(created_at, sa.BigInteger()) if is_walked else created_at) >= since)
    if run_filter.words:
        oldest = _oldest_searched(session, conditions)
        conditions += [] if oldest is None else [_RUNS.c.created_at >= oldest]
    return [*conditions, *map(_says, run_filter.words)]


def _oldest_searched(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> datetime | None:
    query = sa.select(_RUNS.c.created_at).where(*conditions).order_by(*(column.desc() for column in _KEY))
    return session.sql(query.offset(SEARCHED_RUNS).limit(1)).scalar_one_or_none()


def _says(word: str) -> sa.ColumnElement[bool]:
    templates = table_of(Template)
    template_ids = sa.select(templates.c.id).where(templates.c.name.icontains(word, autoescape=True))
    kinds = [kind for kind in WorkflowType if word.lower() in kind.label.lower()]
    texts: list[sa.ColumnElement[Any]] = [_RUNS.c.config, _RUNS.c.status_reason, _RUNS.c.result]
    return sa.or_(
        _RUNS.c.id == word,
        _RUNS.c.workflow_type.in_(kinds),
        _RUNS.c.template_id.in_(template_ids),
        *(text.icontains(word, autoescape=True) for text in texts),
    )


def _ended(session: Session, days: Sequence[datetime]) -> Iterator[tuple[int, int, int]]:
    """How many runs of each day ended how, asked for at once."""
    firsts = {f"day{number}": int(day.timestamp()) for number, day in enumerate(days)}
    row = session.sql(_day_counts(len(days)), {status.value: status.value for status in _ENDS} | firsts).one()
    return ((row[at], row[at + 1], row[at + 2]) for at in range(0, len(row), len(_ENDS)))


@cache
def _day_counts(count: int) -> sa.TextClause:
    # A range of an index for each: grouping the same rows by day takes ten times as long.
    counts = (
        f"(SELECT count(*) FROM workflow_runs WHERE status = :{status.value}"  # noqa: S608 - our own words
        f" AND created_at >= :day{number} AND created_at < :day{number} + {_DAY_SECONDS})"
        for number in range(count)
        for status in _ENDS
    )
    return sa.text(f"SELECT {', '.join(counts)}")


def _costs(session: Session, days: Sequence[datetime]) -> Sequence[float]:
    """What models cost on these days, of which the days' budgets keep account."""
    table, scopes = table_of(Budget), [f"{_DAY}{day.date().isoformat()}" for day in days]
    query = sa.select(table.c.scope, table.c.spent_usd).where(table.c.scope.in_(scopes))
    spent = {row.scope: row.spent_usd for row in session.sql(query)}
    return [spent.get(scope, 0.0) for scope in scopes]
