"""Progress reports of a run, for the person who waits for it."""

from typing import Annotated

from pydantic import Field

from onelane.storage.workflows import runs
from onelane.storage.workflows.steps import StepType
from onelane.tools.people.contact_fields import Reason
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import Effect, tool

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class ProgressReport(Result):
    """How far a run says it is."""

    message: str
    done: int | None = None
    total: int | None = None

    def text(self) -> str:
        """One line."""
        if self.done is None:
            return f"Noted: {self.message}"
        return f"Noted: {self.message} ({self.done}{'' if self.total is None else f' of {self.total}'})"


@tool(effect=Effect.WRITE, toolset="research", title="Tell how far a run is", step=StepType.DECISION)
def report_progress(
    ctx: Context, message: Reason, done: Count | None = None, total: Count | None = None
) -> ProgressReport:
    """Tell the person who waits for this run how far it is, or what was decided and why. It ends nothing.

    Args:
        message: what was reached or decided, in one sentence
        done: how many things are dealt with
        total: how many there are, once that is known
    """
    run_id = ctx.caller.run_id
    if run_id is None:
        raise BadRequest("Only a run can tell how far it is. begin_agent_run begins one; call again with its run_id.")
    if done is not None and total is not None and done > total:
        raise BadRequest(f"{done} of {total} can't be done. Correct the one or the other.")
    if total is not None:
        _expect(ctx, run_id, total)
    return ProgressReport(message=message, done=done, total=total)


def _expect(ctx: Context, run_id: str, total: int) -> None:
    """How many items the run expects. What is done it counts by its steps, and no less than that is expected."""
    run = runs.get_workflow_run(ctx.session, run_id)
    if run is not None:
        runs.update_workflow_run(ctx.session, run_id, total_items=max(total, run.processed_items))
