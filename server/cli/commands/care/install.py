"""`onelane install`: writes a chat client's configuration."""

import json
import os
from typing import Annotated

import typer

from onelane.server.cli.clients.client import Client
from onelane.server.cli.clients.command import Command, command_of_this_process
from onelane.server.cli.clients.configuration import Connected, connect, home_in_entry
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import note, put
from onelane.server.kept_keys import KeptKeys, KeyPlace, standings
from onelane.server.settings import KEY_VARIABLES, read_settings
from onelane.tools.registry.errors import ToolError


def command(
    client: Annotated[Client, typer.Argument(help="Which client to connect.")],
    only_print: Annotated[bool, typer.Option("--print", help="Print the configuration and change nothing.")] = False,
) -> None:
    start_command = command_of_this_process()
    if only_print:
        put(json.dumps(client.configuration(start_command), indent=2))
        note(f"{client.label} keeps its configuration in {client.path}")
        return
    try:
        home_before = home_in_entry(client)
        connection = connect(client, start_command)
    except ToolError as error:
        raise _with_what_to_paste(error, client, start_command) from error
    _tell(client, connection)
    _tell_of_home(home_before, start_command.env.get("ONELANE_HOME", home_before))
    _tell_of_keys()


command.__doc__ = with_examples(
    "Connect a chat client, so that it starts Onelane by itself.\n\n"
    "Its configuration file keeps all that is in it; a copy of how it was is left beside it. Doing it twice changes "
    "nothing. No key is written into it: onelane keys set keeps them for all that start Onelane.",
    "onelane install claude-desktop",
    "onelane install vscode --print",
)


def _tell(client: Client, connection: Connected) -> None:
    if not connection.changed:
        put(f"{client.label} is connected already; {connection.path} was not changed.")
        return
    put(f"{client.label} is connected: {connection.path}")
    if connection.backup is not None:
        put(f"How it was before: {connection.backup}")
    if connection.made_plain:
        put(f"{client.label} reads no comments, spare commas or byte order mark, so they are only in that copy now.")
    put(client.advice)
    if os.environ.get("ONELANE_DATABASE_URL"):
        note(
            "ONELANE_DATABASE_URL is set here, and may hold a password, so it was not written into the file. "
            "Add it to the entry's env if the client should use that database."
        )


def _tell_of_home(before: str | None, now: str | None) -> None:
    if before is not None and before != now:
        note(f"It opened {before} until now, and opens {now} from now on. What is in the other folder stays there.")


def _tell_of_keys() -> None:
    """Keys that only this terminal has: a client that is started by a click doesn't see them."""
    for standing in standings(KeptKeys(read_settings().home), KEY_VARIABLES, os.environ):
        if standing.place is KeyPlace.ENVIRONMENT:
            note(
                f"{standing.variable} is set in this terminal, where the client does not look. Keep it for all that "
                f"start Onelane: onelane keys set {standing.name}"
            )


def _with_what_to_paste(error: ToolError, client: Client, start_command: Command) -> ToolError:
    snippet = json.dumps(client.configuration(start_command), indent=2)
    return ToolError(f"{error.message}\nPaste this into it:\n{snippet}")
