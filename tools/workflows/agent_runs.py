"""Agent runs of the chat client's own model: its calls are recorded as steps.

See docs/agent.md, "Client runs".
"""

from enum import StrEnum
from typing import Annotated, Any

import orjson
from pydantic import StringConstraints

from onelane.storage.workflows.client_runs import begin_host_run, end_host_run
from onelane.storage.workflows.runs import Driver, RunStatus, WorkflowType
from onelane.storage.workflows.templates import Template
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.gate import taint
from onelane.tools.registry.json_values import JsonObject
from onelane.tools.registry.runs import client_runs
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.workflows.lasting_changes import run_words
from onelane.tools.workflows.run_reading.run_rows import run_row, shown_run
from onelane.tools.workflows.run_reading.run_views import ClosedRun, RunView
from onelane.tools.workflows.runs import run_stands
from onelane.tools.workflows.template_runs import run_type_of, settings_of
from onelane.tools.workflows.templates import find_template

Goal = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Summary = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]


class Outcome(StrEnum):
    """How an agent run ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BegunRun(RunView):
    """An agent run that has begun, and what to do in it."""

    next: str

    def text(self) -> str:
        """The id, how to go on, and what a template says of the work."""
        config = self.config if self.template_id is not None else "{}"
        about = "" if config == "{}" else f"\nIts template's settings: {config}"
        return f"{self.id}\n{self.next}{about}"


@tool(
    effect=Effect.WRITE,
    toolset="runs",
    title="Begin an agent run",
    route="POST /api/workflows/agent-runs",
    status=201,
    creates=True,
    agents=False,
    stands=run_stands,
)
def begin_agent_run(
    ctx: Context,
    goal: Goal,
    template_id: str | None = None,
    workflow_type: WorkflowType = WorkflowType.AGENT,
    overrides: JsonObject = "{}",
) -> BegunRun:
    """Begin work of your own that is recorded as a run.

    Give its id as `for_run` with each call that belongs to it (every tool takes that), and end with `finish_agent_run`.
    `start_run` is for work that goes on without this chat.

    Args:
        goal: what it is to reach, in a sentence or two
        template_id: the template that it carries out: its id or name
        workflow_type: its kind: agent, search, enrich or prune
        overrides: values of the template's parameters
    """
    client_types = [each.workflow_type for each in ctx.engine.run_types.client_driven]
    if workflow_type not in client_types:
        raise BadRequest(f"{workflow_type.label} runs go by themselves. Take one of: {', '.join(client_types)}.")
    template = None if template_id is None else find_template(ctx, template_id)
    if template is not None:
        # It is told what the template says.
        taint.pass_on(ctx.caller, template.tainted_by)
    settings = _settings(ctx, workflow_type, template, orjson.loads(overrides))
    run = begin_host_run(
        ctx.session,
        workflow_type=workflow_type,
        config={**settings, "goal": goal},
        template_id=None if template is None else template.id,
        tainted_by=ctx.engine.taint(ctx.session, ctx.caller),
    )
    if ctx.caller.chat is not None:
        ctx.caller.chat.runs.add(run.id)
    return BegunRun.model_validate({**shown_run(ctx, run.id), "next": _next(ctx, run.id)})


def _next(ctx: Context, run_id: str) -> str:
    code = client_runs.code_of(ctx.services.person_key, run_id)
    return (
        f"The run has begun. Give for_run={run_id!r} with each call that belongs to it (on REST: the header "
        f"X-Onelane-Run), and end with finish_agent_run(run_id={run_id!r}, code={code!r}, summary=..., "
        "outcome='completed')."
    )


def _ask_before_finishing(ctx: Context, run_id: str, code: str | None = None, **arguments: Any) -> str | None:
    chat = ctx.caller.chat
    has_begun_it = chat is not None and run_id in chat.runs
    was_told = client_runs.is_code(ctx.services.person_key, run_id, code or "")
    return None if has_begun_it or was_told else run_words(ctx, run_id, "End")


@tool(
    effect=Effect.WRITE,
    toolset="runs",
    title="Finish an agent run",
    route="POST /api/workflows/{run_id}/finish",
    agents=False,
    lasting=_ask_before_finishing,
)
def finish_agent_run(
    ctx: Context,
    run_id: str,
    summary: Summary,
    outcome: Outcome = Outcome.COMPLETED,
    result: JsonObject = "{}",
    code: Annotated[str | None, UNLISTED] = None,
) -> ClosedRun:
    """End an agent run that you began; what was done in it stays.

    Args:
        run_id: the run's id
        summary: what came of it, or why it failed, in a few sentences
        outcome: how it ended
        result: figures and ids worth keeping
        code: what `begin_agent_run` gave with the run
    """
    status = RunStatus(outcome.value)
    whole_result: dict[str, Any] = {**orjson.loads(result), "summary": summary}
    reason = None if status is RunStatus.COMPLETED else summary
    if not end_host_run(ctx.session, run_id, status=status, reason=reason, result=whole_result):
        raise _refusal(ctx, run_id)
    return ClosedRun.model_validate(shown_run(ctx, run_id))


def _settings(
    ctx: Context, workflow_type: WorkflowType, template: Template | None, overrides: dict[str, Any]
) -> dict[str, Any]:
    """What a template says of the work, or what is given without one. The goal may say what else a run would need."""
    run_types = ctx.engine.run_types
    run_type = run_types[workflow_type] if template is None else run_type_of(template, run_types)
    settings = overrides if template is None else settings_of(template, overrides, run_type)
    run_type.lacking(settings)
    return settings


def _refusal(ctx: Context, run_id: str) -> Conflict:
    """Why a run can't be ended; NotFound where there is none."""
    row = run_row(ctx.session, run_id)
    if row["driver"] != Driver.HOST:
        return Conflict(f"Run {run_id} goes by itself and ends by itself; control_run cancels it.")
    return Conflict(f"Run {run_id} is {row['status']} already; nothing was changed.")
