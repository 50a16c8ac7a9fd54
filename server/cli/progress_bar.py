"""A progress bar on a terminal; in a pipe there is none."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from onelane.server.cli.output import is_watched

Show = Callable[[str, int, int | None], None]
"""Told what happens, how much of it is done, and of how much, where that is known."""


@contextmanager
def progress_bar(description: str) -> Generator[Show]:
    """What is told how far something is; it draws a bar on a terminal and is silent in a pipe."""
    if not is_watched(sys.stderr):
        yield lambda description, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(description, total=None)

        def show(description: str, count: int, total: int | None) -> None:
            progress.update(bar, description=description, total=total, completed=count)

        yield show
