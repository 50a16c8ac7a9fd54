"""Tasks: what waits for the person, and saying that it is done (docs/sequences.md, "Tasks")."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from onelane.storage.outreach.contact_rhythms import Rhythm, find_rhythm, list_due
from onelane.storage.workflows import tasks
from onelane.storage.workflows.tasks import Task, TaskState, TaskType
from onelane.tools.outreach.tasks.finishing import Finish, finish
from onelane.tools.outreach.tasks.rhythm_tasks import finish_rhythm, title_of, view_of_rhythm
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
    """List what waits for the person, each with the call that closes it.

    People who are due, steps to carry out by hand, drafts, questions, and contacts who may be one person; also takes
    `task_type` and `state` (later, done).

    Args:
        state: open, later (put off, or not due yet) or done
        task_type: only of this type
        contact_id: only about this contact
        page_size: how many at once
        cursor: from `next_cursor`
    """
    query, after = tasks.TaskQuery(state, task_type, contact_id), TaskPage.after(cursor)
    # Whoever is due has the id of the contact, which comes before those of tasks.
    due = list_due(ctx.session) if state is TaskState.OPEN and task_type in (None, TaskType.FOLLOW_UP) else []
    rhythms = [each for each in due if contact_id in (None, each.contact_id)]
    people = [view_of_rhythm(each) for each in rhythms if each.contact_id > (after or "")][: page_size + 1]
    room = page_size + 1 - len(people)
    rows = tasks.list_tasks(ctx.session, query, after_id=after, limit=room) if room else []
    views = [*people, *views_of_tasks(ctx.session, rows)]
    return TaskPage.of(views, page_size, len(rhythms) + tasks.count_tasks(ctx.session, query))


def _question(ctx: Context, task_id: str, outcome: Finish, until: datetime | None = None) -> str | None:
    rhythm = find_rhythm(ctx.session, task_id)
    title = title_of(rhythm) if rhythm is not None else _known_task(ctx, task_id).title
    question = {Finish.DONE: "Have you done this", Finish.SKIP: "Leave this out"}.get(outcome)
    return None if question is None else f"{question}: {one_line(title)} ({task_id})?"


@tool(
    effect=Effect.WRITE,
    toolset="overview",
    title="Finish a task",
    route="POST /api/tasks/{task_id}/{outcome}",
    # That somebody has done something, only they can say.
    lasting=_question,
    reveals=Reveals,
)
def finish_task(ctx: Context, task_id: str, outcome: Finish, until: RecordedInstant | None = None) -> TaskView:
    """Note what the person says they did about a task of theirs; its sequence goes on. Never guess it.

    Args:
        task_id: its id, as it is listed
        outcome: what they did
        until: with snooze: when it is shown again
    """
    rhythm = find_rhythm(ctx.session, task_id)
    if rhythm is not None:
        return _finish_rhythm(ctx, task_id, rhythm, outcome, until)
    task = _known_task(ctx, task_id)
    finish(ctx.session, task, outcome, until)
    return view_of_task(ctx.session, task)


def _finish_rhythm(
    ctx: Context, task_id: str, rhythm: Rhythm, outcome: Finish, until: RecordedInstant | None
) -> TaskView:
    view = finish_rhythm(ctx.session, rhythm, outcome, until)
    after = find_rhythm(ctx.session, task_id)
    if after is not None:
        ctx.notes.append(f"It comes again on {after.due_at:%-d %B %Y}.")
    return view


def _known_task(ctx: Context, task_id: str) -> Task:
    task = tasks.get_task(ctx.session, task_id)
    if task is None:
        raise NotFound(f"There is no task {task_id!r}. list_tasks shows what waits.")
    return task
