"""Runs that the engine does not execute: those of a chat client's model, and chats at a terminal.

See docs/engine.md, "Drivers".

They are never handed in for execution, so that they can't be held or taken up again; they can be ended.
"""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows.client_runs import end_host_run, silent_host_runs
from onelane.storage.workflows.run_ends import CANCELLED, end_run
from onelane.storage.workflows.runs import Driver, Run, RunStatus
from onelane.tools.registry.errors import Conflict

LOG = logging.getLogger(__name__)


def refuse_hosted(session: Session, run_id: str, verb: str) -> None:
    """See to it that nobody but the engine carries out this run.

    Raises:
        Conflict: somebody else does
    """
    answer = _NOT_OURS.get(driver_of(session, run_id))
    if answer is not None:
        raise Conflict(answer.format(run_id=run_id, verb=verb))


_NOT_OURS = {
    Driver.CHAT: "Run {run_id} is a chat at a terminal, so it can't be {verb}. While it runs it can be cancelled; to "
    "go on with it, type: onelane chat --run {run_id}",
    Driver.HOST: "Run {run_id} is carried out in a chat and not by Onelane, so it can't be {verb}. While it runs it "
    "can be cancelled; to go on with its work, begin a new one: begin_agent_run in a chat, or start_run.",
}
"""Why the engine leaves a run alone, by who carries it out."""


def cancel_hosted(session: Session, run_id: str) -> bool:
    """End a run that nobody here executes, at once. False when it is the engine's, or is over."""
    if driver_of(session, run_id) is Driver.ENGINE:
        return False
    # Without its claim, a chat that is open at a terminal can't record anything more.
    return end_run(session, run_id, CANCELLED, col(Run.status) == RunStatus.RUNNING, col(Run.driver) != Driver.ENGINE)


def close_silent_runs(database: Database, minutes: int) -> int:
    """Close the runs that a chat began and left; how many.

    Args:
        database: where runs are
        minutes: not heard of for so long, a run is taken to be left
    """
    run_count = sum(_close_silent(database, minutes, driver, sign) for driver, sign in _SIGNS.items())
    if run_count:
        LOG.info("%d runs of chats were left unfinished and are closed", run_count)
    return run_count


def _close_silent(database: Database, minutes: int, driver: Driver, sign: str) -> int:
    with database.read() as session:
        since = session.now() - timedelta(minutes=minutes)
        silent = silent_host_runs(session, since, driver)
    reason = f"{sign} for {minutes} minutes, and it was not finished; what was done is kept."
    return sum(_is_closed(database, run_id, driver, reason, since) for run_id in silent)


def _is_closed(database: Database, run_id: str, driver: Driver, reason: str, since: datetime) -> bool:
    with database.write() as session:
        return end_host_run(session, run_id, status=RunStatus.FAILED, reason=reason, driver=driver, silent_since=since)


def driver_of(session: Session, run_id: str) -> Driver:
    """Who carries out a run; the engine, where there is no such run."""
    # The column alone: a whole row would be remembered as it was before the change that follows.
    driver = session.sql(sa.select(col(Run.driver)).where(col(Run.id) == run_id)).scalar_one_or_none()
    return Driver.ENGINE if driver is None else driver


_SIGNS = {
    Driver.HOST: "No call was made for it",
    Driver.CHAT: "The terminal that it was held at was not heard of",
}
"""How one sees that nobody is there any more."""
