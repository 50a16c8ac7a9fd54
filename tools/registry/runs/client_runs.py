"""Callers that are a chat client's model at work on a run of its own: whether they may be heard.

The id of such a run comes from outside with each call, so that it is looked at anew each time. A chat is heard for the
runs that it has begun, and for those whose code it brings: who names another's run would write into its record, spend
of its budget and pass for it at the gate.
"""

from hmac import compare_digest

from onelane.storage.database.engine import Session
from onelane.storage.workflows import client_runs, runs
from onelane.storage.workflows.runs import Driver, RunStatus
from onelane.tools.registry.context import Caller
from onelane.tools.registry.errors import Conflict, Forbidden, NotFound
from onelane.tools.registry.gate.person_key import PersonKey


def code_of(key: PersonKey, run_id: str) -> str:
    """What `begin_agent_run` gives with a run: whoever has it was told, also after its session was lost."""
    return key.code("finish", run_id)


def is_code(key: PersonKey, run_id: str, code: str) -> bool:
    """Whether this is the run's code."""
    return compare_digest(code.strip().upper().encode(), code_of(key, run_id).encode())


def hear(session: Session, caller: Caller) -> None:
    """Note that the caller's run is alive; within the transaction that records the call.

    Raises:
        NotFound: there is no such run
        Conflict: it is over, or somebody else carries it out
        Forbidden: another chat has begun it
    """
    if not is_heard(session, caller):
        check(session, caller)
        raise Conflict(f"Run {caller.run_id} ended a moment ago. Begin a new one with begin_agent_run.")


def is_heard(session: Session, caller: Caller) -> bool:
    """Like `hear`; whether the call may be recorded in its run."""
    if not caller.is_host:
        return True
    return _may_exist(caller) and _is_own(caller) and client_runs.beat(session, str(caller.run_id))


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
    if not _is_own(caller):
        raise Forbidden(
            f"Run {caller.run_id} was begun in another chat. If it is yours, give once the code that begin_agent_run "
            f"gave with it: for_run='{caller.run_id}:CODE'. Else begin a run of your own: begin_agent_run."
        )


def _is_own(caller: Caller) -> bool:
    """Whether the chat that calls has begun the run, or has shown its code; programs hold no chats."""
    return caller.chat is None or caller.run_id in caller.chat.runs


def _may_exist(caller: Caller) -> bool:
    """Whether a database can be asked for this id at all."""
    return str(caller.run_id).isprintable()
