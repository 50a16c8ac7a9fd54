"""Output of commands: data on stdout, messages on stderr, colour on terminals only."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

Row = Sequence[str]

_ID_CHARS = 28
_RED, _DIM, _PLAIN = "\x1b[31m", "\x1b[2m", "\x1b[0m"
# Names and messages come from other people's files; what steers a terminal must not reach it, nor what makes a line
# read otherwise than it is written.
_TURNING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_STEERING = {code: None for code in (*range(32), *range(127, 160), *_TURNING) if code not in (9, 10)}


def clean(text: str) -> str:
    """The text without what steers a terminal."""
    return text.translate(_STEERING)


def put(text: str) -> None:
    """Print what was asked for, at once: whoever reads a pipe may be waiting for it."""
    sys.stdout.write(f"{clean(text)}\n")
    sys.stdout.flush()


def put_json(value: object) -> None:
    """Print one JSON document; nothing else may be on stdout then."""
    import orjson

    if is_watched(sys.stdout):
        put(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode())
        return
    sys.stdout.write(f"{orjson.dumps(value, default=str).decode()}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Say something beside the data, for the person."""
    sys.stderr.write(f"{_painted(text, _DIM)}\n")


def complain(text: str) -> None:
    """Say what went wrong."""
    sys.stderr.write(f"{_painted(text, _RED)}\n")


def put_table(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """A table for a person; in a pipe, tab-separated lines without a header."""
    if is_watched(sys.stdout):
        _put_rich_table(columns, rows)
        return
    for row in rows:
        put("\t".join(" ".join(value.split()) for value in row))


def put_fields(fields: Mapping[str, Any]) -> None:
    """Names and values, one a line; what is empty is left out."""
    shown = {name: cell(value) for name, value in fields.items() if value not in (None, "", [], {})}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        put(f"{name.replace('_', ' '):<{width}}  {value}")


def cell(value: object) -> str:
    """A value as it stands in a line."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    import orjson

    return orjson.dumps(value, default=str).decode()


def number_of(count: int, noun: str) -> str:
    """So many of something: 1 run, 1,204 runs."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def is_watched(stream: TextIO) -> bool:
    """Whether a person sees this stream on a terminal."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_coloured(stream: TextIO) -> bool:
    """Whether a person sees this stream on a terminal, and has nothing against colours."""
    return is_watched(stream) and not os.environ.get("NO_COLOR")


def is_shown_richly() -> bool:
    """Whether help and errors may be framed and coloured."""
    return is_watched(sys.stdout) and is_watched(sys.stderr)


def _painted(text: str, colour: str) -> str:
    shown = clean(text)
    return f"{colour}{shown}{_PLAIN}" if is_coloured(sys.stderr) else shown


def _put_rich_table(columns: Sequence[str], rows: Iterable[Row]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    for column in columns:
        # An id is there to be copied, so that it is never cut; whatever else is too long is.
        table.add_column(column, no_wrap=True, min_width=_ID_CHARS if column == "id" else None)
    for row in rows:
        table.add_row(*(Text(" ".join(clean(value).split())) for value in row))
    Console().print(table)
