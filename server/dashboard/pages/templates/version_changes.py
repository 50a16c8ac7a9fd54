"""What differs between two wordings of a template, in words: for versions, and where two people write at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from onelane.server.dashboard.pages.outreach.changed_text import Piece, changed_text
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.template.step_places import places_between

Json = Mapping[str, Any]
Saying = tuple[Json, Sequence[Json]]
"""The settings and the steps of a template; a step has its type, its config and its delay in hours."""
_NOT_TOLD = frozenset({"templateType"})
_CALLED = {
    "subject": "subject", "text": "text", "html": "HTML", "note": "note", "url": "address", "label": "label",
    "sameThread": "thread", "variants": "wordings", "if": "question", "then": "way for yes", "else": "way otherwise",
    "approval": "approval", "window": "hours", "caps": "caps", "dailyLimit": "most in a day", "accountId": "account",
    "timeZone": "time zone", "unsubscribeLine": "line to unsubscribe", "sender": "sender", "platform": "channel",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """Something that differs.

    Args:
        where: the step, or the settings
        summary: what happened to it, in words
        pieces: what went and what came in a text
    """

    where: str
    summary: str
    pieces: Sequence[Piece] = ()


def changes_between(before: Saying, after: Saying) -> list[Change]:
    """All that differs: steps in their order now, then those that are gone, then the settings."""
    settings = [_changed("Settings", name, was, now) for name, was, now in _differing(before[0], after[0])]
    return [*_steps(before[1], after[1]), *settings]


def saying_of(version: Json) -> Saying:
    """What a version says, given as REST gives it."""
    return orjson.loads(version["config"]), orjson.loads(version["steps"])


def _steps(before: Sequence[Json], after: Sequence[Json]) -> Iterator[Change]:
    came_from = pairs_between(before, after)
    order = [came_from[index] for index in range(len(after)) if index in came_from]
    for index, step in enumerate(after):
        if index not in came_from:
            yield from _new(index, step)
            continue
        was = before[came_from[index]]
        place = order.index(came_from[index])
        if place and came_from[index] < max(order[:place]):
            yield Change(_name(index, step), f"stood at place {came_from[index] + 1} before")
        if was["delay_hours"] != step["delay_hours"]:
            text = f"goes {_delay(step)} instead of {_delay(was)}"
            yield Change(_name(index, step), text)
        for name, old, new in _differing(was["config"], step["config"]):
            yield _changed(_name(index, step), name, old, new)
    for index, step in enumerate(before):
        if index not in came_from.values():
            yield Change(f"What was s{_name(index, step)[1:]},", "is gone", _text("", _words(step), is_gone=True))


def pairs_between(before: Sequence[Json], after: Sequence[Json]) -> dict[int, int]:
    """Which step was which: by its place where no step came, went or moved; else by label or by what it says, as people
    are moved, else the next of its type.
    """
    if [each["step_type"] for each in before] == [each["step_type"] for each in after] and _said(before) != _said(
        after
    ):
        return {index: index for index in range(len(after))}
    known = places_between(before, after).known
    found = {there: here for here, there in known.items() if before[here]["step_type"] == after[there]["step_type"]}
    for there, step in enumerate(after):
        free = [here for here in range(len(before)) if here not in found.values()]
        same = [here for here in free if before[here]["step_type"] == step["step_type"]]
        if there not in found and same:
            found[there] = min(same, key=lambda here: abs(here - there))
    return found


def _said(steps: Sequence[Json]) -> list[bytes]:
    """What steps say, in any order."""
    return sorted(orjson.dumps(each["config"], option=orjson.OPT_SORT_KEYS) for each in steps)


def _new(index: int, step: Json) -> Iterator[Change]:
    yield Change(_name(index, step), f"is new, {_delay(step)}", _text("", _words(step)))


def _changed(where: str, name: str, was: object, now: object) -> Change:
    called = _CALLED.get(name, name)
    if isinstance(was, str | None) and isinstance(now, str | None):
        verb = "is new" if not was else "is gone" if not now else "changed"
        return Change(where, f"{called} {verb}", changed_text(was or "", now or ""))
    verb = "is new" if was is None else "is gone" if now is None else "changed"
    return Change(where, f"{called} {verb}", changed_text(_plain(was), _plain(now)))


def _differing(was: Json, now: Json) -> list[tuple[str, object, object]]:
    names = [*was, *(name for name in now if name not in was)]
    return [
        (name, was.get(name), now.get(name))
        for name in names
        if was.get(name) != now.get(name) and name not in _NOT_TOLD
    ]


def _text(was: str, now: str, *, is_gone: bool = False) -> Sequence[Piece]:
    if not now:
        return ()
    return changed_text(now, "") if is_gone else changed_text(was, now)


def _words(step: Json) -> str:
    config = step["config"]
    said = [config.get(name) for name in ("subject", "text", "note")]
    return "\n\n".join(each for each in said if isinstance(each, str) and each)


def _name(index: int, step: Json) -> str:
    return f"Step {index + 1}, {TemplateStepType(step['step_type']).label.lower()}"


def _delay(step: Json) -> str:
    hours = step["delay_hours"]
    if not hours:
        return "at once"
    return f"after {hours // 24} d" if hours % 24 == 0 else f"after {hours} h"


def _plain(value: object) -> str:
    """A setting as people read it."""
    if value is None:
        return ""
    if isinstance(value, dict):
        said = cast("dict[str, object]", value)
        return ", ".join(f"{name}: {_plain(part)}" for name, part in said.items())
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in cast("list[object]", value))
    return (
        str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else "yes" if value else "no"
    )
