"""`onelane outbound stop`, `start` and `status`: whether anything may leave (docs/sequences.md, "The switch")."""

import typer

from onelane.server.cli.help import examples
from onelane.server.cli.person_door import for_the_person
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.storage.workflows.approvals import Door
from onelane.tools.catalogue import all_tools

COMMANDS = (
    ToolCommand(
        "stop", "stop_outbound", examples=("onelane outbound stop", "onelane outbound stop --note 'Wrong list'")
    ),
    ToolCommand("status", "outbound_status", examples=("onelane outbound status --json",)),
)


def add_switch(app: typer.Typer) -> None:
    """Give the group `outbound` these commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    app.command("start")(start)


@examples("onelane outbound start")
def start(as_json: AsJson = False) -> None:
    """Let things leave again, after you have looked at why they stopped.

    Clock, database and key are taken as they are. Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    from onelane.tools.outreach.stopping.switch import start_outbound

    with for_the_person() as door:
        put_result(start_outbound(door.services, via=Door.CLI), as_json=as_json)
