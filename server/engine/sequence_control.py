"""Controls the runs of sequences: the mover carries them out, so that they are held and ended with their templates.

See docs/engine.md, "Drivers".
"""

from collections.abc import Callable

from onelane.server.engine.client_runs import driver_of
from onelane.storage.database.engine import Session
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import Driver, Run
from onelane.tools.registry.errors import Conflict


def pause_sequence_run(session: Session, run_id: str) -> Run | None:
    """Hold a sequence at once; None when the run is no sequence's."""
    from onelane.tools.outreach.moving.sequence_runs import pause_sequence

    return _apply(session, run_id, pause_sequence)


def resume_sequence_run(session: Session, run_id: str) -> Run | None:
    """Let a sequence go on; None when the run is no sequence's."""
    from onelane.tools.outreach.moving.sequence_runs import resume_sequence

    return _apply(session, run_id, resume_sequence)


def cancel_sequence_run(session: Session, run_id: str) -> Run | None:
    """End a sequence at once; None when the run is no sequence's."""
    from onelane.tools.outreach.moving.sequence_runs import cancel_sequence

    return _apply(session, run_id, cancel_sequence)


def refuse_sequence_run(session: Session, run_id: str, verb: str) -> None:
    """See to it that a run is no sequence's.

    Raises:
        Conflict: it is
    """
    if driver_of(session, run_id) is Driver.MOVER:
        raise Conflict(
            f"Run {run_id} is a sequence's, whose people each stand at a place of their own, so it can't be {verb}. It "
            "can be paused, resumed and cancelled; once it is over, activate_template begins a new one."
        )


def _apply(session: Session, run_id: str, control: Callable[[Session, Run], None]) -> Run | None:
    if driver_of(session, run_id) is not Driver.MOVER:
        return None
    run = runs.get_workflow_run(session, run_id)
    if run is not None:
        control(session, run)
        session.refresh(run)
    return run
