"""The JSON Schema of a tool's arguments, without parts that only cost tokens."""

from typing import Any

from onelane.tools.registry.tool import Tool

JsonSchema = dict[str, Any]
_NOISE = ("title", "default", "additionalProperties")
_LENGTHS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
"""What is refused in a sentence when it comes to that: a model needs no warning, and pays for each word."""


def input_schema(tool: Tool) -> JsonSchema:
    """The JSON Schema of a tool's arguments that a model is told of, each with what the docstring says about it."""
    found = dict(tool.schema)
    schema = _short(lean(found, found.get("$defs", {})))
    arguments = {name: argument for name, argument in schema["properties"].items() if name not in tool.unlisted}
    for name, argument in arguments.items():
        if name in tool.argument_help:
            argument["description"] = tool.argument_help[name]
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
