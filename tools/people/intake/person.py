"""A person as an import sees them: what is known, which identities they have, and what a record adds."""

from dataclasses import dataclass, field, fields, make_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, cast

import orjson

from onelane.storage.people.contacts import CONTACT_FIELDS
from onelane.tools.people.intake.facts import Earlier, Facts, text_of
from onelane.tools.people.intake.names import is_made_up
from onelane.tools.platforms.formats.records import PersonRecord

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
    data: str = "{}"
    is_active: bool = True
    followers: int | None = None
    following: int | None = None
    posts: int = 0


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


def fill(person: Person, record: PersonRecord, earlier: Earlier | None = None) -> Facts:
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


def follow_handle(person: Person, old: str | None, record: PersonRecord) -> None:
    """Let the profile's address, and a name that is but the handle, follow a handle that was changed."""
    if old and (person.profile_url or "").lower() == f"https://x.com/{old.lower()}":
        person.profile_url, person.is_changed = record.url, True
    if old and person.name == f"@{old}":
        person.name, person.is_changed = stand_in_name(record), True


def forget_handle(person: Person, old: str | None, user_id: str) -> None:
    """A person's handle on X is somebody else's now: the address that is made of it would lead to a stranger."""
    if old and (person.profile_url or "").lower() == f"https://x.com/{old.lower()}":
        person.profile_url, person.is_changed = f"https://{_NAMELESS}{user_id}", True


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
    current_value = getattr(person, name)
    if not current_value:
        setattr(person, name, value)
        person.is_changed = True
    elif current_value != value and earlier is not None and earlier.was_the_word(name, current_value, value):
        setattr(person, name, value)
        person.is_changed = True
        others[name] = [current_value]
    elif current_value != value:
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
    current_tags = cast("list[str]", orjson.loads(person.tags))
    new_tags = [tag for tag in tags if tag not in current_tags]
    if new_tags:
        person.tags, person.is_changed = text_of(current_tags + new_tags), True
