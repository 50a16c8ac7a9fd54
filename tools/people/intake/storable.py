"""Makes text storable: UTF-8 without NUL."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar, cast

import orjson

from onelane.tools.platforms.formats.records import Item, PersonRecord

Thing = TypeVar("Thing")

_LARGEST = 1 << 63
_texts = attrgetter(*(each.name for each in fields(PersonRecord) if each.type == str | None))


def storable(items: Sequence[Item]) -> Sequence[Item]:
    """The items themselves when all of them can be stored, which is nearly always; else � stands for what can't."""
    people = [item for item in items if isinstance(item, PersonRecord)]
    others = people if len(people) == len(items) else [item for item in items if not isinstance(item, PersonRecord)]
    if _people_fit(people) and (others is people or _fits(others)):
        return items
    return [_cleaned(item) for item in items]


def _people_fit(people: Sequence[PersonRecord]) -> bool:
    # Joined and looked at as one text, for one by one it would cost as much as looking the people up.
    text = "".join(filter(None, chain.from_iterable(map(_texts, people))))
    if "\0" in text or not (text.isascii() or _encodes(text)):
        return False
    return _fits([(record.phones, record.tags, record.extra) for record in people if _has_more(record)])


def _has_more(record: PersonRecord) -> bool:
    return bool(record.extra or record.tags or record.phones)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fits(thing: object) -> bool:
    try:
        return b"\\u0000" not in orjson.dumps(thing)
    except orjson.JSONEncodeError:
        return False


def _cleaned(thing: Thing) -> Thing:
    return cast("Thing", _clean(thing))


def _clean(thing: Any) -> Any:
    if isinstance(thing, str):
        return thing.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(thing, int) and not -_LARGEST <= thing < _LARGEST:
        return str(thing)
    if isinstance(thing, Mapping):
        return {_clean(key): _clean(value) for key, value in cast("Mapping[str, Any]", thing).items()}
    if isinstance(thing, list | tuple):
        values = [_clean(value) for value in cast("list[Any]", thing)]
        return values if isinstance(thing, list) else tuple(values)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{each.name: _clean(getattr(thing, each.name)) for each in fields(thing)})
    return thing
