"""Approvals: what a run asks its person, and what they answer (docs/agent.md, "Approval")."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import orjson
from pydantic import StringConstraints

from onelane.storage.workflows import runs, steps, tasks
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import NewStep, StepResult, StepStatus, StepType
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import Conflict, NotFound
from onelane.tools.registry.result import Flag, Result
from onelane.tools.registry.tool_spec import Effect, tool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said.

    Args:
        allowed: whether it may be done
        reason: why not, if they said so
    """

    allowed: bool
    reason: str | None = None


class Answered(Result):
    """A question of a run that was answered."""

    id: str
    question: str
    allowed: bool
    status: RunStatus
    open_questions: int

    def text(self) -> str:
        """One line: what was said, and what the run does now."""
        said = "allowed" if self.allowed else "refused"
        more = f" It still asks {self.open_questions} more: answer_run again." if self.open_questions else ""
        return f"Run {self.id}: {said}: {self.question} It is {self.status} now.{more}"


class Request(NamedTuple):
    """A question that a run waits with."""

    call_key: str
    question: str


def request_key(call_key: str) -> str:
    """The key of the step that asks for a call."""
    return f"request:{call_key}"


def answer_key(call_key: str) -> str:
    """The key of the step that holds the answer; being unique, it is given once."""
    return f"answer:{call_key}"


def task_key(run_id: str, call_key: str) -> str:
    """The key of the task that shows the question."""
    return f"approval:{run_id}:{call_key}"


def _ask_the_person(ctx: Context, run_id: str, allow: bool, reason: str | None = None) -> str | None:
    question = _open_requests(ctx, run_id)[0].question
    return f"{'Allow' if allow else 'Refuse'} what run {run_id} asks? {question}"


@tool(
    effect=Effect.WRITE,
    toolset="runs",
    title="Answer a run's question",
    route="POST /api/workflows/{run_id}/answer",
    confirm=_ask_the_person,
    agents=False,
)
def answer_run(
    ctx: Context,
    run_id: str,
    allow: Flag,
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] | None = None,
) -> Answered:
    """Allow or refuse what a paused run asks its person for, such as deleting or sending something.

    Its `status_reason` and the overview show the question. The run goes on then; what was refused it does not do.

    Args:
        run_id: the run that waits
        allow: whether it may
        reason: why not, which the run is told
    """
    asked, *rest = _open_requests(ctx, run_id)
    said = {"question": asked.question, "allowed": allow, "reason": reason}
    answer = NewStep(answer_key(asked.call_key), StepType.DECISION, StepResult(said), "person", duration_ms=None)
    steps.append_steps(ctx.session, run_id, [answer])
    steps.close_step(ctx.session, run_id, request_key(asked.call_key), StepStatus.COMPLETED)
    tasks.close_task(ctx.session, task_key(run_id, asked.call_key))
    run = ctx.engine.resume(ctx.session, run_id) if not rest else None
    status = RunStatus.PAUSED if run is None else run.status
    return Answered(id=run_id, question=asked.question, allowed=allow, status=status, open_questions=len(rest))


def _open_requests(ctx: Context, run_id: str) -> list[Request]:
    """What a paused run asks, in the order in which it did.

    Raises:
        NotFound: there is no such run
        Conflict: it asks nothing
    """
    row = runs.read_run(ctx.session, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id!r}. list_runs shows the latest ones.")
    waiting = steps.list_open_steps(ctx.session, run_id, step_key_prefix=request_key(""))
    if row["status"] != RunStatus.PAUSED or not waiting:
        raise Conflict(f"Run {run_id} is {row['status']} and asks nothing. get_run shows what it did.")
    outputs = [orjson.loads(step["output"]) for step in waiting]
    return [Request(output["call"], output["question"]) for output in outputs]
