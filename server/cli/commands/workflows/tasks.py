"""`onelane tasks`: what waits for you to do it by hand, and what you did."""

import typer

from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.tools.catalogue import all_tools

COMMANDS = (
    ToolCommand(
        "list",
        "list_tasks",
        renamed={"task_type": "type", "contact_id": "contact"},
        columns=("id", "task_type as type", "title", "why", "contact_name as contact", "due_at as due", "url"),
        read_as=("title", "due_at as due", "contact_name as contact", "task_type as type", "why", "url", "id"),
        examples=("onelane tasks list", "onelane tasks list --type outreach --json"),
    ),
    ToolCommand(
        "done",
        "finish_task",
        positional=("task_id",),
        fixed={"outcome": "done", "until": None},
        help="Say that you have done it; a sequence that waits for it goes on.",
        examples=("onelane tasks done TASK_ID",),
    ),
    ToolCommand(
        "skip",
        "finish_task",
        positional=("task_id",),
        fixed={"outcome": "skip", "until": None},
        help="Leave it out; a sequence that waits for it goes on with its next step.",
        examples=("onelane tasks skip TASK_ID",),
    ),
    ToolCommand(
        "snooze",
        "finish_task",
        positional=("task_id",),
        fixed={"outcome": "snooze"},
        help="Put it off until an instant.",
        examples=("onelane tasks snooze TASK_ID --until 2026-12-01T09:00:00Z",),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
