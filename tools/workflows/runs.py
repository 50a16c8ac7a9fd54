"""Runs: list, show, start and control them (docs/routes.md, "Runs")."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

import orjson
from pydantic import Field

from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import run_trees, runs, steps
from onelane.storage.workflows.run_reading import run_lists
from onelane.storage.workflows.run_reading.run_lists import RunFilter
from onelane.storage.workflows.run_reading.run_orders import Place, RunOrder
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepFilter
from onelane.tools.people.contact_fields import RecordedInstant
from onelane.tools.people.contact_saving import refuse_unknown_people
from onelane.tools.registry.budgets import check_budgets
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Forbidden
from onelane.tools.registry.json_values import JsonObject
from onelane.tools.registry.result import Flag, Rows
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, Reveals, tool
from onelane.tools.workflows.approvals import list_questions
from onelane.tools.workflows.lasting_changes import (
    Action,
    feed_of_run,
    feed_of_settings,
    settings_to_start,
    steering_words,
    undo_words,
)
from onelane.tools.workflows.run_reading.run_places import cursor_in, place_in, place_of
from onelane.tools.workflows.run_reading.run_rows import run_row, shown_run, with_words
from onelane.tools.workflows.run_reading.run_views import (
    ChildRun,
    EndedRun,
    Progress,
    RunPage,
    RunView,
    RunWithSteps,
    StartedRun,
)
from onelane.tools.workflows.run_reading.step_views import StepInDetail, StepPage, StepView, step_index_of
from onelane.tools.workflows.template_runs import settings_of
from onelane.tools.workflows.templates import find_template, template_id_of

STEPS_IN_ONE_ANSWER = 1000
"""More steps of a run come page by page: 10,000 are never in one answer unasked."""
STEPS_IN_A_CHAT = 20
AWAITED_SECONDS = 2
"""So long a chat waits for the end of a run that it starts: most imports are over by then."""
_MOST_WORDS = 8
_MAY_ASK = frozenset({RunStatus.PAUSED, RunStatus.RUNNING})


@tool(
    effect=Effect.READ,
    toolset="runs",
    title="List runs",
    route="GET /api/workflows",
    reveals=Reveals,
    lookup=("status", "workflow_type", "page_size", "cursor"),
)
def list_runs(
    ctx: Context,
    status: RunStatus | None = None,
    workflow_type: WorkflowType | None = None,
    template_id: str | None = None,
    q: Annotated[str, Field(max_length=200)] | None = None,
    since: Annotated[RecordedInstant | None, UNLISTED] = None,
    sort: Annotated[RunOrder, UNLISTED] = RunOrder.NEWEST,
    backwards: Annotated[Flag, UNLISTED] = False,
    page: Annotated[int, Field(ge=1, le=1_000_000), UNLISTED] = 1,
    page_size: Annotated[int, Field(ge=1, le=100), UNLISTED] = 25,
    cursor: str | None = None,
) -> RunPage:
    """List runs of all types, newest first.

    Args:
        status: only in this state
        workflow_type: only of this type
        template_id: only of this template
        q: only with these words
        since: only created since
        sort: what comes first
        backwards: the page before `cursor` instead of the one behind it
        page: the page's number, from 1; use `cursor` instead for long lists
        page_size: how many at once
        cursor: from `next_cursor`
    """
    if q or since is not None or sort is not RunOrder.NEWEST or backwards:
        run_filter = RunFilter(status, workflow_type, template_id, since, tuple((q or "").split()[:_MOST_WORDS]))
        after = None if cursor is None else place_in(sort, cursor)
        return _filtered_page(ctx, run_filter, sort, after, backwards=backwards, page=page, page_size=page_size)
    after = None if cursor is None else place_of(cursor)
    if after is None:
        listing = runs.list_workflow_runs(
            ctx.session,
            status=status,
            workflow_type=workflow_type,
            template_id=template_id,
            page=page,
            page_size=page_size,
        )
        return _page(ctx, listing.data, listing.total, has_more=page * page_size < listing.total)
    rows = runs.list_workflow_runs_after(
        ctx.session,
        after=after,
        limit=page_size + 1,
        status=status,
        workflow_type=workflow_type,
        template_id=template_id,
    )
    total = runs.count_workflow_runs(ctx.session, status=status, workflow_type=workflow_type, template_id=template_id)
    return _page(ctx, rows[:page_size], total, has_more=len(rows) > page_size)


@tool(
    effect=Effect.READ,
    toolset="runs",
    title="Show a run",
    route="GET /api/workflows/{run_id}",
    reveals=Reveals,
)
def get_run(
    ctx: Context, run_id: str, steps_limit: Annotated[int, Field(ge=0, le=STEPS_IN_ONE_ANSWER)] | None = None
) -> RunWithSteps:
    """Show a run with its counters, its result and its steps in order.

    Args:
        run_id: the run's id
        steps_limit: how many steps at most (20 in a chat); `list_run_steps` has the rest
    """
    row = run_row(ctx.session, run_id)
    if steps_limit is None:
        steps_limit = STEPS_IN_A_CHAT if ctx.caller.face.is_chat else STEPS_IN_ONE_ANSWER
    step_rows = steps.list_workflow_steps(ctx.session, run_id, limit=steps_limit)
    more = str(len(step_rows) - 1) if step_rows and row["step_count"] > len(step_rows) else None
    values = {**with_words(ctx, [row])[0], "steps": Rows(StepView, step_rows), "next_steps_cursor": more}
    questions = list_questions(ctx.session, run_id) if row["status"] in _MAY_ASK else []
    if questions:
        values |= {"approvals": [each.model_dump() for each in questions]}
    below = run_trees.list_descendants(ctx.session, run_id)
    if below:
        values |= {"children": ChildRun.tree(run_id, below), "rolled_up": asdict(run_trees.spent([row, *below]))}
    return RunWithSteps.model_validate(values)


@tool(
    effect=Effect.READ,
    toolset="runs",
    title="List a run's steps",
    route="GET /api/workflows/{run_id}/steps",
    reveals=Reveals,
)
def list_run_steps(
    ctx: Context,
    run_id: str,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=1000), UNLISTED] = 50,
    detail: bool = False,
    only: Annotated[StepFilter | None, UNLISTED] = None,
) -> StepPage:
    """List a run's steps in their order.

    Args:
        run_id: the run's id
        cursor: from `next_cursor`, or a step's index
        limit: how many at once
        detail: also what went in and out
        only: what an agent thought, what changed contacts or went out, or what failed
    """
    row = run_row(ctx.session, run_id)
    after = -1 if cursor is None else step_index_of(cursor)
    step_rows = steps.list_workflow_steps(ctx.session, run_id, after_index=after, limit=limit + 1, only=only)
    total = row["step_count"] if only is None else steps.count_steps(ctx.session, run_id, only)
    return StepPage.of(Rows(StepInDetail if detail else StepView, step_rows), limit, total)


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="How far a run is",
    route="GET /api/workflows/{run_id}/progress",
    reveals=Reveals,
    lookup=("run_id",),
)
def get_progress(ctx: Context, run_id: str) -> Progress:
    """Tell how far a run is.

    Args:
        run_id: the run's id
    """
    return Progress.of(run_row(ctx.session, run_id))


def _ask_before_starting(
    ctx: Context, workflow_type: WorkflowType, config: str = "{}", template_id: str | None = None
) -> str | None:
    run_type = ctx.engine.run_types[workflow_type]
    settings = settings_to_start(ctx, workflow_type, config, template_id)
    # Nobody is asked about what would be refused afterwards.
    run_type.lacking(settings)
    return run_type.question(settings, ctx)


def run_stands(ctx: Context, run: RunView) -> str:
    """How a run stands that was begun some time ago."""
    row = runs.read_run(ctx.session, run.id)
    if row is None:
        return f"Run {run.id} is there no more."
    reason = "" if row["status_reason"] is None else f" ({row['status_reason']})"
    return f"Run {run.id} is {row['status']} now{reason}."


def end_of_run(ctx: Context, run: StartedRun) -> EndedRun | None:
    """The run when it is over or paused within the time that a chat waits for it.

    What an agent writes in the end is read with `get_run`: it may be long, and takes longer anyhow.

    Args:
        ctx: the call that started it, whose transaction is over
        run: the run as it was then
    """
    if run.workflow_type is WorkflowType.AGENT or not ctx.engine.await_end(run.id, AWAITED_SECONDS):
        return None
    with ctx.services.database.read() as session:
        return EndedRun.model_validate(shown_run(replace(ctx, transaction=session), run.id))


@tool(
    effect=Effect.WRITE,
    toolset="runs",
    title="Start a run",
    route="POST /api/workflows",
    status=201,
    creates=True,
    lasting=_ask_before_starting,
    leaves=feed_of_run,
    stands=run_stands,
    awaits=end_of_run,
    names={"template_id": template_id_of},
)
def start_run(
    ctx: Context, workflow_type: WorkflowType, config: JsonObject = "{}", template_id: str | None = None
) -> StartedRun:
    """Start a run; a short one answers with its end, a longer one goes on by itself.

    Args:
        workflow_type: the type of the run
        config: its settings, laid over its template's; for a sync use `start_sync`, which knows them
        template_id: the template that it carries out: its id or name
    """
    config_values = orjson.loads(config)
    refuse_unknown_people(ctx.session, config_values)
    template = None if template_id is None else find_template(ctx, template_id)
    if template is None:
        return _start(ctx, workflow_type, config_values)
    settings = settings_of(template, config_values, ctx.engine.run_types[workflow_type])
    return _start(ctx, workflow_type, settings, template_id=template.id)


@tool(
    effect=Effect.WRITE,
    toolset="runs",
    title="Steer a run",
    route="POST /api/workflows/{run_id}/{action}",
    confirm=undo_words,
    lasting=steering_words,
    durable=True,
    reveals=Reveals,
)
def control_run(ctx: Context, run_id: str, action: Action, budget: JsonObject | None = None) -> StartedRun:
    """Pause, resume, cancel, retry or undo a run.

    It holds or ends at its next step and keeps what it has. A retry goes on where it ended; nothing is done twice.

    Args:
        run_id: the run's id
        action: what to do with it
        budget: with resume or retry, what it may spend in all, such as {"usd": 5}
    """
    row = run_row(ctx.session, run_id)
    if budget is not None:
        _give_budget(ctx, row, action, orjson.loads(budget))
    if action is Action.UNDO:
        from onelane.tools.workflows.undo.undoing import take_back

        ctx.notes.append(take_back(ctx, run_id).text())
        return StartedRun.model_validate(shown_run(ctx, run_id))
    act = {
        Action.PAUSE: ctx.engine.pause,
        Action.RESUME: ctx.engine.resume,
        Action.CANCEL: ctx.engine.cancel,
        Action.RETRY: ctx.engine.retry,
    }[action]
    return view_of(ctx, act(ctx.session, run_id))


def _ask_before_forking(ctx: Context, run_id: str, steps: int = 0, config: str | None = None) -> str | None:
    row = run_row(ctx.session, run_id)
    settings = {**orjson.loads(row["config"]), **orjson.loads(config or "{}")}
    return ctx.engine.run_types[WorkflowType(row["workflow_type"])].question(settings, ctx)


@tool(
    effect=Effect.WRITE,
    toolset="advanced",
    title="Fork a run",
    route="POST /api/workflows/{run_id}/fork",
    status=201,
    creates=True,
    lasting=_ask_before_forking,
    leaves=feed_of_settings,
    stands=run_stands,
    reveals=Reveals,
)
def fork_run(
    ctx: Context,
    run_id: str,
    steps: Annotated[int, Field(ge=0, le=10**9, strict=True)] = 0,
    config: JsonObject | None = None,
) -> StartedRun:
    """Start a new run that begins with the first steps of another one and goes on from there.

    Args:
        run_id: the run to begin with
        steps: how many of its steps to take over
        config: settings to change
    """
    run_row(ctx.session, run_id)
    changes, caller = None if config is None else orjson.loads(config), ctx.caller
    fork = ctx.engine.fork(
        ctx.session, run_id, steps=steps, config=changes, by=caller, parent_workflow_id=caller.run_id
    )
    return view_of(ctx, fork)


def _start(
    ctx: Context, workflow_type: WorkflowType, config: Mapping[str, Any], *, template_id: str | None = None
) -> StartedRun:
    # What a run starts is its child: it pays from the same budgets, and needs the person for the same things.
    parent = ctx.caller.run_id
    run = ctx.engine.start(
        ctx.session, workflow_type, config, by=ctx.caller, template_id=template_id, parent_workflow_id=parent
    )
    return view_of(ctx, run)


def _give_budget(ctx: Context, row: PlainRow, action: Action, budget: dict[str, Any]) -> None:
    if ctx.caller.run_id is not None:
        raise Forbidden("A run can't give budgets. Say in the report what a larger one would bring.")
    if action not in (Action.RESUME, Action.RETRY):
        raise BadRequest("A budget is given with resume or retry.")
    config = orjson.loads(row["config"])
    config["budget"] = {**config.get("budget", {}), **budget}
    check_budgets(config)
    runs.update_workflow_run(ctx.session, row["id"], config=orjson.dumps(config).decode())


def view_of(ctx: Context, run: Run) -> StartedRun:
    """A run as it is shown to whoever has just started or steered it."""
    return StartedRun.model_validate(shown_run(ctx, run.id))


def _filtered_page(
    ctx: Context,
    run_filter: RunFilter,
    sort: RunOrder,
    after: Place | None,
    *,
    backwards: bool,
    page: int,
    page_size: int,
) -> RunPage:
    skip = 0 if after is not None else (page - 1) * page_size
    is_beginning = sort.is_by_creation and after is None and not skip
    total = 0 if is_beginning else run_lists.count_found(ctx.session, run_filter)
    limit = page_size + 1
    rows = run_lists.find_runs(
        ctx.session, run_filter, order=sort, after=after, backwards=backwards, skip=skip, limit=limit, total=total
    )
    if is_beginning:
        # What fits on one page is counted by it: words are looked for in thousands of runs once then, and not twice.
        total = len(rows) if len(rows) <= page_size else run_lists.count_found(ctx.session, run_filter)
    page_rows = rows[-page_size:] if backwards else rows[:page_size]
    run_page = _page(ctx, page_rows, total, has_more=False)
    if len(rows) > page_size:
        run_page.next_cursor = cursor_in(sort, page_rows[0 if backwards else -1])
    return run_page


def _page(ctx: Context, rows: Sequence[PlainRow], total: int, *, has_more: bool) -> RunPage:
    views = Rows(RunView, with_words(ctx, rows))
    return RunPage(data=views, total=total, next_cursor=views[-1].cursor() if views and has_more else None)
