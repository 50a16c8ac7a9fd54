"""`onelane uninstall`: takes Onelane out of a chat client's configuration."""

from typing import Annotated

import typer

from onelane.server.cli.clients.client import Client
from onelane.server.cli.clients.configuration import disconnect
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note, put
from onelane.server.settings import read_settings


def command(client: Annotated[Client, typer.Argument(help="Which client to disconnect.")]) -> None:
    change = disconnect(client)
    if not change.changed:
        put(f"{client.label} is not connected; {change.path} was not changed.")
        return
    put(f"{client.label} starts Onelane no more: {change.path}")
    if change.backup is not None:
        put(f"How it was before: {change.backup}")
    note(f"What Onelane keeps is still there, in {read_settings().home}; delete that folder to be rid of it.")


command.__doc__ = with_examples(
    "Disconnect a chat client: the opposite of install.\n\n"
    "Only Onelane's own entry goes, and a copy of how the file was is left beside it. Nothing that Onelane keeps is "
    "touched.",
    "onelane uninstall claude-desktop",
)
