"""`onelane mcp`: one chat client, over stdin and stdout."""

from collections.abc import Sequence
from typing import NoReturn

import typer

from onelane.server.commands.help import with_examples


def command(
    toolsets: list[str] = typer.Option([], help="Offer only these groups of tools, separated by commas."),
) -> None:
    run_mcp([name.strip() for given in toolsets for name in given.split(",") if name.strip()])
