"""Display of a chat: the answer on stdout as it streams; thinking, calls and cost on stderr."""

import sys
from collections.abc import Sequence
from typing import TextIO

import orjson

from onelane.server.agent.model import Delta
from onelane.server.cli.chat.chat import ToolOutcome, Totals
from onelane.server.cli.display.markdown import MarkdownStream
from onelane.server.cli.output import clean, is_coloured, is_watched, text_for

_DIM, _RED, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[0m"
_ARGUMENTS_CHARS, _OUTCOME_CHARS = 80, 100


class Screen:
    """Shows a chat on the process's own streams.

    Args:
        is_silent: show nothing at all, for a program that wants JSON
    """

    def __init__(self, *, is_silent: bool = False) -> None:
        self._is_silent = is_silent
        self._open: TextIO | None = None
        """The stream with a line that is not ended yet."""
        self._kind = ""
        self._has_streamed = False
        self._answer = MarkdownStream(sys.stdout, is_plain=not is_coloured(sys.stdout))

    def on_text(self, delta: Delta) -> None:
        """Show a piece of an answer; where nobody looks, the whole is shown when it is there."""
        if delta.kind == "text" and is_watched(sys.stdout):
            self._answer_piece(delta.text)
        elif delta.kind == "thinking" and is_watched(sys.stderr):
            self._piece(sys.stderr, delta)
        elif delta.kind == "again":
            self.note(f"{delta.text} What came so far is void.")
            self._has_streamed = False

    def on_turn(self, totals: Totals, chose: Sequence[str]) -> None:
        """Tell how far the chat is, and what is called now."""
        calls = f" · {', '.join(chose)} …" if chose else ""
        self.note(f"  {summary(totals)}{calls}")

    def on_call(self, called: ToolOutcome) -> None:
        """One line for a call and what came of it."""
        arguments = " ".join(f"{name}={_value(value)}" for name, value in called.arguments.items())
        mark = "✗" if called.is_error else "✓"
        outcome = _short(called.outcome, _OUTCOME_CHARS)
        self.note(f"  {mark} {called.name} {_short(arguments, _ARGUMENTS_CHARS)} → {outcome}", is_bad=called.is_error)

    def on_wait(self) -> None:
        """Tell that it has to be seen first whether another chat is open on the run."""
        self.note("Looking whether another chat has this run open …")

    def show(self, message: str) -> None:
        """Show the whole of an answer, where it was not shown as it came."""
        if not self._has_streamed and message and not self._is_silent:
            if is_watched(sys.stdout):
                self._answer_piece(message)
            else:
                self.put(message)
        self.end_line()
        self._has_streamed = False

    def put(self, text: str) -> None:
        """Show what was asked for."""
        self.end_line()
        sys.stdout.write(f"{text_for(sys.stdout, text)}\n")
        sys.stdout.flush()

    def note(self, text: str, *, is_bad: bool = False) -> None:
        """Say something beside the answer."""
        if self._is_silent:
            return
        self.end_line()
        sys.stderr.write(f"{_with_colour(text, _RED if is_bad else _DIM)}\n")
        sys.stderr.flush()

    def ask(self, text: str) -> None:
        """Put a question, in so many words, whatever else is shown."""
        self.end_line()
        sys.stderr.write(f"{text_for(sys.stderr, text)}\n")
        sys.stderr.flush()

    def end_line(self) -> None:
        """Show what is still held back, and begin a new line, if there is not one already."""
        self._answer.end()
        if self._open is not None:
            self._open.write("\n")
            self._open.flush()
        self._open, self._kind = None, ""

    def _answer_piece(self, text: str) -> None:
        if self._is_silent or not text:
            return
        if self._kind != "text":
            self.end_line()
            self._kind = "text"
        self._answer.feed(clean(text))
        self._has_streamed = True

    def _piece(self, stream: TextIO, delta: Delta) -> None:
        if self._is_silent or not delta.text:
            return
        if self._kind != delta.kind:
            self.end_line()
            self._kind = delta.kind
            if delta.kind == "thinking" and not is_coloured(stream):
                stream.write("(thinking) ")
        stream.write(_dim(delta.text))
        stream.flush()
        self._open = None if delta.text.endswith("\n") else stream


def summary(totals: Totals) -> str:
    """What a chat has used, on one line."""
    turns = f"{totals.turns} turn{'s' if totals.turns != 1 else ''}"
    return f"{turns} · {totals.tokens:,} tokens · {totals.cache_hit_rate:.0%} from the cache · {dollars(totals)}"


def dollars(totals: Totals) -> str:
    """What a chat has cost."""
    return "cost not known" if totals.cost_usd is None else f"${totals.cost_usd:.4f}"


def _dim(piece: str) -> str:
    """A piece of a line, which goes on."""
    return f"{_DIM}{clean(piece)}{_PLAIN}" if is_coloured(sys.stderr) else clean(piece)


def _with_colour(text: str, colour: str) -> str:
    stream_text = text_for(sys.stderr, text)
    return f"{colour}{stream_text}{_PLAIN}" if is_coloured(sys.stderr) else stream_text


def _value(value: object) -> str:
    return orjson.dumps(value, default=str).decode()


def _short(text: str, most_chars: int) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= most_chars else f"{line[: most_chars - 1]}…"
