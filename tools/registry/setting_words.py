"""The settings of a run type in words: for each what it is, what it may be, and what it is when nothing is said."""

from collections.abc import Iterator
from typing import cast

from onelane.tools.registry.runs.run_config import RunConfig
from onelane.tools.registry.runs.run_type import RunType
from onelane.tools.registry.tool_schemas import JsonSchema, lean

_KINDS = {"boolean": "true or false", "array": "a list", "integer": "a number", "number": "a number"}


def settings_in_words(run_type: RunType) -> dict[str, str]:
    """Each setting by its name, its own first; those inside another, such as a criterion, with a dot."""
    schema: JsonSchema = run_type.config.model_json_schema()
    properties = lean(schema, schema.get("$defs", {}))["properties"]
    required: list[str] = schema.get("required", [])
    any_runs: JsonSchema = RunConfig.model_json_schema()["properties"]
    words: dict[str, str] = {}
    for name in run_type.settings:
        words[name] = "; ".join((*_words(properties[name]), *(["required"] if name in required else [])))
        # What a budget holds stands in its description.
        inner: JsonSchema = {} if name in any_runs else properties[name].get("properties", {})
        words |= {f"{name}.{part}": "; ".join(_words(inner_schema)) for part, inner_schema in inner.items()}
    return words


def _words(schema: JsonSchema) -> Iterator[str]:
    if "description" in schema:
        yield schema["description"]
    yield from _values(schema)
    usual = schema.get("default")
    if isinstance(usual, str | int) and usual is not False:
        yield f"usually {usual}"


def _values(schema: JsonSchema) -> Iterator[str]:
    """What it may be; of texts nothing is said."""
    kind = schema.get("type", "")
    items = cast("JsonSchema", schema.get("items", {}))
    if words := schema.get("enum"):
        yield f"one of {', '.join(words)}"
    elif "minimum" in schema and "maximum" in schema:
        yield f"{schema['minimum']} to {schema['maximum']}"
    elif item_words := items.get("enum"):
        yield f"a list of {', '.join(item_words)}"
    elif kind in _KINDS:
        yield _KINDS[kind]
