"""A person as an import sees them: what is known, which identities they have, and what a record adds."""

from dataclasses import dataclass, field, fields, make_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import orjson

from onelane.storage.people.contacts import CONTACT_FIELDS
from onelane.tools.people.intake.names import is_made_up
from onelane.tools.platforms.formats.records import Json, PersonRecord

Facts: TypeAlias = dict[str, Json]

_IN_RECORDS = frozenset(each.name for each in fields(PersonRecord))
_GAPS = tuple(each.name for each in CONTACT_FIELDS if each.fills_gap and each.name in _IN_RECORDS)
"""The fields of which a record says one value."""
_in_gaps = attrgetter(*_GAPS)
_OTHERS = tuple(each.name for each in CONTACT_FIELDS if each.points and each.name not in _GAPS)
"""The fields that are read for the score alone, or that records say in their own way."""
_NO_FIELDS = ("id", "platform", "tags", "is_organisation", "is_self", "last_interaction_at")
CARRIED = (*_GAPS, *_OTHERS, *_NO_FIELDS)
"""The columns of contacts that imports read and fill."""
_NAMELESS = "x.com/i/user/"
"""In the address of a profile whose handle is not known."""
_FOLLOWED = ("name", "first_name", "last_name", "headline", "company", "title", "bio", "location", "website")
"""What a platform's later word replaces where only that platform has said it."""
_in_followed = attrgetter(*_FOLLOWED)
_OUR_OWN = {"also", "said"}
"""What is kept with an identity under these names is not from the export as it stands."""
_MOST_VALUES = 20
"""How many different values of one thing are remembered."""


def _with_fields() -> type[object]:
    others = [(name, "str | None", field(default=None, kw_only=True)) for name in _OTHERS]
    return make_dataclass("PersonFields", [*((name, "str | None") for name in _GAPS), *others], slots=True, eq=False)


@dataclass(slots=True, eq=False, kw_only=True)
class Person(_with_fields()):
    """A contact, whether it has a row already or not. Its fields are `CARRIED`, those that fill gaps in that order."""

    if TYPE_CHECKING:
        # Those of the contact's fields of which imports speak by name.
        name: str
        company: str | None = None
        email: str | None = None
        phone: str | None = None
        profile_url: str | None = None
        notes: str | None = None

    id: str
    platform: str | None
    tags: str
    is_organisation: bool
    is_self: bool
    last_interaction_at: int | None
    is_changed: bool = False
    merged_into: "Person | None" = None
    """Who this turned out to be."""
    former_ids: tuple[str, ...] = ()
    """The ids of contacts who turned out to be this one."""

    @property
    def final(self) -> "Person":
        """Who this is in the end."""
        return self if self.merged_into is None else self.merged_into.final

    @property
    def is_new(self) -> bool:
        """Whether there is no row yet."""
        return not self.id

    @property
    def is_shell(self) -> bool:
        """Whether nothing is known but that a platform has such an account."""
        return is_made_up(self.name) and not (self.email or self.phone or self.company or self.notes)


@dataclass(slots=True, eq=False)
class KnownIdentity:
    """An identity and who holds it. The fields after the person are as in `identities.CARRIED`."""

    person: Person
    id: str
    platform: str
    user_id: str
    handle: str | None
    url: str | None
    data: str


def person_of(record: PersonRecord) -> Person:
    """The new contact that a record describes."""
    return Person(
        *_in_gaps(record),
        id="",
        name=record.name or stand_in_name(record),
        email=record.emails[0].address if record.emails else None,
        phone=record.phones[0] if record.phones else None,
        platform=record.platform,
        profile_url=record.url,
        tags=text_of(record.tags) if record.tags else "[]",
        is_organisation=record.is_organisation,
        is_self=False,
        last_interaction_at=None,
    )


def stand_in_name(record: PersonRecord) -> str:
    """What to call someone whom a file does not name: by handle, address or id. A later file gives the name."""
    if record.platform == "x" and record.handle:
        return f"@{record.handle}"
    if record.emails:
        return record.emails[0].address
    return f"id {record.platform_user_id}"


def fill(person: Person, record: PersonRecord, earlier: "Earlier | None" = None) -> Facts:
    """Fill what is not known yet, and follow the platform in what it alone has said before.

    Args:
        person: gains what the record says
        record: what a platform says now
        earlier: what it said before, for an entry of an export; what passes by in messages and posts is not followed

    Returns:
        what was said otherwise, to be kept with the identity
    """
    others = _fill_gaps(person, record, earlier)
    _fill_name(person, record, others, earlier)
    if record.phones:
        _fill_first(person, "phone", record.phones[0], others, earlier)
    if record.url and (not person.profile_url or (_NAMELESS in person.profile_url and _NAMELESS not in record.url)):
        person.profile_url, person.is_changed = record.url, True
    if record.tags:
        _unite_tags(person, record.tags)
    return others


def fill_from(person: Person, other: Person) -> None:
    """Fill what is not known yet with what is known of someone who turned out to be the same."""
    for name in (*_GAPS, *_OTHERS):
        if not getattr(person, name) and (value := getattr(other, name)):
            setattr(person, name, value)
    if is_made_up(person.name) and (not is_made_up(other.name) or person.name.startswith("id ")):
        person.name = other.name
    _unite_tags(person, tuple(orjson.loads(other.tags)))
    instants = [at for at in (person.last_interaction_at, other.last_interaction_at) if at is not None]
    person.last_interaction_at = max(instants, default=None)
    person.is_changed = True


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a platform said of a person in earlier exports."""

    said: dict[str, Any]
    """Its last word, by field."""
    also: dict[str, Any]
    """What else it said: words that are past, or that somebody else's are preferred to."""

    def was_the_word(self, name: str, kept: str, value: str) -> bool:
        """Whether a contact has a field's value from here alone, and the new one is none that is past."""
        return self.said.get(name) == kept and not self.is_past(name, value)

    def is_past(self, name: str, value: str) -> bool:
        return value in self.also.get(name, ()) and self.said.get(name) != value


NOTHING_EARLIER = Earlier({}, {})


def earlier_in(data: str) -> Earlier:
    """What an identity keeps of earlier exports."""
    if '"said":' not in data:
        return NOTHING_EARLIER
    known = cast("dict[str, Any]", orjson.loads(data))
    return Earlier(known.get("said", {}), known.get("also", {}))


def said_by(record: PersonRecord, earlier: Earlier = NOTHING_EARLIER) -> Facts:
    """What a record of an export says in fields in which a later one is followed; nothing that is past."""
    said = {name: value for name, value in zip(_FOLLOWED, _in_followed(record), strict=True) if value}
    if record.phones:
        said["phone"] = record.phones[0]
    if earlier.also:
        said = {name: value for name, value in said.items() if not earlier.is_past(name, value)}
    return said


def facts_of(record: PersonRecord) -> Facts:
    """What a record says that has no column of its own."""
    facts: Facts = dict(record.extra)
    for name in _OUR_OWN & facts.keys():  # a spreadsheet may have a column of any name
        facts[f"{name}_"] = facts.pop(name)
    if record.connected_at is not None:
        facts["connected_at"] = record.connected_at.date().isoformat()
    if record.relations:
        facts["relations"] = record.relations
    if record.birthday:
        facts["birthday"] = record.birthday
    if len(record.phones) > 1:
        facts["phones"] = record.phones
    return facts


def text_of(value: Json) -> str:
    """JSON text, as columns keep it."""
    return orjson.dumps(value).decode()


def united(kept: str, facts: Facts) -> str:
    """The facts as JSON text, united with those that are kept: nothing is erased, lists grow, and a value that differs
    from the kept one stands under `also`. Uniting the same facts twice changes nothing."""
    new = text_of(facts)
    if kept in ("{}", new):
        return new
    known = cast("dict[str, Any]", orjson.loads(kept))
    _unite(known, cast("dict[str, Any]", orjson.loads(new)))
    return text_of(known)


def _fill_gaps(person: Person, record: PersonRecord, earlier: Earlier | None) -> Facts:
    others: Facts = {}
    if _in_gaps(person) == _in_gaps(record):
        return others  # as for nearly everyone when a file is imported again
    for name in _GAPS:
        value = getattr(record, name)
        if value:
            _fill_first(person, name, value, others, earlier)
    return others


def _fill_first(person: Person, name: str, value: str, others: Facts, earlier: Earlier | None) -> None:
    kept = getattr(person, name)
    if not kept:
        setattr(person, name, value)
        person.is_changed = True
    elif kept != value and earlier is not None and earlier.was_the_word(name, kept, value):
        setattr(person, name, value)
        person.is_changed = True
        others[name] = [kept]
    elif kept != value:
        others[name] = [value]


def _fill_name(person: Person, record: PersonRecord, others: Facts, earlier: Earlier | None) -> None:
    if record.name == person.name:
        return
    if not record.name:
        better = stand_in_name(record)
        if person.name.startswith("id ") and not better.startswith("id ") and is_made_up(person.name):
            person.name, person.is_changed = better, True
    elif is_made_up(person.name):
        person.name, person.is_changed = record.name, True
    else:
        _fill_first(person, "name", record.name, others, earlier)


def _unite_tags(person: Person, tags: tuple[str, ...]) -> None:
    kept = cast("list[str]", orjson.loads(person.tags))
    added = [tag for tag in tags if tag not in kept]
    if added:
        person.tags, person.is_changed = text_of(kept + added), True


def _unite(kept: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in new.items():
        known = kept.get(name)
        if known is None:
            kept[name] = value
        elif name == "said":
            known.update(value)  # the last word counts
        elif isinstance(known, dict) and isinstance(value, dict):
            _unite(cast("dict[str, Any]", known), cast("dict[str, Any]", value))
        elif isinstance(known, list) and isinstance(value, list):
            _extend(cast("list[Any]", known), cast("list[Any]", value))
        elif known != value:
            also = kept.setdefault("also", {})
            _extend(also.setdefault(name, []), [value])


def _extend(kept: list[Any], new: list[Any]) -> None:
    for value in new:
        if value not in kept and len(kept) < _MOST_VALUES:
            kept.append(value)
