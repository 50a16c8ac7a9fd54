"""The templates' environment: what parts and pages call, and the words of the vocabularies."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from onelane.server.components import charts, numbers, shapes, steps

FOLDER = Path(__file__).parent
Word = tuple[str, str, str]
"""What a vocabulary says of a word: label, icon, and tone or category."""

_TURNING = re.compile("[\u202a-\u202e]")
_INSTANT = re.compile(r"(?<![\w-])([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}Z)")
"""As tools write it for a model."""
_ICON = Markup('<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>')


def parts_environment(
    folders: Sequence[Path], words: Mapping[str, Mapping[str, Word]], sprite_address: str
) -> Environment:
    """An environment that finds the parts, and the templates of whoever uses them.

    Rendering needs `now` in the context: Unix seconds, from which relative times count.

    Args:
        folders: where the user's own templates are
        words: the vocabularies, by name
        sprite_address: where the icons are; empty when they stand in the same document
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_in_order,
    )

    @cache
    def icon(name: str, small: bool = False) -> Markup:
        return _ICON.format(" s" if small else "", sprite_address, name)

    offered = cast("dict[str, Any]", environment.globals)
    offered.update(_FUNCTIONS, words=words, icon=icon)
    cast("dict[str, Any]", environment.tests)["web"] = _is_web
    return environment


def _in_order(value: object) -> object:
    """What stands between markup, without the signs that turn writing round: of a name they show another one."""
    return _TURNING.sub("", value) if type(value) is str and not value.isascii() else value


def _is_web(address: object) -> bool:
    """Whether an address of somebody else's leads to the web: nothing else of theirs becomes a link."""
    return isinstance(address, str) and address.startswith(("https://", "http://"))


@pass_context
def _when(context: Context, instant: float | None, style: str = "rel") -> Markup:
    return numbers.time_element(instant, context["now"], style)


@pass_context
def _with_times(context: Context, text: str) -> str:
    """A sentence of a tool, its instants by the reader's clock."""
    return Markup("").join(
        _instant_element(piece, context["now"]) if index % 2 else str(_in_order(piece))
        for index, piece in enumerate(_INSTANT.split(text))
    )


def _instant_element(text: str, now: float) -> str:
    try:
        return numbers.time_element(numbers.instant(text), now, "full")
    except ValueError:
        # Somebody else's words, which only look like an instant.
        return text


@pass_context
def _length(context: Context, run: Mapping[str, Any]) -> float | None:
    """How long a run took, or has taken so far."""
    if run["startedAt"] is None:
        return None
    return max(0, (run["completedAt"] or context["now"]) - run["startedAt"])


_FUNCTIONS: dict[str, Any] = {
    "when": _when,
    "instant": numbers.instant,
    "with_times": _with_times,
    "length_of": _length,
    "n": numbers.number,
    "number_of": numbers.number_of,
    "usd": numbers.dollars,
    "usd2": numbers.cents,
    "span": numbers.duration,
    "initials": numbers.initials,
    "ring": shapes.ring,
    "fall": shapes.fall,
    "share": shapes.share,
    "bars": charts.bars,
    "about": steps.about,
    "pretty": steps.pretty,
    "turns": steps.turns,
    "waits": steps.waits,
    "groups": steps.groups,
}
