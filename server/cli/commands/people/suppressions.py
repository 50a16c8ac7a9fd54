"""`onelane suppressions`: addresses that are not written to (docs/sequences.md, "Suppressions")."""

from typing import Annotated

import typer

from onelane.server.cli.help import examples
from onelane.server.cli.person_door import for_the_person
from onelane.server.cli.results import AsJson, put_result
from onelane.server.cli.tool_commands import ToolCommand, add_tool_commands
from onelane.storage.workflows.approvals import Door
from onelane.tools.catalogue import all_tools

COMMANDS = (
    ToolCommand(
        "list",
        "list_suppressions",
        columns=("id", "address", "channel", "reason", "source", "created_at as since"),
        examples=("onelane suppressions list --channel email", "onelane suppressions list --address ada@example.com"),
    ),
    ToolCommand(
        "add",
        "suppress_address",
        positional=("address",),
        examples=("onelane suppressions add ada@example.com", "onelane suppressions add @ada --channel x"),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_tool_commands(app, all_tools(), COMMANDS)
    app.command("lift")(lift)


@examples("onelane suppressions lift ada@example.com")
def lift(
    address: Annotated[str, typer.Argument(help="The address, or the id of one suppression.")],
    as_json: AsJson = False,
) -> None:
    """Let an address be written to again.

    Without a terminal, ONELANE_PERSON_KEY must be in the environment.
    """
    from onelane.tools.outreach.stopping.suppression_list import lift as lift_for

    with for_the_person() as door:
        address = door.full_id(address)
        target = {"suppression_id": address} if address.startswith("sup_") else {"address": address}
        put_result(lift_for(door.services, via=Door.CLI, **target), as_json=as_json)
