"""Runs by more than their kind: since when, by words, from either end, and by day (docs/tables.md, "Queries")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.workflows.budgets import Budget
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.storage.workflows.templates import Template

SEARCHED_RUNS = 10_000
"""Words are looked for in so many of the newest runs: nobody looks for one that old by a word of it."""

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
    wanted: RunFilter,
    *,
    after: tuple[int, str] | None = None,
    newest_first: bool = True,
    skip: int = 0,
    limit: int,
) -> Sequence[PlainRow]:
    """Runs in order of creation, beginning behind the one with the key `after`."""
    place = sa.tuple_(*(sa.type_coerce(column, sa.BigInteger()) if column is _KEY[0] else column for column in _KEY))
    query = sa.select(*plain(_RUNS)).where(*_conditions(session, wanted))
    if after is not None:
        bound = sa.tuple_(sa.literal(after[0], sa.BigInteger()), sa.literal(after[1], sa.Text()))
        query = query.where(place < bound if newest_first else place > bound)
    order = [column.desc() if newest_first else column.asc() for column in _KEY]
    return plain_rows(session, query.order_by(*order).offset(skip).limit(limit), {})


def count_found(session: Session, wanted: RunFilter) -> int:
    """How many runs a filter finds."""
    query = sa.select(sa.func.count()).select_from(_RUNS).where(*_conditions(session, wanted))
    return session.sql(query).scalar_one()


def list_days(session: Session, *, count: int) -> Sequence[RunDay]:
    """The last days, today the last; days without runs are there too."""
    days = _last_days(session, count)
    return [_day(session, day, cost) for day, cost in zip(days, _costs(session, days), strict=True)]


def list_costs(session: Session, *, count: int) -> Sequence[float]:
    """What models cost on each of the last days, today the last."""
    return _costs(session, _last_days(session, count))


def _last_days(session: Session, count: int) -> Sequence[datetime]:
    today = session.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=number) for number in reversed(range(count))]


def _conditions(session: Session, wanted: RunFilter) -> list[sa.ColumnElement[bool]]:
    given = {"status": wanted.status, "workflow_type": wanted.workflow_type, "template_id": wanted.template_id}
    found = [_RUNS.c[name] == value for name, value in given.items() if value is not None]
    if wanted.since is not None:
        found.append(_RUNS.c.created_at >= wanted.since)
    if wanted.words:
        oldest = _oldest_searched(session, found)
        found += [] if oldest is None else [_RUNS.c.created_at >= oldest]
    return [*found, *map(_says, wanted.words)]


def _oldest_searched(session: Session, found: Sequence[sa.ColumnElement[bool]]) -> datetime | None:
    query = sa.select(_RUNS.c.created_at).where(*found).order_by(*(column.desc() for column in _KEY))
    return session.sql(query.offset(SEARCHED_RUNS).limit(1)).scalar_one_or_none()


def _says(word: str) -> sa.ColumnElement[bool]:
    templates = table_of(Template)
    named = sa.select(templates.c.id).where(templates.c.name.icontains(word, autoescape=True))
    kinds = [kind for kind in WorkflowType if word.lower() in kind.label.lower()]
    texts: list[sa.ColumnElement[Any]] = [_RUNS.c.config, _RUNS.c.status_reason, _RUNS.c.result]
    return sa.or_(
        _RUNS.c.id == word,
        _RUNS.c.workflow_type.in_(kinds),
        _RUNS.c.template_id.in_(named),
        *(text.icontains(word, autoescape=True) for text in texts),
    )


def _day(session: Session, begins: datetime, cost_usd: float) -> RunDay:
    first = int(begins.timestamp())
    # A range of an index for each: grouping the same rows by day takes ten times as long.
    counts = [
        session.sql(_COUNT, {"status": status.value, "first": first, "end": first + _DAY_SECONDS}).scalar_one()
        for status in _ENDS
    ]
    return RunDay(begins.date().isoformat(), counts[0], counts[1], counts[2], cost_usd)


def _costs(session: Session, days: Sequence[datetime]) -> Sequence[float]:
    """What models cost on these days, of which the days' budgets keep account."""
    table, scopes = table_of(Budget), [f"{_DAY}{day.date().isoformat()}" for day in days]
    query = sa.select(table.c.scope, table.c.spent_usd).where(table.c.scope.in_(scopes))
    spent = {row.scope: row.spent_usd for row in session.sql(query)}
    return [spent.get(scope, 0.0) for scope in scopes]


_COUNT = sa.text(
    "SELECT count(*) FROM workflow_runs WHERE status = :status AND created_at >= :first AND created_at < :end"
)
