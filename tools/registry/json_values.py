"""JSON and instants in arguments and results: how they are kept, and how whoever asks is shown them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import orjson
from pydantic import BeforeValidator, PlainSerializer, SerializationInfo, WithJsonSchema

CONTRACT = {"contract": True}
"""The serialisation context of REST: instants as Unix seconds, JSON columns as strings (docs/routes.md, "Bodies")."""
ANSWER = {"answer": True}
"""The serialisation context of what a model is answered: of rows it has what lists show."""
DEEPEST_JSON = 64
"""How many levels JSON that is kept may have; what is nested deeper is hostile, or nobody could read it."""


def _json_text(value: object) -> str:
    document = _parse(value) if isinstance(value, str) else value
    if not isinstance(document, dict):
        raise ValueError("must be a JSON object, such as {}")
    if is_too_deep(cast("object", document)):
        raise ValueError(f"is nested deeper than {DEEPEST_JSON} levels")
    return value if isinstance(value, str) else _dump(cast("object", document))


def _parse(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"must be a JSON object, such as {{}}, and is not JSON: {error}") from error


def _dump(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise ValueError(f"can't be written as JSON: {error}") from error


def is_too_deep(value: object) -> bool:
    """Whether JSON is nested deeper than anybody needs, so that reading it could overflow a stack."""
    level = [value]
    for _ in range(DEEPEST_JSON):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def show_json(value: str, info: SerializationInfo) -> object:
    """A JSON column as the one who asks wants it."""
    if info.context is CONTRACT:
        return value
    return json.loads(value)


def show_instant(value: datetime, info: SerializationInfo) -> int | str:
    """An instant as the one who asks wants it."""
    if info.context is CONTRACT:
        return int(value.timestamp())
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


JsonObject = Annotated[str, BeforeValidator(_json_text), WithJsonSchema({"type": "object"})]
"""An argument that is kept as JSON text; an object is accepted, and a string that holds one.

See docs/routes.md, "Bodies".
"""

JsonText = Annotated[str, PlainSerializer(show_json, return_type=Any)]
"""A JSON column in a result: a string on REST, what it holds elsewhere."""


def clip_strings(value: Any, length: int) -> Any:
    """JSON whose long strings are cut, each with a note of how much is missing."""
    if isinstance(value, str):
        return value if len(value) <= length else f"{value[:length]}... ({len(value) - length} more characters)"
    if isinstance(value, dict):
        return {name: clip_strings(item, length) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [clip_strings(item, length) for item in cast("list[Any]", value)]
    return value
