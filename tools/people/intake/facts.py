"""What an identity keeps of what its platform says: facts without a column, and the last words by which it is followed.

The text is the same in whichever order facts come, but for what came first of two values that differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeAlias, cast

import orjson

from onelane.tools.platforms.formats.records import Json, PersonRecord

Facts: TypeAlias = dict[str, Json]

ALSO, SAID, LIVE, ENDED, RELATIONS = "also", "said", "live", "ended", "relations"
"""Under which names an identity keeps other values, the last words of exports and of the platform itself, the
relations that are over, and those that are not."""
_FOLLOWED = ("name", "first_name", "last_name", "headline", "company", "title", "bio", "location", "website",
             "avatar_url")  # fmt: skip
"""What a platform's later word replaces where only that platform has said it."""
_in_followed = attrgetter(*_FOLLOWED)
_OUR_OWN = {ALSO, SAID, LIVE, ENDED, RELATIONS}
"""What is kept with an identity under these names is not from the export as it stands."""
_MOST_VALUES = 20
"""How many different values of one thing are remembered."""
_IN_ORDER = {name: place for place, name in enumerate(("follower", "following", "mutual"))}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a platform said of a person before somebody speaks now."""

    said: Sequence[Mapping[str, Any]] = ()
    """The last words of its exports, by field."""
    live: Sequence[Mapping[str, Any]] = ()
    """Its own last words, which it was asked for."""
    also: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else it said: words that are past, or that somebody else's are preferred to."""
    is_live: bool = False
    """Whether it is the platform itself that speaks now."""

    def was_the_word(self, name: str, current_value: str, value: str) -> bool:
        """Whether a contact has a field's value from this platform alone, and the new one is none that is past."""
        if self.is_live:
            return any(words.get(name) == current_value for words in (*self.live, *self.said))
        if any(name in words for words in self.live):
            return False
        return any(words.get(name) == current_value for words in self.said) and not self.is_past(name, value)

    def is_past(self, name: str, value: str) -> bool:
        """Whether an export has said a value and then another one; what the platform itself says is never past."""
        is_last_word = any(words.get(name) == value for words in self.said)
        return not self.is_live and value in self.also.get(name, ()) and not is_last_word


def earlier_of(own: str | None, others: Iterable[str], *, is_live: bool) -> Earlier:
    """What identities of one platform keep of earlier words.

    Args:
        own: what is kept with the identity that is spoken of; None where there is none yet
        others: what is kept with the person's other identities on the platform
        is_live: whether the platform itself speaks now
    """
    own_facts, other_facts = _stored_facts(own or ""), [stored for data in others if (stored := _stored_facts(data))]
    said, live = ([own_facts[key]] if own_facts.get(key) else [] for key in (SAID, LIVE))
    said_there = [stored[SAID] for stored in other_facts if SAID in stored] if is_live else []
    live_there = [] if is_live else [stored[LIVE] for stored in other_facts if LIVE in stored]
    return Earlier([*said, *said_there], [*live, *live_there], own_facts.get(ALSO, {}), is_live)


def values_of(facts: Facts) -> Facts:
    """The other values among facts."""
    return cast("Facts", facts.get(ALSO, {}))


def said_otherwise(data: str, facts: Facts) -> Facts:
    """Those of the other values among facts that an identity's exports have said last."""
    last_words: Mapping[str, Any] = _stored_facts(data).get(SAID, {})
    return {
        name: values for name, values in values_of(facts).items() if name in last_words and values == [last_words[name]]
    }


def last_words(record: PersonRecord, earlier: Earlier | None = None) -> Facts:
    """What a record says in fields in which a later one is followed, as it is kept; nothing that is past."""
    words: Facts = {name: value for name, value in zip(_FOLLOWED, _in_followed(record), strict=True) if value}
    if record.phones:
        words["phone"] = record.phones[0]
    if earlier is not None and earlier.also:
        words = {name: value for name, value in words.items() if not earlier.is_past(name, str(value))}
    if record.is_live:
        marks = {"verified": record.is_verified, "protected": record.is_protected}
        words |= {name: mark for name, mark in marks.items() if mark is not None}
    return {LIVE if record.is_live else SAID: words} if words else {}


def facts_of(record: PersonRecord) -> Facts:
    """What a record says that has no column of its own."""
    facts: Facts = dict(record.extra)
    for name in _OUR_OWN & facts.keys():  # a spreadsheet may have a column of any name
        facts[f"{name}_"] = facts.pop(name)
    if record.connected_at is not None:
        facts["connected_at"] = record.connected_at.date().isoformat()
    if record.relations:
        facts[RELATIONS] = related(tuple(record.relations))
    if record.birthday:
        facts["birthday"] = record.birthday
    if len(record.phones) > 1:
        facts["phones"] = record.phones
    return facts


@lru_cache(maxsize=1 << 8)
def related(relations: tuple[str, ...]) -> tuple[str, ...]:
    """Relations in the order in which they are kept; who follows and is followed is mutual."""
    ordered_relations = dict.fromkeys(relations)
    ordered_relations.pop("mutual", None)
    if "follower" in ordered_relations and "following" in ordered_relations:
        ordered_relations["mutual"] = None
    return tuple(sorted(ordered_relations, key=lambda relation: _IN_ORDER.get(relation, len(_IN_ORDER))))


def text_of(value: Json) -> str:
    """JSON text, as columns keep it."""
    return orjson.dumps(value).decode()


def kept_text(facts: Facts) -> str:
    """Facts as an identity keeps them: the same text for the same facts."""
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode()


def united(data: str, facts: Facts, *, is_live: bool = False) -> str:
    """The facts as JSON text, united with those that are kept: nothing is erased, lists grow, and of two values that
    differ one stands under `also`. Uniting the same facts twice changes nothing.

    Args:
        data: what is kept
        facts: what is new
        is_live: whether the platform itself says it, so that its value takes the place of another one
    """
    new = kept_text(facts)
    if data in ("{}", new):
        return new
    stored, before = orjson.loads(data), orjson.loads(data)
    _unite(stored, cast("dict[str, Any]", orjson.loads(new)), is_live=is_live)
    if stored == before:
        return data
    for values in stored.get(ALSO, {}).values():
        if isinstance(values, list):
            cast("list[Any]", values).sort(key=str)
    return kept_text(stored)


def without_relation(data: str, relation: str) -> str:
    """What is kept with an identity once a relation is over, which an older file does not bring back."""
    stored = orjson.loads(data)
    before = stored.get(RELATIONS)
    if not isinstance(before, list) or relation not in before:
        return data
    remaining_relations = related(tuple(each for each in cast("list[str]", before) if each != relation))
    stored[RELATIONS], stored[ENDED] = remaining_relations, sorted({*stored.get(ENDED, ()), relation})
    return kept_text(stored)


def _stored_facts(data: str) -> dict[str, Any]:
    if '"said":' not in data and '"live":' not in data:
        return {}
    return cast("dict[str, Any]", orjson.loads(data))


def _unite(stored: dict[str, Any], new: dict[str, Any], *, is_live: bool) -> None:
    for name, value in new.items():
        stored_value = stored.get(name)
        if name == RELATIONS and isinstance(stored_value, list | None):
            _unite_relations(stored, value, is_live=is_live)
        elif stored_value is None:
            stored[name] = value
        elif name in {SAID, LIVE}:
            stored_value.update(value)  # the last word counts
        elif isinstance(stored_value, dict) and isinstance(value, dict):
            _unite(cast("dict[str, Any]", stored_value), cast("dict[str, Any]", value), is_live=is_live)
        elif isinstance(stored_value, list) and isinstance(value, list):
            _extend(cast("list[Any]", stored_value), cast("list[Any]", value))
        elif stored_value != value:
            _extend(stored.setdefault(ALSO, {}).setdefault(name, []), [stored_value if is_live else value])
            stored[name] = value if is_live else stored_value


def _unite_relations(stored: dict[str, Any], new: list[str], *, is_live: bool) -> None:
    ended_relations = set[str](stored.get(ENDED, ()))
    if is_live and not ended_relations.isdisjoint(new):
        ended_relations -= set(new)
        stored[ENDED] = sorted(ended_relations)
    stored_relations = stored.get(RELATIONS, [])
    all_relations = related((*stored_relations, *(relation for relation in new if relation not in ended_relations)))
    if stored_relations or all_relations:
        stored[RELATIONS] = list(all_relations)


def _extend(values: list[Any], new_values: list[Any]) -> None:
    for value in new_values:
        if value not in values and len(values) < _MOST_VALUES:
            values.append(value)
