"""The sync wrapper: any sync function, recorded as a run in the seven steps of docs/sync.md, "The seven steps"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.workflows.run_ends import ERRORS_KEPT, SYNC_STARTED, failed
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.runs.record import Json, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run


@dataclass(slots=True)
class SyncResult:
    """What a sync brought: docs/sync.md, "Result"."""

    added: int = 0
    updated: int = 0
    skipped: int = 0
    error_count: int = 0
    errors: list[str] = field(default_factory=list[str])
    """The first ten, each with its line and reason."""
    extra: Json = field(default_factory=dict[str, Any])
    """More that the sync has to say, such as how many merge proposals it made."""
    sentence: str | None = None
    """What it brought, in its own words."""


def run_sync_workflow(
    execution: Run,
    *,
    sub_type: str,
    input: Json,  # noqa: A002 - it becomes the step's input (docs/tables.md, "Steps")
    sync_function: Callable[[], SyncResult],
    prepare: Callable[[Session], Json],
    finish: Callable[[Session], Json],
) -> RunEnd:
    """Carry out a sync function and record it (docs/sync.md, "The seven steps").

    The run exists already and is running (step 1). What the sync function records while it goes stays as it is; what
    goes wrong in it ends the run as failed and is not raised again, so that the caller always has a run to look at.

    Args:
        execution: the run
        sub_type: which sync it is (docs/sync.md, "Sub-types")
        input: what the sync was given
        sync_function: does it; it may record pages of its own
        prepare: what must stand before the first page, in the transaction of the start step; gives that step's output
        finish: what must stand once all is in, in the transaction of the summary; gives the run's columns that change

    Returns:
        How the run ends; its last commit writes it.
    """
    started = perf_counter()

    def begin(session: Session) -> StepResult:
        return StepResult(status=StepStatus.RUNNING, output=prepare(session))

    execution.step(SYNC_STARTED, StepType.SYNC_PAGE, begin, tool=sub_type, input=input)
    try:
        result = sync_function()
    except ToolError as error:
        return _failed(error.message)
    summary = _summary(result, round((perf_counter() - started) * 1000))

    def conclude(session: Session) -> StepResult:
        return StepResult(output=summary, run_changes=finish(session))

    # An attempt that is lost behind its summary ends the run anew; the summary stands once.
    execution.step("summary", StepType.SYNC_PAGE, conclude, tool=sub_type)
    return RunEnd(RunStatus.COMPLETED, result=summary, errors=result.errors, error_steps=result.errors)


def _summary(result: SyncResult, duration_ms: int) -> Json:
    return {
        "added": result.added,
        "updated": result.updated,
        "skipped": result.skipped,
        "errorCount": result.error_count,
        "errors": result.errors,
        "durationMs": duration_ms,
        **result.extra,
        "message": result.sentence or _sentence(result),
    }


def _sentence(result: SyncResult) -> str:
    if result.added or result.updated:
        brought = f"{result.added:,} added, {result.updated:,} updated"
    elif result.skipped:
        brought = f"Nothing new: all {result.skipped:,} were known already or had nothing to add"
    else:
        brought = "The export holds nobody and nothing"
    problems = f"; {result.error_count:,} lines could not be read" if result.error_count else ""
    return f"{brought}{problems}."


def _failed(message: str) -> RunEnd:
    result = {"added": 0, "updated": 0, "skipped": 0, "errors": [message], "message": message}
    return replace(failed(message), result=result)


def first_errors(pages: Sequence[Json]) -> list[str]:
    """The first ten errors of a run, from what its pages recorded."""
    return [error for page in pages for error in page.get("errors", [])][:ERRORS_KEPT]
