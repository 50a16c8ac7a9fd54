"""Lines that fit: wrapped between words, never within one, so that an id or an address can be copied whole."""

import shutil
import unicodedata
from collections.abc import Iterator

_LEAST_WIDTH = 20
_HANG = "  "


def terminal_width() -> int:
    """How many characters a line has; COLUMNS says it where it is set."""
    return max(_LEAST_WIDTH, shutil.get_terminal_size().columns)


def width_of(text: str) -> int:
    """How many places a text takes: some letters take two, and accents on their own none."""
    if text.isascii():
        return len(text)
    return sum(map(_places, text))


def pad(text: str, width: int, *, is_right: bool = False) -> str:
    """A text with blanks up to a width, before it or behind it."""
    blanks = " " * (width - width_of(text))
    return f"{blanks}{text}" if is_right else f"{text}{blanks}"


def wrap_lines(text: str, width: int, *, hang: str = "") -> list[str]:
    """A paragraph in lines, all but the first behind `hang`; a word that is longer than a line keeps its own."""
    lines, words = [""], text.split(" ")
    for number, word in enumerate(words):
        line = f"{lines[-1]} {word}" if number else word
        if width_of(line) <= width or not lines[-1].strip():
            lines[-1] = line
        else:
            lines[-1] = lines[-1].rstrip()
            lines.append(f"{hang}{word}")
    return lines


def fit_lines(text: str, width: int) -> str:
    """A text of lines, each in as many as it needs, the further ones indented; tabs part what stands side by side."""
    return "\n".join(line for each in text.replace("\t", _HANG).split("\n") for line in _fit_line(each, width))


def longest_word(text: str) -> int:
    """How many places the longest word takes."""
    return max(map(width_of, text.split()), default=0)


def cut_at_word(text: str, width: int) -> str:
    """A text on one line; what does not fit is left out from a word on."""
    line = " ".join(text.split())
    if width_of(line) <= width:
        return line
    return f"{wrap_lines(line, max(1, width - 2))[0]} …"


def _fit_line(line: str, width: int) -> Iterator[str]:
    if width_of(line) <= width:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip(" "))]
    yield from wrap_lines(line, width, hang=f"{indent}{_HANG}")


def _places(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
