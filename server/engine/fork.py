"""Fork: a run that begins with the first steps of another (docs/engine.md, "Fork")."""

from collections.abc import Sequence

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow, plain, plain_rows, table_of
from onelane.storage.workflows import steps
from onelane.storage.workflows.runs import Run
from onelane.storage.workflows.steps import Step


def copy_steps(session: Session, source: Run, fork: Run, count: int) -> None:
    """Give a fork the first `count` steps of its source, with what they counted.

    The copies tell when they were done, not when they were copied.
    """
    source_rows = plain_rows(session, _FIRST, {"run": source.id, "count": count})
    copied_rows = [row for row in source_rows if not _is_of_person(row)]
    _insert_copies(session, fork, copied_rows)
    session.refresh(fork)
    fork.forked_from_id = source.id
    for row in copied_rows:
        _count(fork, row)
    session.flush()


def _insert_copies(session: Session, fork: Run, rows: Sequence[PlainRow]) -> None:
    if not rows:
        return
    steps.take_step_index(session, fork.id, len(rows))
    copies = [
        {**row, "id": session.new_id("stp"), "workflow_run_id": fork.id, "step_index": index}
        for index, row in enumerate(rows)
    ]
    steps.insert_steps(session, copies)


def _is_of_person(step: PlainRow) -> bool:
    """Whether it asks a person or holds their answer, which was about another run."""
    return (step["step_key"] or "").startswith(("request:", "answer:"))


def _count(fork: Run, step: PlainRow) -> None:
    counts: dict[str, int] = orjson.loads(step["output"]).get("counted", {})
    for name, count in counts.items():
        counter = f"{name}_items"
        setattr(fork, counter, getattr(fork, counter) + count)


_STEPS = table_of(Step)
_FIRST = (
    sa.select(*plain(_STEPS))
    .where(_STEPS.c.workflow_run_id == sa.bindparam("run"), _STEPS.c.step_index < sa.bindparam("count"))
    .order_by(_STEPS.c.step_index)
)
