"""What a step did, in few words: for whoever reads a run's steps one line each."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson

from onelane.tools.workflows.run_words.run_sentences import cut

_LONGEST = 200
_WORDS = ("message", "reason", "says", "thought", "summary", "goal")
_FIGURES = 6


def step_words(*, error: str | None, url: str | None, tool: str | None, output: str) -> str:
    """One line about a step: why it failed, what it says of itself, the page it read, or its figures.

    Args:
        error: why it failed
        url: the page that it is about
        tool: what did it
        output: what came of it, as JSON
    """
    values = cast("dict[str, Any]", orjson.loads(output))
    words = next((each for name in _WORDS if isinstance(each := values.get(name), str) and each), None)
    line = error or words or " ".join(each for each in (url, *_figures(values)) if each) or tool or ""
    return cut(line, _LONGEST)


def _figures(values: Mapping[str, Any]) -> Iterator[str]:
    """The first plain values: names and numbers, no lists and nothing that is nested."""
    plain = [(name, value) for name, value in values.items() if isinstance(value, str | int | float) and value]
    yield ", ".join(f"{name} {'yes' if value is True else value}" for name, value in plain[:_FIGURES])
