"""The commands, with the module of each; only the module of the typed command is imported."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import typer
import typer.main
from typer._click import Context
from typer._click.exceptions import UsageError
from typer.core import TyperGroup

from onelane.server.cli.aliases import add_aliases, with_own_name
from onelane.server.cli.output import is_shown_richly


@dataclass(frozen=True)
class MenuEntry:
    """A command, or a group of commands."""

    name: str
    summary: str
    panel: str
    is_group: bool = False

    @property
    def module(self) -> str:
        """Where it lives; the module's `add_to` gives it to an app."""
        return f"onelane.server.cli.commands.{_ROOMS[self.panel]}.{self.name.replace('-', '_')}"


_START, _DATA, _WORK, _CARE = "Start Onelane", "People", "Workflows", "Set up and look after"
_ROOMS = {_START: "start", _DATA: "people", _WORK: "workflows", _CARE: "care"}
"""The room of each panel's commands."""

MENU = (
    MenuEntry("demo", "Try Onelane with invented people; nothing of yours is touched.", _START),
    MenuEntry("serve", "Run Onelane for browsers, programs and remote chat clients (HTTP).", _START),
    MenuEntry("dashboard", "Open the page on which you answer what waits for you.", _START),
    MenuEntry("mcp", "Run Onelane for one chat client (stdio); clients start this themselves.", _START),
    MenuEntry("worker", "Carry out runs and schedules, without a server.", _START),
    MenuEntry("chat", "Talk with Onelane's own agent, or ask it one thing.", _START),
    MenuEntry("sync", "Bring in people, posts or e-mail metadata from an export file.", _DATA),
    MenuEntry("export", "Write your contacts, or everything, into a file.", _DATA),
    MenuEntry("contacts", "Find, show, archive, export and erase people.", _DATA, is_group=True),
    MenuEntry("accounts", "List your own accounts, and connect one for mail.", _DATA, is_group=True),
    MenuEntry("suppressions", "List, add and lift addresses that are not written to.", _DATA, is_group=True),
    MenuEntry("runs", "List, show, start and steer runs.", _WORK, is_group=True),
    MenuEntry("templates", "List, write, check, preview and move templates.", _WORK, is_group=True),
    MenuEntry("enroll", "Put people into a template.", _WORK),
    MenuEntry(
        "outbound",
        "Read messages before they go: approve, change or reject them; stop everything.",
        _WORK,
        is_group=True,
    ),
    MenuEntry("content", "Read drafts before they go: approve, change or reject them.", _WORK, is_group=True),
    MenuEntry("explain", "Say why something has not gone yet, and when it can.", _WORK),
    MenuEntry("tasks", "List what waits for you, and say what you did.", _WORK, is_group=True),
    MenuEntry("approvals", "Answer what runs and chats ask you.", _WORK),
    MenuEntry("schedules", "List, set and delete schedules.", _WORK, is_group=True),
    MenuEntry("undo", "Take back what a call, a run or a day changed.", _WORK),
    MenuEntry("call", "Call any tool by its name, with JSON.", _WORK),
    MenuEntry("install", "Connect Claude Desktop, Claude Code, Cursor or VS Code.", _CARE),
    MenuEntry("service", "Keep Onelane running in the background.", _CARE, is_group=True),
    MenuEntry("uninstall", "Disconnect a chat client.", _CARE),
    MenuEntry("keys", "Keep the keys of models and search engines, list and remove them.", _CARE, is_group=True),
    MenuEntry("doctor", "Say what is set up, what is missing, and what to type next.", _CARE),
    MenuEntry("backup", "Write everything that Onelane keeps into one file.", _CARE),
    MenuEntry("restore", "Put a backup in the place of what is there.", _CARE),
    MenuEntry("prune-history", "Delete old runs and their steps.", _CARE),
)


class _Commands(TyperGroup):
    """The commands; a value or a word that one of them refuses is refused in words for a person."""

    def invoke(self, ctx: Context) -> object:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            from onelane.tools.registry.arguments.errors import plain_message, with_nearest_word

            # Typer reads values with pydantic and passes on what it says.
            error.message = with_nearest_word(plain_message(error.message))
            raise
        except UsageError as error:
            error.message += _commands_there(error)
            raise


def _commands_there(error: UsageError) -> str:
    """Which commands a group has, for whoever typed none of them nor anything like one; empty for other faults."""
    group = None if error.ctx is None else error.ctx.command
    is_unlike_all = error.message.startswith("No such command") and "Did you mean" not in error.message
    if not isinstance(group, TyperGroup) or not is_unlike_all:
        return ""
    return f" There are: {', '.join(sorted(group.commands))}."


def run_typed(words: Sequence[str]) -> int:
    """Carry out what was typed and give the exit code."""
    full_words = with_own_name(words)
    command = typer.main.get_command(app_for(full_words))
    # Typer ends the process itself, with 2 for wrong use; what our own code raises goes to the outer edge.
    command.main(args=full_words, prog_name="onelane")
    return 0


def app_for(words: Sequence[str]) -> typer.Typer:
    """The app, in which only what was typed is filled in."""
    command_name = next((word for word in words if not word.startswith("-")), None)
    completing = "_ONELANE_COMPLETE" in os.environ
    app = typer.Typer(
        cls=_Commands,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        # Frames and colours are for a person who looks; a pipe gets plain text, and does not wait for rich.
        rich_markup_mode="rich" if is_shown_richly() else None,
    )
    app.callback()(_onelane)
    for entry in MENU:
        _add(app, entry, words, is_wanted=completing or entry.name == command_name)
    return app


def _add(app: typer.Typer, entry: MenuEntry, words: Sequence[str], *, is_wanted: bool) -> None:
    if entry.is_group:
        group = typer.Typer(no_args_is_help=True)
        if is_wanted:
            import_module(entry.module).add_to(group)
            add_aliases(group, words)
        app.add_typer(group, name=entry.name, help=entry.summary, rich_help_panel=entry.panel)
        return
    command = import_module(entry.module).command if is_wanted else _stub
    app.command(entry.name, short_help=entry.summary, rich_help_panel=entry.panel)(command)


def _stub() -> None:
    """A command that was not typed and is only listed."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"onelane {version('onelane')}")
        raise typer.Exit


def _onelane(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Campaigns, agents and syncs in one lane: people come in, work goes on by itself, and every step is recorded.

    New here? Type: onelane demo
    """
