"""The JSON Schema of a tool's arguments, without parts that only cost tokens."""

from collections.abc import Collection, Mapping
from typing import Any

JsonSchema = dict[str, Any]
_NOISE = ("title", "default", "additionalProperties")
_LENGTHS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
"""What is refused in a sentence when it comes to that: a model needs no warning, and pays for each word."""


def listed_schema(whole: Mapping[str, Any], help_of: Mapping[str, str], unlisted: Collection[str]) -> JsonSchema:
    """The JSON Schema of a tool's arguments that a model is told of.

    Args:
        whole: the schema of all of its arguments, as pydantic makes it
        help_of: what the docstring says about each
        unlisted: those of which models are not told
    """
    schema = _short(lean(dict(whole), whole.get("$defs", {})))
    arguments = {name: argument for name, argument in schema["properties"].items() if name not in unlisted}
    for name, argument in arguments.items():
        if name in help_of:
            argument["description"] = help_of[name]
    return {**schema, "properties": arguments}


def _short(schema: JsonSchema) -> JsonSchema:
    """The schema without lengths, and without a minimum that goes without saying."""
    kept = {name: value for name, value in schema.items() if name not in _LENGTHS}
    if kept.get("minimum") in (0, 1):
        del kept["minimum"]
    if "properties" in kept:
        kept["properties"] = {name: _short(value) for name, value in kept["properties"].items()}
    if "items" in kept:
        kept["items"] = _short(kept["items"])
    if "anyOf" in kept:
        kept["anyOf"] = [_short(choice) for choice in kept["anyOf"]]
    return kept


def lean(schema: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    """The schema with definitions in place and without titles, nulls and defaults that are null, empty or no."""
    if "$ref" in schema:
        # What an enum or a model says about itself is for those who read the code.
        definition = dict(definitions[schema["$ref"].removeprefix("#/$defs/")])
        definition.pop("description", None)
        return lean({**definition, **{key: value for key, value in schema.items() if key != "$ref"}}, definitions)
    kept = {key: value for key, value in schema.items() if key not in (*_NOISE, "$defs", "anyOf")}
    if schema.get("default") not in (None, "", {}, "{}", []) and schema["default"] is not False:
        kept["default"] = schema["default"]
    if "properties" in schema:
        kept["properties"] = {name: lean(value, definitions) for name, value in schema["properties"].items()}
    if "items" in schema:
        kept["items"] = lean(schema["items"], definitions)
    choices = [lean(choice, definitions) for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        # An argument that may be left out need not be allowed to be null as well.
        return {**choices[0], **kept}
    return {**kept, "anyOf": choices} if choices else kept
