"""Opens the application for the length of one command."""

import gc
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from onelane.server.app import Onelane, open_onelane
from onelane.server.cli.display.command_words import in_commands
from onelane.server.cli.entry_point import INTERRUPTED
from onelane.server.cli.output import complain, note
from onelane.server.logs import logging_into
from onelane.server.settings import Settings, read_settings, unknown_settings
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.result import Result
from onelane.tools.registry.short_ids import with_short_ids

CALLER = Caller(Face.CLI)


def open_workspace(settings: Settings) -> Onelane:
    """Onelane on these settings; garbage is looked for from now on, which `main` has put off until here.

    Raises:
        DatabaseUnavailable: the database can't be used
    """
    onelane = open_onelane(settings)
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    return onelane


@contextmanager
def workspace(*, log_on_stderr: bool = False) -> Generator[Onelane]:
    """Onelane with the settings of the environment; let go of at the end.

    Args:
        log_on_stderr: show warnings as they come, and name what looks like a setting and is none, for commands that run
            until they are stopped

    Raises:
        BadSettings: a setting can't be used
        DatabaseUnavailable: the database can't be used
    """
    settings = read_settings()
    for sentence in unknown_settings(os.environ) if log_on_stderr else ():
        note(sentence)
    onelane = open_workspace(settings)
    with logging_into(onelane.settings.home, on_stderr=log_on_stderr):
        try:
            yield onelane
        finally:
            onelane.close()


def call(onelane: Onelane, tool: str, arguments: Mapping[str, Any], *, yes: bool = False) -> Result:
    """Call a tool, after asking the person when something would be lost.

    Args:
        onelane: where
        tool: its name
        arguments: what it is given; ids may be short
        yes: the person has agreed already

    Raises:
        ToolError: it did not work, or the person did not agree
    """
    question = onelane.toolbox.confirmation(tool, arguments, CALLER)
    if question is not None and not yes:
        ask(question)
    prepared_call = onelane.toolbox.prepare(tool, arguments, CALLER)
    result = prepared_call.run()
    for each in prepared_call.notes:
        note(in_commands(each))
    return result


def ask(question: str) -> None:
    """Ask the person, who must say yes.

    Raises:
        Forbidden: nobody can be asked here, or they said no, also by Ctrl-D
        Exit: they pressed Ctrl-C
    """
    import typer

    question = with_short_ids(in_commands(question))
    if not sys.stdin.isatty():
        raise Forbidden(f"{question} Say so with --yes; nothing was changed.")
    try:
        is_agreed = typer.confirm(question, err=True)
    except typer.Abort as end:
        # Behind the question, where nothing was typed that ends its line.
        sys.stderr.write("\n")
        if not isinstance(end.__context__, EOFError):
            complain("Nothing was changed.")
            raise typer.Exit(INTERRUPTED) from None
        is_agreed = False
    if not is_agreed:
        raise Forbidden("Nothing was changed.")
