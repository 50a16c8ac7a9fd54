"""Conditions: what a sequence may ask about a person, and whether it is so (docs/sequences.md, "Conditions")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from onelane.storage.people.contacts import CONTACT_FIELDS
from onelane.tools.registry.arguments.errors import nearest

_DEEPEST = 10
_LONGEST_VALUE_CHARS = 1000
_TRACKED = re.compile(
    r"open(?!s?_?door)|click|seen|(?<!re)(?<!pre)(?<!inter)view|(?<![a-z])read(?![a-z])|track|pixel", re.IGNORECASE
)
"""What only tracking would tell, however it is spelled: opened, link_clicked, hasRead."""
_FIELDS = tuple(field.name for field in CONTACT_FIELDS if field.name not in ("tags", "consent_at"))
_KINDS = ("replied", "field", "step", "tag", "all", "any", "not")


class NeedsTracking(ValueError):
    """Opens and clicks are not tracked, for the figures are false: proxies load images, and scanners follow links."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What conditions look at.

    Args:
        has_replied: whether they answered since they were enrolled
        fields: their fields by name; tags among them is not
        tags: their tags
        outcomes: what became of the steps by label
    """

    has_replied: bool
    fields: Mapping[str, str | None]
    tags: frozenset[str]
    outcomes: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Replied:
    """Whether they answered."""

    expected: bool

    def holds(self, person: PersonFacts) -> bool:
        """Whether it is so."""
        return person.has_replied is self.expected


@dataclass(frozen=True, slots=True)
class FieldIs:
    """What one of their fields says."""

    field: str
    relation: Literal["present", "absent", "equals", "contains"]
    value: str

    def holds(self, person: PersonFacts) -> bool:
        """Whether it is so; capitals don't count."""
        has = (person.fields.get(self.field) or "").strip().casefold()
        value = self.value.strip().casefold()
        if self.relation == "present":
            return bool(has)
        if self.relation == "absent":
            return not has
        return has == value if self.relation == "equals" else bool(has) and value in has


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of an earlier step."""

    label: str
    outcome: Literal["done", "skipped", "sent"]

    def holds(self, person: PersonFacts) -> bool:
        """Whether it is so."""
        return self.outcome in person.outcomes.get(self.label, frozenset())


@dataclass(frozen=True, slots=True)
class HasTag:
    """Whether they have a tag."""

    tag: str

    def holds(self, person: PersonFacts) -> bool:
        """Whether it is so."""
        return self.tag in person.tags


@dataclass(frozen=True, slots=True)
class AllOf:
    """Whether all of them are so."""

    parts: tuple["Condition", ...]

    def holds(self, person: PersonFacts) -> bool:
        """Whether it is so."""
        return all(part.holds(person) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whether one of them is so."""

    parts: tuple["Condition", ...]

    def holds(self, person: PersonFacts) -> bool:
        """Whether it is so."""
        return any(part.holds(person) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """Whether it is not so."""

    part: "Condition"

    def holds(self, person: PersonFacts) -> bool:
        """Whether it is so."""
        return not self.part.holds(person)


Condition = Replied | FieldIs | StepOutcome | HasTag | AllOf | AnyOf | Not


def read_condition(value: object, depth: int = 0) -> Condition:
    """A condition as a config writes it.

    Raises:
        NeedsTracking: it asks about opens or clicks
        ValueError: it is not written right; the message says how to write it
    """
    if depth > _DEEPEST:
        raise ValueError("a condition is nested too deeply")
    if value == "replied":
        return Replied(expected=True)
    if isinstance(value, str) and _TRACKED.search(value):
        raise NeedsTracking
    if not isinstance(value, Mapping) or not value:
        raise ValueError('write a condition like {"replied": true} or {"field": "company", "is": "present"}')
    config = cast("Mapping[str, Any]", value)
    kind = next((kind for kind in _KINDS if kind in config), None)
    if _asks_for_tracking(config, kind):
        raise NeedsTracking
    if kind is None:
        name = str(next(iter(config)))[:60]
        raise ValueError(f"there is no condition {name!r}.{nearest(name, _KINDS)}")
    names = {"field": {"field", "is", "value"}, "step": {"step", "outcome"}}.get(kind, {kind})
    if odd := [name for name in config if name not in names]:
        raise ValueError(f"a condition about {kind!r} takes no {str(odd[0])[:60]!r}")
    return _READERS[kind](config, depth)


def is_tracked(name: str) -> bool:
    """Whether a name stands for what only tracking would tell."""
    return _TRACKED.search(name) is not None


def _asks_for_tracking(config: Mapping[str, Any], kind: str | None) -> bool:
    """Whether a condition asks about opens or clicks, by its own name or by that of an outcome or event."""
    if kind is None:
        words = [*config, *(each for each in config.values() if isinstance(each, str))]
        return any(is_tracked(str(word)) for word in words)
    return kind == "step" and is_tracked(str(config.get("outcome")))


def labels_in(condition: Condition) -> frozenset[str]:
    """The labels of steps that a condition asks about."""
    if isinstance(condition, StepOutcome):
        return frozenset({condition.label})
    if isinstance(condition, AllOf | AnyOf):
        return frozenset(label for part in condition.parts for label in labels_in(part))
    return labels_in(condition.part) if isinstance(condition, Not) else frozenset()


def holds_at_first(condition: Condition) -> bool | None:
    """Whether a condition is so of somebody to whom nothing was sent yet; None where it depends on who they are."""
    if isinstance(condition, Replied):
        return not condition.expected
    if isinstance(condition, StepOutcome):
        return False
    if isinstance(condition, Not):
        inner = holds_at_first(condition.part)
        return None if inner is None else not inner
    if not isinstance(condition, AllOf | AnyOf):
        return None
    parts, decisive = [holds_at_first(part) for part in condition.parts], isinstance(condition, AnyOf)
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _replied(config: Mapping[str, Any], depth: int) -> Condition:
    if not isinstance(config["replied"], bool):
        raise ValueError('write {"replied": true} or {"replied": false}')
    return Replied(config["replied"])


def _field(config: Mapping[str, Any], depth: int) -> Condition:
    field, relation, value = config["field"], config.get("is", "present"), config.get("value", "")
    if field not in _FIELDS:
        raise ValueError(f"a contact has no field {str(field)[:60]!r}.{nearest(str(field)[:60], _FIELDS)}")
    if relation not in ("present", "absent", "equals", "contains"):
        raise ValueError('"is" must be present, absent, equals or contains')
    if relation in ("equals", "contains") and not _is_text(value):
        raise ValueError(f'"is": "{relation}" needs a "value"')
    return FieldIs(field, relation, str(value))


def _step(config: Mapping[str, Any], depth: int) -> Condition:
    outcome = config.get("outcome", "done")
    if not _is_text(config["step"]):
        raise ValueError('"step" must be the label of an earlier step')
    if outcome not in ("done", "skipped", "sent"):
        raise ValueError('"outcome" must be done, skipped or sent')
    return StepOutcome(config["step"], outcome)


def _tag(config: Mapping[str, Any], depth: int) -> Condition:
    if not _is_text(config["tag"]):
        raise ValueError('"tag" must be a tag')
    return HasTag(config["tag"])


def _all(config: Mapping[str, Any], depth: int) -> Condition:
    return AllOf(_parts(config["all"], depth))


def _any(config: Mapping[str, Any], depth: int) -> Condition:
    return AnyOf(_parts(config["any"], depth))


def _not(config: Mapping[str, Any], depth: int) -> Condition:
    return Not(read_condition(config["not"], depth + 1))


def _parts(value: object, depth: int) -> tuple[Condition, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not 0 < len(cast("Sequence[Any]", value)) <= 50:
        raise ValueError('"all" and "any" take a list of conditions')
    return tuple(read_condition(part, depth + 1) for part in cast("Sequence[object]", value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= _LONGEST_VALUE_CHARS


_READERS = {
    "replied": _replied, "field": _field, "step": _step, "tag": _tag, "all": _all, "any": _any, "not": _not,
}  # fmt: skip
