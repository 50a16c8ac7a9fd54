"""Help texts as Typer shows them, framed on a terminal and plain in a pipe."""

from collections.abc import Callable
from inspect import getdoc
from typing import TypeVar

from onelane.server.cli.output import is_shown_richly

Command = TypeVar("Command", bound=Callable[..., None])


def examples(*lines: str) -> Callable[[Command], Command]:
    """Show what one may type below what a command's docstring says of it.

    Args:
        lines: what one may type
    """

    def show_below(command: Command) -> Command:
        command.__doc__ = with_examples(getdoc(command) or "", *lines)
        return command

    return show_below


def with_examples(text: str, *lines: str) -> str:
    """A help text with what one may type below it, line by line."""
    if not lines:
        return text
    # Typer breaks paragraphs anew, but for one that begins with \b.
    return "\n".join((f"{text}\n\n\b\nExamples:", *(f"  {literal(line)}" for line in lines)))


def literal(text: str) -> str:
    """A text in which square brackets are just that: framed help takes them for marks."""
    return text.replace("[", "\\[") if is_shown_richly() else text
