"""The steps of a sequence's run: its story, told person by person (docs/sequences.md, "The run of a sequence")."""

from contextlib import suppress

from onelane.storage.database.engine import Session
from onelane.storage.workflows.steps import NewStep, RunGone, append_counted


def record_step(session: Session, run_id: str | None, step: NewStep) -> None:
    """Append a step to a sequence's run, and count it. Where there is no run (any more), nothing is told."""
    if run_id is not None:
        # What was made a moment ago, such as the run itself, has to be there first.
        session.flush()
        with suppress(RunGone):
            append_counted(session, run_id, step)
