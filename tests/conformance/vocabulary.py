"""A tool whose input schema uses JSON Schema 2020-12 beyond what a Python signature can say."""

from typing import Any

from mcp.server import MCPServer

NAME = "json_schema_2020_12_tool"

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def add_vocabulary_tool(server: MCPServer) -> None:
    """Add the tool; its schema must reach the client as it is written here."""
    server.add_tool(greet, name=NAME, structured_output=False)
    tool = server._tool_manager.get_tool(NAME)  # pyright: ignore[reportPrivateUsage]  # no public way to give a schema
    assert tool is not None
    tool.parameters = SCHEMA


async def greet(name: str = "you") -> str:
    """Greets by name."""
    return f"Hello, {name}!"
