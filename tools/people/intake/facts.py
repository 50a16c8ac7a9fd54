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

    def was_the_word(self, name: str, kept: str, value: str) -> bool:
        """Whether a contact has a field's value from this platform alone, and the new one is none that is past."""
        if self.is_live:
            return any(words.get(name) == kept for words in (*self.live, *self.said))
        if any(name in words for words in self.live):
            return False
        return any(words.get(name) == kept for words in self.said) and not self.is_past(name, value)

    def is_past(self, name: str, value: str) -> bool:
        """Whether an export has said a value and then another one; what the platform itself says is never past."""
        known = any(words.get(name) == value for words in self.said)
        return not self.is_live and value in self.also.get(name, ()) and not known


def earlier_of(own: str | None, others: Iterable[str], *, is_live: bool) -> Earlier:
    """What identities of one platform keep of earlier words.

    Args:
        own: what is kept with the identity that is spoken of; None where there is none yet
        others: what is kept with the person's other identities on the platform
        is_live: whether the platform itself speaks now
    """
    ours, theirs = _known(own or ""), [known for data in others if (known := _known(data))]
    said, live = ([ours[key]] if ours.get(key) else [] for key in (SAID, LIVE))
    said_there = [known[SAID] for known in theirs if SAID in known] if is_live else []
    live_there = [] if is_live else [known[LIVE] for known in theirs if LIVE in known]
    return Earlier([*said, *said_there], [*live, *live_there], ours.get(ALSO, {}), is_live)


def values_of(facts: Facts) -> Facts:
    """The other values among facts."""
    return cast("Facts", facts.get(ALSO, {}))


def said_otherwise(data: str, facts: Facts) -> Facts:
    """Those of the other values among facts that an identity's exports have said last."""
    said: Mapping[str, Any] = _known(data).get(SAID, {})
    return {name: values for name, values in values_of(facts).items() if name in said and values == [said[name]]}


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
    found = dict.fromkeys(relations)
    found.pop("mutual", None)
    if "follower" in found and "following" in found:
        found["mutual"] = None
    return tuple(sorted(found, key=lambda relation: _IN_ORDER.get(relation, len(_IN_ORDER))))


def text_of(value: Json) -> str:
    """JSON text, as columns keep it."""
    return orjson.dumps(value).decode()


def kept_text(facts: Facts) -> str:
    """Facts as an identity keeps them: the same text for the same facts."""
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode()


def united(kept: str, facts: Facts, *, is_live: bool = False) -> str:
    """The facts as JSON text, united with those that are kept: nothing is erased, lists grow, and of two values that
    differ one stands under `also`. Uniting the same facts twice changes nothing.

    Args:
        kept: what is kept
        facts: what is new
        is_live: whether the platform itself says it, so that its value takes the place of another one
    """
    new = kept_text(facts)
    if kept in ("{}", new):
        return new
    known, before = orjson.loads(kept), orjson.loads(kept)
    _unite(known, cast("dict[str, Any]", orjson.loads(new)), is_live=is_live)
    if known == before:
        return kept
    for values in known.get(ALSO, {}).values():
        if isinstance(values, list):
            cast("list[Any]", values).sort(key=str)
    return kept_text(known)


def without_relation(kept: str, relation: str) -> str:
    """What is kept with an identity once a relation is over, which an older file does not bring back."""
    known = orjson.loads(kept)
    before = known.get(RELATIONS)
    if not isinstance(before, list) or relation not in before:
        return kept
    left = related(tuple(each for each in cast("list[str]", before) if each != relation))
    known[RELATIONS], known[ENDED] = left, sorted({*known.get(ENDED, ()), relation})
    return kept_text(known)


def _known(data: str) -> dict[str, Any]:
    if '"said":' not in data and '"live":' not in data:
        return {}
    return cast("dict[str, Any]", orjson.loads(data))


def _unite(kept: dict[str, Any], new: dict[str, Any], *, is_live: bool) -> None:
    for name, value in new.items():
        known = kept.get(name)
        if name == RELATIONS and isinstance(known, list | None):
            _unite_relations(kept, value, is_live=is_live)
        elif known is None:
            kept[name] = value
        elif name in {SAID, LIVE}:
            known.update(value)  # the last word counts
        elif isinstance(known, dict) and isinstance(value, dict):
            _unite(cast("dict[str, Any]", known), cast("dict[str, Any]", value), is_live=is_live)
        elif isinstance(known, list) and isinstance(value, list):
            _extend(cast("list[Any]", known), cast("list[Any]", value))
        elif known != value:
            _extend(kept.setdefault(ALSO, {}).setdefault(name, []), [known if is_live else value])
            kept[name] = value if is_live else known


def _unite_relations(kept: dict[str, Any], new: list[str], *, is_live: bool) -> None:
    ended = set[str](kept.get(ENDED, ()))
    if is_live and not ended.isdisjoint(new):
        ended -= set(new)
        kept[ENDED] = sorted(ended)
    known = kept.get(RELATIONS, [])
    found = related((*known, *(relation for relation in new if relation not in ended)))
    if known or found:
        kept[RELATIONS] = list(found)


def _extend(kept: list[Any], new: list[Any]) -> None:
    for value in new:
        if value not in kept and len(kept) < _MOST_VALUES:
            kept.append(value)
