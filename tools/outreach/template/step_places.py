"""Where the steps of one version stand in another: by label, else by what they say, else by what is before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

Steps = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a version's steps in another.

    Args:
        known: by index, of those that are the same step there
        length: how many steps there are
    """

    known_places: Mapping[int, int]
    length: int

    def of(self, index: int) -> int:
        """Where a step stands: as far behind the nearest known one before it as it is here."""
        before = max((place for place in self.known_places if place <= index), default=None)
        target = index if before is None else self.known_places[before] + index - before
        return min(target, self.length)


class VersionPlaces:
    """The places of steps between the versions of a template.

    Args:
        steps: the steps of each version by its id
    """

    def __init__(self, steps: Mapping[str, Steps]) -> None:
        self._steps = steps
        self._places_by_pair: dict[tuple[str | None, str | None], Places] = {}

    def steps(self, version_id: str | None, otherwise: str) -> Steps:
        """The steps of a version, or of another where it is not known."""
        return self._steps.get(version_id or otherwise, self._steps[otherwise])

    def between(self, source: str | None, target: str) -> Places:
        """The places of one version's steps in another; the same ones where it is not known."""
        places = self._places_by_pair.get((source, target))
        if places is None:
            places = self._places_by_pair[source, target] = places_between(
                self.steps(source, target), self._steps[target]
            )
        return places


def places_between(source: Steps, target: Steps) -> Places:
    """The places of the steps of one version in another; each place is taken once."""
    labels = {label: index for index, step in enumerate(target) if (label := _label(step)) is not None}
    matches = {index: labels[label] for index, step in enumerate(source) if (label := _label(step)) in labels}
    targets = set(matches.values())
    free: dict[bytes, list[int]] = {}
    for index, step in enumerate(target):
        if index not in targets:
            free.setdefault(_content(step), []).append(index)
    for index, step in enumerate(source):
        places = free.get(_content(step), [])
        if index not in matches and places:
            matches[index] = places.pop(0)
    return Places(matches, len(target))


def _label(step: Mapping[str, Any]) -> str | None:
    label = step["config"].get("label")
    return label if isinstance(label, str) else None


def _content(step: Mapping[str, Any]) -> bytes:
    return orjson.dumps([step["step_type"], step["config"]], option=orjson.OPT_SORT_KEYS)
