"""Values in structured data, brought into the form in which contacts keep them."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from onelane.storage.people.contact_field import FieldKind
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.fact_fields import FactField, Unusable, parse_value, say_the_same
from onelane.tools.platforms.linkedin.profiles import parse_profile
from onelane.tools.web.rules import NEVER, rule_for

_LINE_CHARS, _PROSE_CHARS, _ADDRESS_CHARS = 200, 1_000, 2_000
_MOST_TEXTS, _DEEPEST = 50, 6
_DIGITS_OF_A_PHONE = range(6, 16)


def text_of(value: object) -> str:
    """The first text that a value holds, on one line; empty when it holds none."""
    return next(iter(texts_of(value)), "")


def texts_of(value: object, *, key: str = "name", depth: int = 0) -> list[str]:
    """The texts that a value holds, each on one line: its own, or the names of the things that it holds.

    Args:
        value: a text, a thing, or a list of them
        key: what is read of a thing that has no name
        depth: how deep it stands in what is read; nobody means what stands deeper than a few levels
    """
    if isinstance(value, str):
        return [one_line(value)] if value.strip() else []
    if isinstance(value, list) and depth < _DEEPEST:
        parts = cast("list[object]", value)[:_MOST_TEXTS]
        return [text for part in parts for text in texts_of(part, key=key, depth=depth + 1)]
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return _texts_of_thing(cast("Mapping[str, Any]", value), key, depth + 1)
    return []


def place_of(value: object, depth: int = 0) -> str:
    """A town with its region and country; empty when there is none."""
    if isinstance(value, str):
        return one_line(value)
    if depth >= _DEEPEST:
        return ""
    if isinstance(value, list):
        parts = cast("list[object]", value)[:_MOST_TEXTS]
        return next((place for part in parts if (place := place_of(part, depth + 1))), "")
    return _place_of_thing(cast("Mapping[str, Any]", value), depth) if isinstance(value, Mapping) else ""


def _place_of_thing(thing: Mapping[str, Any], depth: int) -> str:
    inner = next((thing[name] for name in ("address", "properties") if isinstance(thing.get(name), Mapping)), None)
    if inner is not None:
        return place_of(inner, depth + 1)
    names = (*_SCHEMA_PLACE, *_CARD_PLACE)
    return ", ".join(dict.fromkeys(text for name in names if (text := text_of(thing.get(name)))))


def values_of(field: FactField, texts: Sequence[str], base_url: str) -> list[str]:
    """What texts mean as values of a contact's field, each once; what can't be one is left out."""
    values: list[str] = []
    for text in texts[:_MOST_TEXTS]:
        value = value_of(field, text, base_url)
        if value and not any(say_the_same(field, value, other) for other in values):
            values.append(value)
    return values


def value_of(field: FactField, text: str, base_url: str) -> str:
    """What a text means as a value of a contact's field; empty when it can't be one."""
    text = _bare(field, text, base_url)
    if field.kind is FieldKind.PROSE:
        text = text[:_PROSE_CHARS]
    elif len(text) > _LINE_CHARS and field.kind is not FieldKind.WEB_ADDRESS:
        return ""
    try:
        value = parse_value(field, text)
    except Unusable:
        return ""
    return value if field.kind is not FieldKind.PHONE or _is_number(value) else ""


def address_of(text: str, base_url: str) -> str:
    """The web address that a text means on a page, if it is one that may be read; else empty."""
    try:
        address = urljoin(base_url, text.strip())
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_good = (
        parts.scheme in ("http", "https") and "." in host and not parts.username and len(address) <= _ADDRESS_CHARS
    )
    return address if is_good and rule_for(NEVER, host) is None and not any(map(str.isspace, address)) else ""


def _bare(field: FactField, text: str, base_url: str) -> str:
    if field.kind is FieldKind.EMAIL:
        is_mailto = text[:7].lower() == "mailto:"
        return (text[7:] if is_mailto else text).partition("?")[0]
    if field.kind is FieldKind.PHONE:
        return text[4:] if text[:4].lower() == "tel:" else text
    if field.kind is FieldKind.PROFILE_URL:
        profile = parse_profile(text)
        return profile.url if profile else ""
    return address_of(text, base_url) if field.kind is FieldKind.WEB_ADDRESS else text


def _texts_of_thing(thing: Mapping[str, Any], key: str, depth: int) -> list[str]:
    properties = thing.get("properties")
    if isinstance(properties, Mapping):
        inner = cast("Mapping[str, Any]", properties)
        return texts_of(inner.get("name"), depth=depth) or texts_of(thing.get("value"), depth=depth)
    candidates = (thing.get(name) for name in dict.fromkeys(("name", "@value", "value", key)))
    for value in candidates:
        if texts := texts_of(value, depth=depth):
            return texts
    return []


def _is_number(value: str) -> bool:
    digits = sum(letter.isdigit() for letter in value)
    return digits in _DIGITS_OF_A_PHONE and not any(letter.isalpha() for letter in value)


_SCHEMA_PLACE = ("addressLocality", "addressRegion", "addressCountry")
_CARD_PLACE = ("locality", "region", "country-name")
