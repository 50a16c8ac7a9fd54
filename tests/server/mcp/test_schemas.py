"""What a model is told of the tools before it has done anything: all of it is described, and within budget.

Each tool as it is told stands in `tests/snapshots`.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from tests.server.houses import House, house

TOKENS = 7000
LONGEST_NAME = 64

Description = dict[str, Any]


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


async def told_of(onelane: House) -> list[Description]:
    async with Client(build_mcp(onelane)) as client:
        listed = (await client.list_tools()).tools
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]


async def test_all_tools_together_cost_less_than_7000_tokens(onelane: House) -> None:
    sizes = {tool["name"]: len(json.dumps(tool, separators=(",", ":"))) // 4 for tool in await told_of(onelane)}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:5]
    most = ", ".join(f"{name} {sizes[name]}" for name in largest)
    print(f"tools/list: {len(sizes)} tools, {sum(sizes.values())} tokens; most: {most}")  # noqa: T201 - the figure
    assert sum(sizes.values()) < TOKENS


async def test_every_tool_and_every_argument_is_described(onelane: House) -> None:
    for tool in await told_of(onelane):
        assert tool["title"], tool["name"]
        assert len(tool["name"]) <= LONGEST_NAME
        assert tool["description"], tool["name"]
        for name, argument in tool["inputSchema"]["properties"].items():
            assert argument.get("description"), f"{tool['name']}: {name}"


async def test_no_schema_carries_what_only_costs_tokens(onelane: House) -> None:
    for tool in await told_of(onelane):
        for schema in _schemas(tool["inputSchema"]):
            assert "title" not in schema, tool["name"]
            assert "$ref" not in schema, tool["name"]
            assert "$defs" not in schema, tool["name"]
            assert schema.get("type") != "null", tool["name"]


async def test_no_description_speaks_to_those_who_build_it(onelane: House) -> None:
    for tool in await told_of(onelane):
        for word in ("docs/", ".md"):
            assert word not in json.dumps(tool), tool["name"]


def _schemas(schema: Description) -> Iterator[Description]:
    yield schema
    nested = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    if "items" in schema:
        nested.append(schema["items"])
    for each in nested:
        yield from _schemas(each)
