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
_LABELS = {
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
    settings = [_change("Settings", name, old, now) for name, old, now in _differing(before[0], after[0])]
    return [*_steps(before[1], after[1]), *settings]


def saying_of(version: Json) -> Saying:
    """What a version says, given as REST gives it."""
    return orjson.loads(version["config"]), orjson.loads(version["steps"])


def _steps(before: Sequence[Json], after: Sequence[Json]) -> Iterator[Change]:
    old_places = pairs_between(before, after)
    order = [old_places[index] for index in range(len(after)) if index in old_places]
    for index, step in enumerate(after):
        if index not in old_places:
            yield from _new(index, step)
            continue
        old_step = before[old_places[index]]
        place = order.index(old_places[index])
        if place and old_places[index] < max(order[:place]):
            yield Change(_name(index, step), f"stood at place {old_places[index] + 1} before")
        if old_step["delay_hours"] != step["delay_hours"]:
            text = f"goes {_delay(step)} instead of {_delay(old_step)}"
            yield Change(_name(index, step), text)
        for name, old, new in _differing(old_step["config"], step["config"]):
            yield _change(_name(index, step), name, old, new)
    for index, step in enumerate(before):
        if index not in old_places.values():
            yield Change(f"What was s{_name(index, step)[1:]},", "is gone", _text("", _words(step), is_gone=True))


def pairs_between(before: Sequence[Json], after: Sequence[Json]) -> dict[int, int]:
    """Which step was which: by its place where no step came, went or moved; else by label or by what it says, as people
    are moved, else the next of its type.
    """
    if [each["step_type"] for each in before] == [each["step_type"] for each in after] and _configs(before) != _configs(
        after
    ):
        return {index: index for index in range(len(after))}
    old_by_new = places_between(before, after).known_places
    pairs = {
        new_index: old_index
        for old_index, new_index in old_by_new.items()
        if before[old_index]["step_type"] == after[new_index]["step_type"]
    }
    for new_index, step in enumerate(after):
        free = [old_index for old_index in range(len(before)) if old_index not in pairs.values()]
        same_type = [old_index for old_index in free if before[old_index]["step_type"] == step["step_type"]]
        if new_index not in pairs and same_type:
            pairs[new_index] = min(same_type, key=lambda old_index: abs(old_index - new_index))
    return pairs


def _configs(steps: Sequence[Json]) -> list[bytes]:
    """What steps say, in any order."""
    return sorted(orjson.dumps(each["config"], option=orjson.OPT_SORT_KEYS) for each in steps)


def _new(index: int, step: Json) -> Iterator[Change]:
    yield Change(_name(index, step), f"is new, {_delay(step)}", _text("", _words(step)))


def _change(place: str, name: str, old: object, new: object) -> Change:
    label = _LABELS.get(name, name)
    if isinstance(old, str | None) and isinstance(new, str | None):
        verb = "is new" if not old else "is gone" if not new else "changed"
        return Change(place, f"{label} {verb}", changed_text(old or "", new or ""))
    verb = "is new" if old is None else "is gone" if new is None else "changed"
    return Change(place, f"{label} {verb}", changed_text(_plain(old), _plain(new)))


def _differing(old: Json, new: Json) -> list[tuple[str, object, object]]:
    names = [*old, *(name for name in new if name not in old)]
    return [
        (name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name) and name not in _NOT_TOLD
    ]


def _text(old: str, new: str, *, is_gone: bool = False) -> Sequence[Piece]:
    if not new:
        return ()
    return changed_text(new, "") if is_gone else changed_text(old, new)


def _words(step: Json) -> str:
    config = step["config"]
    texts = [config.get(name) for name in ("subject", "text", "note")]
    return "\n\n".join(each for each in texts if isinstance(each, str) and each)


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
        parts = cast("dict[str, object]", value)
        return ", ".join(f"{name}: {_plain(part)}" for name, part in parts.items())
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in cast("list[object]", value))
    return (
        str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else "yes" if value else "no"
    )
