"""The sync wrapper: any sync function, recorded as a run in the seven steps of docs/sync.md, "The seven steps"."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows.run_ends import SYNC_STARTED, failed_run
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.people.intake.doubles import Doubles, find_doubles, propose_doubles
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.runs.record import Json, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.sync.sync_result import SyncResult


def run_sync_workflow(
    execution: Run,
    database: Database,
    *,
    sub_type: str,
    input: Json,  # noqa: A002 - it becomes the step's input (docs/tables.md, "Steps")
    sync_function: Callable[[], SyncResult],
    prepare: Callable[[Session], Json],
    finish: Callable[[Session], Json],
    partial_result: Callable[[], SyncResult] = SyncResult,
) -> RunEnd:
    """Carry out a sync function and record it (docs/sync.md, "The seven steps").

    The run exists already and is running (step 1). What the sync function records while it goes stays as it is; what
    goes wrong in it ends the run as failed and is not raised again, so that the caller always has a run to look at.

    Args:
        execution: the run
        database: where people are looked for who are known twice, once all are in
        sub_type: which sync it is (docs/sync.md, "Sub-types")
        input: what the sync was given
        sync_function: does it; it may record pages of its own
        prepare: what must stand before the first page, in the transaction of the start step; gives that step's output
        finish: what must stand once all is in, in the transaction of the summary; gives the run's columns that change
        partial_result: what came in until now, for a run that fails

    Returns:
        How the run ends; its last commit writes it.
    """
    start_time_s = perf_counter()

    def begin(session: Session) -> StepResult:
        return StepResult(status=StepStatus.RUNNING, output=prepare(session))

    execution.step(SYNC_STARTED, StepType.SYNC_PAGE, begin, tool=sub_type, input=input)
    try:
        result = sync_function()
    except ToolError as error:
        return _failed_end(error.message, partial_result().as_json(_since(start_time_s)))
    doubles = _doubles(database, execution, result)

    def conclude(session: Session) -> StepResult:
        proposal_count = propose_doubles(session, doubles, run_id=execution.run_id, sub_type=sub_type)
        whole = _with_proposals(result, proposal_count)
        return StepResult(output=whole.as_json(_since(start_time_s)), run_changes=finish(session))

    # An attempt that is lost behind its summary ends the run anew; the summary stands once.
    summary = execution.step("summary", StepType.SYNC_PAGE, conclude, tool=sub_type)
    return RunEnd(RunStatus.COMPLETED, result=summary, errors=result.errors, error_steps=result.errors)


def _doubles(database: Database, execution: Run, result: SyncResult) -> Doubles:
    """Who may be known twice, now that all are in."""
    if not (result.added or result.updated):
        return {}
    with database.read() as session:
        return find_doubles(session, since=execution.started_at)


def _with_proposals(result: SyncResult, proposal_count: int) -> SyncResult:
    if not proposal_count:
        return result
    return replace(result, extra={**result.extra, "proposals": result.extra.get("proposals", 0) + proposal_count})


def _failed_end(message: str, partial_result: Json) -> RunEnd:
    return replace(failed_run(message), result={**partial_result, "errors": [message], "message": message})


def _since(start_time_s: float) -> int:
    """How many milliseconds have passed."""
    return round((perf_counter() - start_time_s) * 1000)
