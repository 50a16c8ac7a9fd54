"""`onelane mcp` as Typer explains it; what clients type goes by without (see `server/cli/entry_point.py`)."""

from typing import Annotated

import typer

from onelane.server.cli.help import with_examples
from onelane.server.cli.stdio import named_toolsets, serve_stdio


def command(
    toolsets: Annotated[
        list[str] | None, typer.Option(help="Offer only these groups of tools, such as runs,contacts.")
    ] = None,
) -> None:
    serve_stdio(named_toolsets(toolsets or []))


command.__doc__ = with_examples(
    "Run Onelane for one chat client, over stdin and stdout.\n\n"
    "You need not type this: onelane install lets the client start it. Any number of these may run at once; one of "
    "them carries out the runs.",
    "onelane mcp",
    "onelane mcp --toolsets runs,contacts",
)
