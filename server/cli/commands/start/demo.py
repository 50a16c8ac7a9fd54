"""`onelane demo`: starts Onelane with sample data in a home of its own."""

import json
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from onelane.server.app import Onelane
from onelane.server.cli.clients.client import Client
from onelane.server.cli.clients.command import command_of_this_process
from onelane.server.cli.demo.filling import LOOKED_FOR, SEQUENCE, fill
from onelane.server.cli.demo.home import demo_home, demo_settings
from onelane.server.cli.demo.mail_server import LETTERS, demo_mail_server
from onelane.server.cli.help import with_examples
from onelane.server.cli.output import complain, note, put
from onelane.server.cli.workspace import open_workspace
from onelane.server.dashboard import build_dashboard
from onelane.server.http.asgi import serve
from onelane.server.http.guards import CannotListen
from onelane.server.http.person.entrance import LINK_SECONDS, entry_link
from onelane.server.logs import logging_into
from onelane.server.mcp import build_mcp
from onelane.server.mcp.listing import kept_listing
from onelane.server.settings import PORT

QUESTIONS = (
    f"Who of my contacts works in {LOOKED_FOR}? Show me a table.",
    "What did the latest imports bring, step by step?",
    f"What would the people in '{SEQUENCE}' get, and when? Why has nobody got it yet?",
    "Import contacts.csv again every Monday at 8.",
)
_PAGES = ("/dashboard", "/docs")
"""What a browser may open; only what answers is shown."""
_LOOK_SECONDS = 20
NAME = "onelane-demo"
"""What a client calls it, so that it stands beside the person's own."""


def command(
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help=f"Where to listen; by default {PORT}, or a free port.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the demo's folder when it ends.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Set up, check that the server answers, and end.")] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Sign in at stand-ins of X, Google and LinkedIn too, and sync with them.")
    ] = False,
) -> None:
    answered = True
    with _ending_cleanly(), demo_home(keep=keep) as home, _platforms(online) as settings:
        put(f"A home for the demo: {home}")
        onelane = open_workspace(demo_settings(home, **settings))
        with logging_into(home, on_stderr=False):
            try:
                with demo_mail_server(home) as server:
                    fill(onelane, server, put)
                    if online:
                        _show_online(onelane)
                    answered = _serve(onelane, port, settings, once=once)
            finally:
                onelane.close()
        put(f"The demo has ended; {home} {'is kept' if keep else 'is removed'}.")
    if not answered:
        raise typer.Exit(1)


command.__doc__ = with_examples(
    "Try Onelane with invented people.\n\n"
    "In a folder of its own it imports sample exports, begins sequences whose letters wait for your yes, starts the "
    "server, and says what to open and what to ask. What you approve goes to a mail server of the demo's own, which "
    "keeps it in the folder and sends it nowhere. Nothing of yours is read or changed, and the folder goes when the "
    "demo ends.",
    "onelane demo",
    "onelane demo --online",
    "onelane demo --keep --port 9000",
)


@contextmanager
def _platforms(online: bool) -> Generator[Mapping[str, Any]]:
    """The settings that lead to the demo's own platforms; none where they are not asked for."""
    if not online:
        yield {}
        return
    from onelane.server.cli.demo.platforms import demo_platforms

    with demo_platforms() as platforms:
        yield platforms.settings


def _show_online(onelane: Onelane) -> None:
    from onelane.server.cli.demo.online import show_online

    show_online(onelane, put)


def _serve(onelane: Onelane, port: int | None, platforms: Mapping[str, Any], *, once: bool) -> bool:
    """Serve until the person has seen enough; whether the server answered."""
    guide, mcp = _Guide(onelane, platforms, once=once), partial(build_mcp, listing=kept_listing())
    try:
        serve(onelane, mcp, build_dashboard, port=port or PORT, on_listening=guide.welcome)
    except CannotListen:
        if port is not None:
            raise
        note(f"Port {PORT} is taken, so another one is used.")
        serve(onelane, mcp, build_dashboard, port=0, on_listening=guide.welcome)
    return guide.has_answer


class _Guide:
    """Waits until the server answers, then prints its addresses.

    Args:
        onelane: the demo's
        platforms: the settings that lead to the demo's own platforms
        once: end the server after that
    """

    def __init__(self, onelane: Onelane, platforms: Mapping[str, Any], *, once: bool) -> None:
        self._onelane = onelane
        self._platforms = platforms
        self._once = once
        self.has_answer = False

    def welcome(self, url: str) -> None:
        """Called by the server, which answers only when this has returned."""
        threading.Thread(target=self._look, args=(url,), name="onelane-guide", daemon=True).start()

    def _look(self, url: str) -> None:
        try:
            self._tell(url)
        finally:
            if self._once:
                signal.raise_signal(signal.SIGINT)

    def _tell(self, url: str) -> None:
        import httpx2

        with httpx2.Client(base_url=url, timeout=_LOOK_SECONDS, trust_env=False) as browser:
            try:
                self.has_answer = browser.get("/healthz").is_success
                pages = [f"{url}{page}" for page in _PAGES if browser.get(page, follow_redirects=True).is_success]
            except httpx2.HTTPError as error:
                complain(f"The server does not answer: {error}")
                return
        put(_guide(url, pages, self._onelane.settings.home, self._platforms))
        if sys.stdout.isatty():
            # Only where a person looks: whoever reads a log must not become the person.
            services = self._onelane.toolbox.services
            link = entry_link(url, services.person_key, services.database.clock())
            put(f"Yours  {link} (once, within {LINK_SECONDS} seconds; there you approve letters)")


def _guide(url: str, pages: list[str], home: Path, platforms: Mapping[str, Any]) -> str:
    """What to open, what to ask, and how a chat client comes to it."""
    typed = _typed(home)
    command = command_of_this_process(home=home)
    # A process that does not know the demo's platforms would ask the real ones.
    command = replace(command, env={**command.env, **{f"ONELANE_{name.upper()}": at for name, at in platforms.items()}})
    configuration = json.dumps(Client.CLAUDE_DESKTOP.configuration(command, NAME), indent=2)
    lines = [
        "",
        f"Open   {'  '.join(pages)}",
        "Yes    to read and approve the letters, in another terminal:",
        f"       {_entering(home, platforms)}",
        f"       {typed} outbound approve --all",
        f"       or, for a link to the dashboard: {typed} dashboard --port {urlsplit(url).port}",
        *(
            [f"X      to sign in at its stand-in yourself, there: {typed} accounts connect x --feature dm"]
            if platforms
            else []
        ),
        f"Mail   what you approve stays in {home / LETTERS}",
        f"Chat   claude mcp add --transport http {NAME} {url}/mcp",
        f"       or put this into {Client.CLAUDE_DESKTOP.path}:",
        *(f"       {line}" for line in configuration.splitlines()),
        "Ask    " + "\n       ".join(QUESTIONS),
        "",
        "Ctrl-C ends the demo. For your own people: onelane install claude-desktop",
    ]
    return "\n".join(lines)


def _entering(home: Path, platforms: Mapping[str, Any]) -> str:
    """What another terminal types first, so that it is about the demo."""
    if not platforms:
        return f"export ONELANE_HOME={shlex.quote(str(home))}"
    from onelane.server.cli.demo.platforms import write_environment

    return f". {shlex.quote(str(write_environment(home, platforms)))}"


def _typed(home: Path) -> str:
    """What starts this Onelane at a terminal: its name, where that is enough."""
    command = command_of_this_process(home=home)
    name = Path(command.command).name
    word = name if shutil.which(name) == command.command else command.command
    return shlex.join([word, *command.args[:-1]])


@contextmanager
def _ending_cleanly() -> Generator[None]:
    """Ctrl-C and a request to stop are the ordinary ways to end a demo, and leave no folder behind."""
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        yield
    except KeyboardInterrupt:
        note("The demo has ended.")
    finally:
        signal.signal(signal.SIGTERM, before)
