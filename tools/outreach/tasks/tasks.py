"""Tasks: what waits for the person, and saying that it is done (docs/sequences.md, "Tasks")."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import Task, TaskState, TaskType
from onelane.tools.outreach.tasks.finishing import Finish, finish
from onelane.tools.outreach.tasks.task_views import TaskPage, TaskView, view_of_task, views_of_tasks
from onelane.tools.people.contact_fields import RecordedInstant, one_line
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, Reveals, tool


@tool(effect=Effect.READ, toolset="overview", title="List tasks", route="GET /api/tasks", reveals=Reveals)
def list_tasks(
    ctx: Context,
    state: Annotated[TaskState, UNLISTED] = TaskState.OPEN,
    task_type: Annotated[TaskType | None, UNLISTED] = None,
    contact_id: Annotated[str | None, UNLISTED] = None,
    page_size: Annotated[int, Field(ge=1, le=100), UNLISTED] = 50,
    cursor: str | None = None,
) -> TaskPage:
    """List what waits for the person, oldest first, each with the call that closes it.

    Steps to carry out by hand, drafts to read, questions, and contacts who may be one person; also takes
    `task_type` and `state` (later, done).

    Args:
        state: open, later (put off, or not due yet) or done
        task_type: only of this type
        contact_id: only about this contact
        page_size: how many at once
        cursor: from `next_cursor`
    """
    wanted = tasks.TaskQuery(state, task_type, contact_id)
    found = tasks.list_tasks(ctx.session, wanted, after_id=TaskPage.after(cursor), limit=page_size + 1)
    return TaskPage.of(views_of_tasks(ctx.session, found), page_size, tasks.count_tasks(ctx.session, wanted))


def _question(ctx: Context, task_id: str, outcome: Finish, until: datetime | None = None) -> str | None:
    task = _found(ctx, task_id)
    said = {Finish.DONE: "Have you done this", Finish.SKIP: "Leave this out"}.get(outcome)
    return None if said is None else f"{said}: {one_line(task.title)} ({task.id})?"


@tool(
    effect=Effect.WRITE,
    toolset="overview",
    title="Finish a task",
    route="POST /api/tasks/{task_id}/{outcome}",
    # That somebody has done something, only they can say.
    lasting=_question,
)
def finish_task(ctx: Context, task_id: str, outcome: Finish, until: RecordedInstant | None = None) -> TaskView:
    """Note what the person says they did about a task of theirs; its sequence goes on. Never guess it.

    Args:
        task_id: its id, which `overview` shows
        outcome: what they did
        until: with snooze: when it is shown again
    """
    task = _found(ctx, task_id)
    finish(ctx.session, task, outcome, until)
    return view_of_task(ctx.session, task)


def _found(ctx: Context, task_id: str) -> Task:
    task = tasks.get_task(ctx.session, task_id)
    if task is None:
        raise NotFound(f"There is no task {task_id!r}. list_tasks shows what waits.")
    return task
