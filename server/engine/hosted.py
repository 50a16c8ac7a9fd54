"""Runs that the engine does not carry out: a chat client's model does, or the person at a terminal (DESIGN 6).

They are never handed in for execution, so that they can't be held or taken up again; they can be ended.
"""

import logging
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col

from onelane.storage import runs
from onelane.storage.database import Database, Session
from onelane.storage.host_runs import end_host_run, silent_host_runs
from onelane.storage.runs import Driver, Run, RunStatus
from onelane.storage.steps import StepStatus, close_open_steps
from onelane.tools.errors import Conflict

LOG = logging.getLogger(__name__)


def refuse_hosted(session: Session, run_id: str, verb: str) -> None:
    """See to it that nobody but the engine carries out this run.

    Raises:
        Conflict: somebody else does
    """
    if _is_hosted(session, run_id):
        raise Conflict(
            f"Run {run_id} is carried out in a chat and not by Onelane, so it can't be {verb}. While it runs it can be "
            "cancelled; to go on with its work, begin a new one: begin_agent_run in a chat, or start_run."
        )


def cancel_hosted(session: Session, run_id: str) -> bool:
    """End a run that nobody here executes, at once. False when it is the engine's, or is over."""
    if not _is_hosted(session, run_id):
        return False
    reason = "Cancelled; what was done until then is kept."
    ended = {"completed_at": session.now(), "status_reason": reason}
    going_on = [RunStatus.RUNNING]
    if not runs.change_status(session, run_id, from_any=going_on, to=RunStatus.CANCELLED, **ended):
        return False
    close_open_steps(session, run_id, StepStatus.SKIPPED)
    return True


def close_silent_runs(database: Database, minutes: int) -> int:
    """Close the runs that a chat client's model began and left; how many.

    Args:
        database: where runs are
        minutes: without a call for so long, a run is taken to be left
    """
    with database.read() as session:
        since = session.now() - timedelta(minutes=minutes)
        silent = silent_host_runs(session, since)
    reason = f"No call was made for it for {minutes} minutes, and it was not finished; what was done is kept."
    closed = 0
    for run_id in silent:
        with database.write() as session:
            closed += end_host_run(session, run_id, status=RunStatus.FAILED, reason=reason, silent_since=since)
    if closed:
        LOG.info("%d host-driven runs were left unfinished and are closed", closed)
    return closed


def _is_hosted(session: Session, run_id: str) -> bool:
    # The column alone: a whole row would be remembered as it was before the change that follows.
    driver = session.sql(sa.select(col(Run.driver)).where(col(Run.id) == run_id)).scalar_one_or_none()
    return driver not in (None, Driver.ENGINE)
