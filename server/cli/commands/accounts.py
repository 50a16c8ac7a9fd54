"""`onelane accounts`: the person's own accounts, and how far their syncs have come."""

import typer

from onelane.server.cli.tool_commands import Derived, add_derived
from onelane.tools.catalogue import all_tools

COMMANDS = (
    Derived(
        "list",
        "list_accounts",
        columns=(
            "id",
            "platform",
            "display_name as name",
            "auth_type as known by",
            "status",
            "last_synced_at as last sync",
        ),
        examples=("onelane accounts list --platform linkedin",),
    ),
)


def add_to(app: typer.Typer) -> None:
    """Give the group its commands."""
    add_derived(app, all_tools(), COMMANDS)
