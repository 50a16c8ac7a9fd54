"""What Onelane tells before anything is done with it: tools, words, routes and commands, as snapshots have them."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from mcp import Client
from mcp_types import TextResourceContents

from onelane.server.mcp import build_mcp
from onelane.server.mcp.listing import FILE
from onelane.server.mcp.listing import text_of as listing_text
from onelane.server.mcp.tools import listing_of
from onelane.storage.database.engine import Database
from onelane.tools.catalogue import all_tools
from tests.commands import Terminal
from tests.server.houses import House, house
from tests.server.http.web_servers import serving
from tests.snapshots.conftest import Snapshots

ERAS = ("auto", "legacy")
"""What a client of today is told, and one that speaks 2025-11-25."""
COLUMNS = "100"

Description = dict[str, Any]


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


async def test_each_tool_is_told_as_its_snapshot_has_it_in_both_eras(onelane: House, snapshots: Snapshots) -> None:
    answers = {era: await tools_listed(onelane, era) for era in ERAS}
    tools: dict[str, list[Description]] = {era: answer.pop("tools") for era, answer in answers.items()}
    assert tools["legacy"] == tools["auto"]
    snapshots.compare_all("tools/*.json", {f"tools/{tool['name']}.json": text_of(tool) for tool in tools["auto"]})
    snapshots.compare("tools.json", text_of({"tools": [tool["name"] for tool in tools["auto"]], **answers}))


def test_the_kept_listing_is_that_of_the_registry(snapshots: Snapshots) -> None:
    made = listing_text(listing_of(all_tools()))
    if snapshots.is_update:
        FILE.write_text(made, encoding="utf-8", newline="\n")
    assert FILE.read_text(encoding="utf-8").splitlines() == made.splitlines()


async def test_the_words_are_told_as_their_snapshot_has_them_in_both_eras(onelane: House, snapshots: Snapshots) -> None:
    today, before = [await words_read(onelane, era) for era in ERAS]
    assert before == today
    snapshots.compare("schema.json", text_of(json.loads(today)))


def test_the_routes_are_told_as_their_snapshot_has_them(onelane: House, snapshots: Snapshots) -> None:
    with serving(onelane) as web:
        document: Description = web.get("/openapi.json")
    snapshots.compare("openapi.json", text_of(document))


def test_every_command_has_the_help_that_its_snapshot_has(snapshots: Snapshots, terminal: Terminal) -> None:
    terminal.set(COLUMNS=COLUMNS)
    first = terminal.type("--help").out
    helps = {f"help/{name}.txt": "\n".join(helps_of(terminal, name)) for name in commands_in(first)}
    snapshots.compare_all("help/*.txt", {"help/onelane.txt": f"$ onelane --help\n{first}", **helps})


async def tools_listed(onelane: House, era: str) -> Description:
    async with Client(build_mcp(onelane), mode=era) as client:
        return (await client.list_tools()).model_dump(mode="json", by_alias=True, exclude_none=True)


async def words_read(onelane: House, era: str) -> str:
    async with Client(build_mcp(onelane), mode=era) as client:
        (content,) = (await client.read_resource("onelane://schema")).contents
    assert isinstance(content, TextResourceContents)
    return content.text


def helps_of(terminal: Terminal, *command: str) -> Iterator[str]:
    """The help of a command, and of all that it is a group of."""
    shown = terminal.type(*command, "--help")
    assert (shown.code, shown.err) == (0, "")
    yield f"$ onelane {' '.join(command)} --help\n{shown.out}"
    for name in commands_in(shown.out):
        yield from helps_of(terminal, *command, name)


def commands_in(shown: str) -> list[str]:
    """The names that stand under "Commands:"; a summary that goes on in the next line is indented further."""
    lines = shown.partition("\nCommands:\n")[2].splitlines()
    return [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]


def text_of(description: Description) -> str:
    """JSON that can be compared line by line, without the version, which each release changes."""
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    return text.replace(f'"version": "{version("onelane")}"', '"version": "VERSION"')
