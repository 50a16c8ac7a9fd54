"""Run trees: a run, those above it, the runs that it started, and what they cost together.

See docs/engine.md, "Child runs".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.workflows.runs import Run

MOST_SHOWN = 500
_GENERATIONS = 20


@dataclass(frozen=True, slots=True)
class Spent:
    """What runs have used together.

    Args:
        input_tokens: read anew
        output_tokens: written
        cache_read_tokens: read from the provider's cache
        cache_write_tokens: written into it
        cost_usd: None when the price of a part is not known
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = 0.0


def lineage(session: Session, run_id: str) -> Iterator[RowMapping]:
    """A run and those above it, itself first: who started it, or planted the schedule that did.

    It ends with the oldest run that there still is. Of each it has what says who pays, and what taints it.
    """
    following: str | None = run_id
    for _ in range(_GENERATIONS):
        row = None if following is None else session.sql(_PAYER, {"run": following}).mappings().one_or_none()
        if row is None:
            return
        yield row
        following = row["parent_workflow_id"] or row["planted_by_run_id"]


def list_descendants(session: Session, run_id: str) -> Sequence[PlainRow]:
    """The runs below a run: its children, theirs, and so on, the oldest first; at most `MOST_SHOWN`."""
    return plain_rows(session, _BELOW, {"run_id": run_id})


def spent(rows: Iterable[PlainRow]) -> Spent:
    """What these runs have used together."""
    of = list(rows)
    costs: list[float | None] = [row["cost_usd"] for row in of]
    known_costs = [cost for cost in costs if cost is not None]
    return Spent(
        input_tokens=sum(row["input_tokens"] for row in of),
        output_tokens=sum(row["output_tokens"] for row in of),
        cache_read_tokens=sum(row["cache_read_tokens"] for row in of),
        cache_write_tokens=sum(row["cache_write_tokens"] for row in of),
        cost_usd=sum(known_costs) if len(known_costs) == len(costs) else None,
    )


_RUNS = table_of(Run)


def _below() -> sa.Select[*tuple[object, ...]]:
    below = (
        sa.select(_RUNS.c.id).where(_RUNS.c.parent_workflow_id == sa.bindparam("run_id")).cte("below", recursive=True)
    )
    child = sa.alias(_RUNS)
    # UNION, not UNION ALL: a circle, which nothing makes, would still come to an end.
    below = below.union(sa.select(child.c.id).where(child.c.parent_workflow_id == below.c.id))
    query = sa.select(*plain(_RUNS, without=frozenset({"config", "result", "errors"})))
    return query.where(_RUNS.c.id.in_(sa.select(below.c.id))).order_by(_RUNS.c.created_at, _RUNS.c.id).limit(MOST_SHOWN)


_BELOW = _below()
# As text, for it runs with every turn: SQLAlchemy spends longer on looking at a built statement than SQLite on it.
_PAYER = sa.text(
    "SELECT id, config, template_id, parent_workflow_id, planted_by_run_id, tainted_by "
    "FROM workflow_runs WHERE id = :run"
)
