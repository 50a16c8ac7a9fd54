"""`onelane serve`: REST, the protocol over HTTP, and what a browser shows."""

import sys
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import typer

from onelane.server.app import Onelane
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import put
from onelane.server.cli.workspace import workspace
from onelane.server.dashboard import build_dashboard
from onelane.server.http.asgi import LOOPBACK, serve
from onelane.server.http.person.entrance import LINK_SECONDS, entry_link
from onelane.server.mcp import build_mcp
from onelane.server.mcp.listing import kept_listing
from onelane.server.settings import PORT


def command(
    host: Annotated[str, typer.Option(help="Where to listen; anything but this machine needs a token.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where to listen; 0 takes a free port.")] = PORT,
    works: Annotated[bool, typer.Option("--worker/--no-worker", help="Carry out runs and schedules too.")] = True,
) -> None:
    with workspace(log_on_stderr=True) as onelane:
        mcp, welcome = partial(build_mcp, listing=kept_listing()), partial(_welcome, onelane)
        serve(onelane, mcp, build_dashboard, host=host, port=port, works=works, on_listening=welcome)


command.__doc__ = with_examples(
    "Run Onelane for browsers, programs and remote chat clients, until it is stopped.\n\n"
    "It listens on this machine only. To listen elsewhere set ONELANE_API_TOKEN, which clients then send as a bearer "
    "token.",
    "onelane serve",
    "onelane serve --port 9000 --no-worker",
    "ONELANE_API_TOKEN=... onelane serve --host 0.0.0.0",
)


def _welcome(onelane: Onelane, url: str) -> None:
    put(
        f"Onelane serves {url}: {url}/dashboard for you, {url}/docs for programs, {url}/mcp for chats. Ctrl-C stops it."
    )
    if sys.stdout.isatty():
        # Only where a person looks: a log that others read must not open their page.
        link = entry_link(url, onelane.toolbox.services.person_key, onelane.toolbox.database.clock())
        port = urlsplit(url).port
        again = "onelane dashboard" if port == PORT else f"onelane dashboard --port {port}"
        put(f"Your dashboard: {link} (once, within {LINK_SECONDS} seconds; {again} prints a new one)")
