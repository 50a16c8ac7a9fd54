"""Conditions: what a sequence may ask about a person, and whether it is so (docs/sequences.md, "Conditions")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from onelane.storage.people.contacts import CONTACT_FIELDS
from onelane.tools.registry.argument_errors import nearest

_DEEPEST = 10
_LONGEST_VALUE_CHARS = 1000
_TRACKED = frozenset({"opened", "open", "opens", "clicked", "click", "clicks", "seen", "viewed"})
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
        wanted = self.value.strip().casefold()
        if self.relation == "present":
            return bool(has)
        if self.relation == "absent":
            return not has
        return has == wanted if self.relation == "equals" else bool(has) and wanted in has


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
    if not isinstance(value, Mapping) or not value:
        raise ValueError('write a condition like {"replied": true} or {"field": "company", "is": "present"}')
    said = cast("Mapping[str, Any]", value)
    if _TRACKED & said.keys() or said.get("outcome") in ("opened", "clicked"):
        raise NeedsTracking
    kind = next((kind for kind in _KINDS if kind in said), None)
    if kind is None:
        name = str(next(iter(said)))[:60]
        raise ValueError(f"there is no condition {name!r}.{nearest(name, _KINDS)}")
    allowed = {"field": {"field", "is", "value"}, "step": {"step", "outcome"}}.get(kind, {kind})
    if odd := [name for name in said if name not in allowed]:
        raise ValueError(f"a condition about {kind!r} takes no {str(odd[0])[:60]!r}")
    return _READERS[kind](said, depth)


def labels_in(condition: Condition) -> frozenset[str]:
    """The labels of steps that a condition asks about."""
    if isinstance(condition, StepOutcome):
        return frozenset({condition.label})
    if isinstance(condition, AllOf | AnyOf):
        return frozenset(label for part in condition.parts for label in labels_in(part))
    return labels_in(condition.part) if isinstance(condition, Not) else frozenset()


def _replied(said: Mapping[str, Any], depth: int) -> Condition:
    if not isinstance(said["replied"], bool):
        raise ValueError('write {"replied": true} or {"replied": false}')
    return Replied(said["replied"])


def _field(said: Mapping[str, Any], depth: int) -> Condition:
    field, relation, wanted = said["field"], said.get("is", "present"), said.get("value", "")
    if field not in _FIELDS:
        raise ValueError(f"a contact has no field {str(field)[:60]!r}.{nearest(str(field)[:60], _FIELDS)}")
    if relation not in ("present", "absent", "equals", "contains"):
        raise ValueError('"is" must be present, absent, equals or contains')
    if relation in ("equals", "contains") and not _is_text(wanted):
        raise ValueError(f'"is": "{relation}" needs a "value"')
    return FieldIs(field, relation, str(wanted))


def _step(said: Mapping[str, Any], depth: int) -> Condition:
    outcome = said.get("outcome", "done")
    if not _is_text(said["step"]):
        raise ValueError('"step" must be the label of an earlier step')
    if outcome not in ("done", "skipped", "sent"):
        raise ValueError('"outcome" must be done, skipped or sent')
    return StepOutcome(said["step"], outcome)


def _tag(said: Mapping[str, Any], depth: int) -> Condition:
    if not _is_text(said["tag"]):
        raise ValueError('"tag" must be a tag')
    return HasTag(said["tag"])


def _all(said: Mapping[str, Any], depth: int) -> Condition:
    return AllOf(_parts(said["all"], depth))


def _any(said: Mapping[str, Any], depth: int) -> Condition:
    return AnyOf(_parts(said["any"], depth))


def _not(said: Mapping[str, Any], depth: int) -> Condition:
    return Not(read_condition(said["not"], depth + 1))


def _parts(value: object, depth: int) -> tuple[Condition, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not 0 < len(cast("Sequence[Any]", value)) <= 50:
        raise ValueError('"all" and "any" take a list of conditions')
    return tuple(read_condition(part, depth + 1) for part in cast("Sequence[object]", value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= _LONGEST_VALUE_CHARS


_READERS = {
    "replied": _replied, "field": _field, "step": _step, "tag": _tag, "all": _all, "any": _any, "not": _not,
}  # fmt: skip
