"""Markdown as it streams in: a block is shown as it reads as soon as the next one begins."""

import shutil
from typing import TextIO

from onelane.server.cli.display.wrapping import terminal_width, width_of
from onelane.server.cli.output import is_coloured

_FENCES = ("```", "~~~")
_UP, _CLEAR = "\x1b[{}A", "\r\x1b[J"
_TAB_WIDTH = 4


class MarkdownStream:
    """Shows a model's answer on a terminal: each piece as it comes, and a block as it reads once it is whole.

    Args:
        stream: the terminal
        is_plain: leave it as it came, for whoever wants nothing that steers their terminal
    """

    def __init__(self, stream: TextIO, *, is_plain: bool = False) -> None:
        self._stream = stream
        self._is_plain = is_plain
        self._waiting = ""
        """What stands there as it came, the cursor behind it."""
        self._has_shown = False

    def feed(self, text: str) -> None:
        """Take a piece."""
        plain = text.expandtabs(_TAB_WIDTH)
        self._stream.write(plain)
        self._waiting += plain
        if not self._is_plain and (end := _end_of_blocks(self._waiting)):
            self._replace(end)
        self._stream.flush()

    def end(self) -> None:
        """Show the rest; the next piece begins an answer of its own."""
        if self._waiting and not self._is_plain:
            self._replace(len(self._waiting))
        elif self._waiting and not self._waiting.endswith("\n"):
            self._stream.write("\n")
        self._stream.flush()
        self._waiting, self._has_shown = "", False

    def _replace(self, end: int) -> None:
        """Put what was meant in the place of what stands there, up to `end`; what has left the screen stays."""
        whole, tail = self._waiting[:end], self._waiting[end:]
        rows = _rows(self._waiting)
        if rows < shutil.get_terminal_size().lines:
            self._stream.write(f"{_UP.format(rows - 1) if rows > 1 else ''}{_CLEAR}")
            self._show(whole)
            self._stream.write(tail)
        elif not tail and not whole.endswith("\n"):
            self._stream.write("\n")
        self._waiting = tail

    def _show(self, text: str) -> None:
        if not text.strip():
            return
        from rich.console import Console
        from rich.markdown import Markdown

        console = Console(
            file=self._stream,
            width=terminal_width(),
            force_terminal=True,
            no_color=not is_coloured(self._stream),
            highlight=False,
        )
        if self._has_shown:
            console.print()
        # An address stands beside its words: what is hidden behind them may be anybody's.
        console.print(Markdown(text.strip("\n"), hyperlinks=False))
        self._has_shown = True


def _rows(text: str) -> int:
    """How many rows of the terminal a text takes as it is."""
    return sum(max(1, -(-width_of(line) // terminal_width())) for line in text.split("\n"))


def _end_of_blocks(text: str) -> int:
    """Where the last block begins, which may go on: behind an empty line, at the left edge, and not within code."""
    end, place, fence, is_behind_blank = 0, 0, "", False
    for line in text.splitlines(keepends=True):
        if is_behind_blank and not fence and line.strip() and not line[0].isspace():
            end = place
        begins = line.lstrip()[:3]
        if begins in _FENCES:
            fence = "" if begins == fence else fence or begins
        is_behind_blank = not line.strip()
        place += len(line)
    return end
