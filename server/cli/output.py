"""Output of commands: data on stdout, messages on stderr; on terminals wrapped at words, and coloured."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from onelane.server.cli.display.wrapping import fit_lines, longest_word, terminal_width, wrap_lines

Row = Sequence[str]

_RED, _DIM, _PLAIN = "\x1b[31m", "\x1b[2m", "\x1b[0m"
_BELOW = "    "
_TONES = {
    "good": "\x1b[32m",
    "bad": _RED,
    "warn": "\x1b[33m",
    "accent": "\x1b[36m",
    "heading": "\x1b[1m",
    "faint": _DIM,
}
# Names and messages come from other people's files; what steers a terminal must not reach it, nor what makes a line
# read otherwise than it is written.
_TURNING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_STEERING = {code: None for code in (*range(32), *range(127, 160), *_TURNING) if code not in (9, 10)}


def clean(text: str) -> str:
    """The text without what steers a terminal."""
    return text.translate(_STEERING)


def put(text: str) -> None:
    """Print what was asked for, at once: whoever reads a pipe may be waiting for it."""
    sys.stdout.write(f"{text_for(sys.stdout, text)}\n")
    sys.stdout.flush()


def put_json(value: object) -> None:
    """Print one JSON document; nothing else may be on stdout then."""
    import orjson

    if is_watched(sys.stdout):
        text = clean(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode())
    else:
        text = orjson.dumps(value, default=str).decode()
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Say something beside the data, for the person."""
    sys.stderr.write(f"{_with_colour(text, _DIM)}\n")


def complain(text: str) -> None:
    """Say what went wrong."""
    sys.stderr.write(f"{_with_colour(text, _RED)}\n")


def put_rows(rows: Iterable[Row]) -> None:
    """Rows for a program: tab-separated lines without a header."""
    for row in rows:
        put("\t".join(" ".join(value.split()) for value in row))


def put_pieces(lines: Iterable[Sequence[tuple[str, str]]]) -> None:
    """Lines that fit the terminal already, in pieces: a text and its tone."""
    is_plain = not is_coloured(sys.stdout)
    for line in lines:
        text = "".join(clean(part) if is_plain or tone not in _TONES else _with_tone(part, tone) for part, tone in line)
        sys.stdout.write(f"{text.rstrip()}\n")
    sys.stdout.flush()


def put_beside(head: str, text: str) -> None:
    """A text beside a head; on a terminal the lines that follow stand under the first."""
    if not is_watched(sys.stdout):
        put(f"{head}{text}")
        return
    plain_text, begin, hang = clean(text), clean(head), " " * len(head)
    if longest_word(plain_text) > terminal_width() - len(head):
        # Below the head it has more room, and can be copied whole.
        begin, hang = f"{begin.rstrip()}\n{_BELOW}" if begin.strip() else _BELOW, _BELOW
    lines = wrap_lines(plain_text, terminal_width() - len(hang))
    put_pieces([[(f"{hang if number else begin}{line}", "")] for number, line in enumerate(lines)])


def put_fields(fields: Mapping[str, Any]) -> None:
    """Names and values, one a line; what is empty is left out."""
    cells = {name: cell(value) for name, value in fields.items() if value not in (None, "", [], {})}
    width = max(map(len, cells), default=0)
    for name, value in cells.items():
        put_beside(f"{name.replace('_', ' '):<{width}}  ", value)


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


def text_for(stream: TextIO, text: str) -> str:
    """A text as this stream gets it: wrapped at words where a person sees it."""
    plain_text = clean(text)
    # JSON is for programs, also where a person looks at it: a line break within a text would spoil it.
    is_for_people = is_watched(stream) and not plain_text.startswith("{")
    return fit_lines(plain_text, terminal_width()) if is_for_people else plain_text


def _with_tone(text: str, tone: str) -> str:
    # Blanks at the end stay outside, so that the end of a line can be cut off.
    words = clean(text).rstrip()
    return f"{_TONES[tone]}{words}{_PLAIN}{' ' * (len(clean(text)) - len(words))}" if words else clean(text)


def _with_colour(text: str, colour: str) -> str:
    stream_text = text_for(sys.stderr, text)
    return f"{colour}{stream_text}{_PLAIN}" if is_coloured(sys.stderr) else stream_text
