"""The command `onelane`: parses arguments, and turns every error into a sentence.

See docs/commands.md, "Commands".

`onelane mcp` is started by chat clients, who wait for it, so it goes by without Typer. Everything else is a module of
`server/cli/commands`, imported when it is asked for.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from onelane.server.cli.error_messages import sentence_about
from onelane.server.cli.output import complain

_SERVICES = (["serve"], ["worker"])
"""Commands that a supervisor stops and waits for."""
INTERRUPTED = 130
"""What shells call a command that Ctrl-C ended; Typer does as well."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code: 0, 1 when it failed, 2 when it was used wrongly.

    Args:
        arguments: what was typed after `onelane`; by default what the process was started with
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        # Whatever is written is for its owner alone, also in a home that somebody else made for everybody to look into.
        os.umask(0o077)
        _open_closed_streams()
        # What is made while a process starts stays, and looking for garbage in it takes a seventh of the time.
        gc.disable()
    try:
        sys.exit(_run(words))
    except SystemExit as ending:
        # Typed within another program, such as a test, it must not take that along.
        if arguments is None and words[:1] in _SERVICES and isinstance(ending.code, int):
            _leave(ending.code)
        raise
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _forget_stdout()
        sys.exit(1)
    except Exception as error:
        # The outer edge: whatever it is, the person reads a sentence.
        if os.environ.get("ONELANE_DEBUG") == "1":
            raise
        complain(sentence_about(error))
        sys.exit(1)


def _open_closed_streams() -> None:
    """Whoever starts a process may close what it reads and writes; then nothing comes from there, and nobody reads."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free is taken, so that no database gets the number of a stream.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _leave(code: int) -> NoReturn:
    """Leave at once: what is closed is closed, and tidying up half a million objects would take seconds."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run(words: Sequence[str]) -> int:
    toolsets = _toolsets_of_mcp(words)
    if toolsets is not None:
        from onelane.server.cli.stdio import serve_stdio

        serve_stdio(toolsets)
    from onelane.server.cli.menu import run_typed

    return run_typed(words)


def _toolsets_of_mcp(words: Sequence[str]) -> list[str] | None:
    """The toolsets that `onelane mcp` was given; None when anything else was typed, which Typer explains."""
    if words[:1] != ["mcp"]:
        return None
    parts = [part for word in words[1:] for part in word.split("=", 1)]
    flags, values = parts[::2], parts[1::2]
    if len(flags) != len(values) or any(flag != "--toolsets" for flag in flags):
        return None
    from onelane.server.cli.stdio import named_toolsets

    return named_toolsets(values)


def _forget_stdout() -> None:
    # Whoever read has gone, so that flushing at the end would only complain once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
