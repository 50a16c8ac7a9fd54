"""Slash commands over the protocol."""

import pytest
from mcp import Client, MCPError
from mcp_types import INVALID_PARAMS, GetPromptResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from tests.server.houses import House, house


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


def text_of(answer: GetPromptResult) -> str:
    (message,) = answer.messages
    assert message.role == "user"
    assert isinstance(message.content, TextContent)
    return message.content.text


async def test_seven_commands_are_offered_with_title_and_arguments(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        listed = (await client.list_prompts()).prompts
    assert [prompt.name for prompt in listed] == [
        "sync",
        "prospect",
        "enrich",
        "prune",
        "write-sequence",
        "review-outbound",
        "weekly-review",
    ]
    assert all(prompt.title and prompt.description for prompt in listed)
    assert all(argument.description for prompt in listed for argument in prompt.arguments or ())
    assert {(prompt.name, each.name) for prompt in listed for each in prompt.arguments or () if each.required} == {
        ("prospect", "who"),
        ("write-sequence", "audience"),
    }


async def test_a_command_is_filled_with_what_was_typed(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        answer = await client.get_prompt("sync", {"source": "linkedin_contacts", "file": "Connections.csv"})
    assert "- What to bring in: linkedin_contacts\n- File: Connections.csv\n" in text_of(answer)


async def test_an_argument_that_is_missing_or_blank_gets_its_default(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        left_out = await client.get_prompt("weekly-review")
        blank = await client.get_prompt("weekly-review", {"days": " "})
    assert "the last 7 days" in text_of(left_out)
    assert text_of(left_out) == text_of(blank)


async def test_the_text_of_an_argument_is_not_read_as_a_template(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        answer = await client.get_prompt("prospect", {"who": "{{count}} {0} \\g<0>"})
    assert "who fit this: {{count}} {0} \\g<0>" in text_of(answer)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "prospect needs 'who': whom to look for, such as: heads of data at fintechs in Berlin."),
        ({"who": "x", "howmany": "3"}, "prospect has no argument 'howmany'; it takes: who, count."),
    ],
)
async def test_a_wrong_argument_is_refused_in_a_sentence(
    onelane: House, era: str, arguments: dict[str, str], complaint: str
) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        with pytest.raises(MCPError, match=complaint.replace("?", r"\?")) as refused:
            await client.get_prompt("prospect", arguments)
    assert refused.value.code == INVALID_PARAMS
