"""`onelane schedules`: when runs start by themselves."""

import typer

from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.tools.catalogue import all_tools

COMMANDS = (
    ToolCommand(
        "list",
        "list_schedules",
        columns=("id", "name", "workflow_type as type", "timing", "enabled", "status", "next_run_at as next", "error"),
        read_as=("name", "timing", "next_run_at as next", "status", "enabled", "workflow_type as type", "error", "id"),
        examples=("onelane schedules list --enabled",),
    ),
    ToolCommand(
        "set",
        "set_schedule",
        renamed={"workflow_type": "type", "template_id": "template", "schedule_id": "id"},
        examples=(
            """onelane schedules set --name "Fresh connections" --type sync --cron weekdays \\""",
            """  --config '{"syncSubType": "linkedin_contacts", "file": "/home/ada/Downloads/Connections.csv"}'""",
            "onelane schedules set --id SCHEDULE_ID --no-enabled",
        ),
    ),
    ToolCommand(
        "delete",
        "delete_schedule",
        positional=("schedule_id",),
        examples=('onelane schedules delete "Fresh connections"',),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
