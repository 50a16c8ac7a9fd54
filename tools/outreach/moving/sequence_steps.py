"""The steps of a sequence's run: its story, told person by person (docs/sequences.md, "The run of a sequence")."""

import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.database.engine import Session
from onelane.storage.workflows.runs import Run
from onelane.storage.workflows.steps import Counted, NewStep, RunGone, append_steps


def record_step(session: Session, run_id: str | None, step: NewStep) -> None:
    """Append a step to a sequence's run, and count it. Where there is no run (any more), nothing is told."""
    if run_id is None:
        return
    try:
        append_steps(session, run_id, [step])
    except RunGone:
        return
    _count(session, run_id, step.done.counted or Counted())


def _count(session: Session, run_id: str, counted: Counted) -> None:
    values = {
        "processed_items": col(Run.processed_items) + counted.processed,
        "success_items": col(Run.success_items) + counted.success,
        "skipped_items": col(Run.skipped_items) + counted.skipped,
        "error_items": col(Run.error_items) + counted.error,
        "updated_at": session.now(),
    }
    statement = sa.update(Run).where(col(Run.id) == run_id).values(**values)
    session.sql(statement.execution_options(synchronize_session=False))
