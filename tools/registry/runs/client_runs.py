"""Callers that are a chat client's model at work on a run of its own: whether they may be heard.

The id of such a run comes from outside with each call, so that it is looked at anew each time.
"""

from onelane.storage.database.engine import Session
from onelane.storage.workflows import client_runs, runs
from onelane.storage.workflows.runs import Driver, RunStatus
from onelane.tools.registry.context import Caller
from onelane.tools.registry.errors import Conflict, NotFound


def hear(session: Session, caller: Caller) -> None:
    """Note that the caller's run is alive; within the transaction that records the call.

    Raises:
        NotFound: there is no such run
        Conflict: it is over, or somebody else carries it out
    """
    if not is_heard(session, caller):
        check(session, caller)
        raise Conflict(f"Run {caller.run_id} ended a moment ago. Begin a new one with begin_agent_run.")


def is_heard(session: Session, caller: Caller) -> bool:
    """Like `hear`; whether the call may be recorded in its run."""
    return not caller.is_host or (_may_exist(caller) and client_runs.beat(session, str(caller.run_id)))


def check(session: Session, caller: Caller) -> None:
    """Look whether the caller's run may be called for; see `hear` for what is raised."""
    if not caller.is_host:
        return
    row = runs.read_run(session, str(caller.run_id)) if _may_exist(caller) else None
    if row is None:
        raise NotFound(f"There is no run {str(caller.run_id)[:100]!r}. begin_agent_run begins one and gives its id.")
    if row["driver"] != Driver.HOST:
        raise Conflict(f"Run {caller.run_id} goes by itself; no calls can be made for it. Begin one: begin_agent_run.")
    if row["status"] != RunStatus.RUNNING:
        reason = "" if row["status_reason"] is None else f" ({row['status_reason']})"
        raise Conflict(f"Run {caller.run_id} is {row['status']}{reason}. Begin a new one with begin_agent_run.")


def _may_exist(caller: Caller) -> bool:
    """Whether a database can be asked for this id at all."""
    return str(caller.run_id).isprintable()
