"""Values of JSON as platforms write it: what is missing or of another kind is nothing, and never an error."""

from collections.abc import Mapping

from onelane.tools.platforms.formats.records import Json

JsonObject = Mapping[str, Json]


def text_of(entry: JsonObject, *keys: str) -> str:
    """The first of these values that is there, as text: X writes ids and numbers as strings, older archives did not.

    What no database keeps in a text, zeros and halves of surrogate pairs, is left out.
    """
    for key in keys:
        value = entry.get(key)
        if isinstance(value, str):
            if value:
                return _clean(value)
        elif isinstance(value, int | float):
            return str(value)
    return ""


def texts_of(entry: JsonObject, key: str) -> tuple[str, ...]:
    """The texts of a list; empty where there is none."""
    values = entry.get(key)
    items = values if isinstance(values, list) else []
    return tuple(_clean(item) for item in items if isinstance(item, str) and item)


def objects_of(entry: JsonObject, *keys: str) -> list[JsonObject]:
    """The list of objects that a path of keys leads to; empty where the path breaks off."""
    value: Json = entry
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def object_of(entry: JsonObject, key: str) -> JsonObject:
    """The object under a key; an empty one where there is none."""
    value = entry.get(key)
    return value if isinstance(value, Mapping) else {}


def _clean(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode(errors="ignore").decode()
