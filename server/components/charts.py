"""Bars a day as SVG: each is a link with its numbers as its name, so that keyboard and reader reach it."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

_WIDTH, _HEIGHT, _GAP, _AXIS = 560, 148, 14, 34
_ROOM = _HEIGHT - 10

_FRAME = Markup('<svg viewBox="0 0 {} {}" class="chart" role="group" aria-label="{}">')
_GRID = Markup(
    '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
    '<text class="axis-t" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
)
_SLOT = Markup(
    '<a href="{}" data-say="{}" aria-label="{}"><rect class="hit" x="{:.1f}" y="0" width="{:.1f}" height="{}" rx="4"/>'
)
_BAR = Markup('<rect class="b{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>')
_DAY = Markup('<text class="axis-t" x="{:.1f}" y="{}" text-anchor="middle">{}</text>')


def bars(
    days: Sequence[Mapping[str, Any]],
    keys: Mapping[str, str],
    label: str,
    show: Callable[[float], str],
    href: Callable[[str], str],
) -> Markup:
    """Stacked bars, one a day.

    Args:
        days: each with `day` as an ISO date, and a number for each key
        keys: what is stacked, from the bottom, and how it is called
        label: what the chart shows
        show: says a number
        href: where a day's bar leads
    """
    top = _top(max((sum(day[key] for key in keys) for day in days), default=0))
    slot = _WIDTH / max(len(days), 1)
    parts = [_FRAME.format(_WIDTH + _AXIS, _HEIGHT + 26, label), *(_line(part, top, show) for part in (0, 0.5, 1))]
    for place, day in enumerate(days):
        x, on = _AXIS + place * slot, date.fromisoformat(day["day"])
        said = f"{on:%A %-d %B}: " + ", ".join(f"{show(day[key])} {word}" for key, word in keys.items())
        parts += [_SLOT.format(href(day["day"]), said, said, x, slot, _HEIGHT), _stack(day, keys, x, slot, top)]
        parts.append(Markup("</a>"))
        if place % 2 or len(days) < 9:
            parts.append(_DAY.format(x + slot / 2, _HEIGHT + 18, f"{on:%-d %b}"))
    return Markup("").join([*parts, Markup("</svg>")])


def _top(highest: float) -> float:
    """A round number that no bar passes, and whose half is round as well."""
    if highest <= 0:
        return 2
    step = 10 ** math.floor(math.log10(highest))
    top = math.ceil(highest / step) * step
    return top if step < 1 or top % 2 == 0 else top + step if step > 1 else top + 1


def _line(part: float, top: float, show: Callable[[float], str]) -> Markup:
    y, mark = _HEIGHT - part * _ROOM, top * part
    return _GRID.format(_AXIS, _WIDTH + _AXIS, y, y, _AXIS - 7, y + 4, show(int(mark) if mark == int(mark) else mark))


def _stack(day: Mapping[str, Any], keys: Mapping[str, str], x: float, slot: float, top: float) -> Markup:
    y, drawn = float(_HEIGHT), list[Markup]()
    for number, key in enumerate(keys, start=1):
        height = day[key] / top * _ROOM
        if height:
            y -= height
            seam = 1 if number < len(keys) else 0
            drawn.append(_BAR.format(number, x + _GAP / 2, y, slot - _GAP, max(height - seam, 1.5)))
    return Markup("").join(drawn)
