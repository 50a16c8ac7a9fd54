"""`onelane dashboard`: prints a link that opens the person's dashboard once, and opens the browser."""

import socket
import sys
import webbrowser
from typing import Annotated

import typer

from onelane.server.cli.help import with_examples
from onelane.server.cli.output import put
from onelane.server.cli.workspace import workspace
from onelane.server.http.asgi import LOOPBACK
from onelane.server.http.person.entrance import LINK_SECONDS, entry_link
from onelane.tools.registry.errors import Conflict, Forbidden

_PATIENCE_S = 2.0


def command(
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="Where onelane serve listens; it is found by itself.")
    ] = None,
    opens: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser too.")] = True,
) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Forbidden("The link is for the person alone: type onelane dashboard at a terminal.")
    with workspace() as onelane:
        port = port or onelane.settings.port
        base = onelane.settings.public_url or f"http://127.0.0.1:{port}"
        if onelane.settings.public_url is None:
            _check_listening(port)
        link = entry_link(base, onelane.toolbox.services.person_key, onelane.toolbox.database.clock())
    put(f"{link}\nIt is good once, for {LINK_SECONDS} seconds, while onelane serve runs there.")
    if opens:
        webbrowser.open(link)


def _check_listening(port: int) -> None:
    """A link to where nobody listens is none.

    Raises:
        Conflict: nobody does
    """
    try:
        socket.create_connection((LOOPBACK, port), timeout=_PATIENCE_S).close()
    except OSError as error:
        raise Conflict(
            f"Nothing listens at port {port} of this machine. Start it with onelane serve, or say with --port where it "
            "listens; it says so when it starts."
        ) from error


command.__doc__ = with_examples(
    "Print a link to your dashboard, and open it.\n\n"
    "Whoever opens it is you: there everything can be changed, and what runs and chats ask is answered. The dashboard "
    "belongs to onelane serve, which must be running.",
    "onelane dashboard",
    "onelane dashboard --port 9000 --no-open",
)
