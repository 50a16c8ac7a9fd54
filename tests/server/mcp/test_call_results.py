"""Answers fit into about 8,000 tokens, text and data together, and say how to get the rest."""

import json

import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.answers.shortening import ANSWER_BYTES
from tests.server import odd_tools
from tests.server.houses import House, house


@pytest.fixture
def odd(sqlite_database: Database) -> House:
    return house(sqlite_database, odd_tools)


def text_of(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


def size_of(answer: CallToolResult) -> int:
    data = "" if answer.structured_content is None else json.dumps(answer.structured_content, separators=(",", ":"))
    return len(text_of(answer).encode()) + len(data.encode())


@pytest.mark.parametrize("length", [10, 100, 3000])
async def test_a_long_page_is_shortened_and_goes_on_where_it_ends(odd: House, length: int) -> None:
    seen: list[str] = []
    arguments: dict[str, int | str] = {"count": 300, "length": length}
    async with Client(build_mcp(odd)) as client:
        while True:
            answer = await client.call_tool("list_lines", arguments)
            assert size_of(answer) <= ANSWER_BYTES
            assert answer.structured_content is not None
            seen += [line["id"] for line in answer.structured_content["data"]]
            if "next_cursor" not in answer.structured_content:
                break
            assert f"call again with cursor='{seen[-1]}'" in text_of(answer)
            arguments["cursor"] = answer.structured_content["next_cursor"]
    assert seen == [str(number) for number in range(300)]


async def test_a_shortened_page_uses_most_of_the_room(odd: House) -> None:
    async with Client(build_mcp(odd)) as client:
        answer = await client.call_tool("list_lines", {"count": 10_000})
    assert ANSWER_BYTES * 0.9 < size_of(answer) <= ANSWER_BYTES


async def test_an_item_that_is_too_long_is_cut_and_says_so(odd: House) -> None:
    async with Client(build_mcp(odd)) as client:
        answer = await client.call_tool("list_lines", {"count": 1, "length": 50_000})
    assert size_of(answer) <= ANSWER_BYTES
    assert text_of(answer).endswith("tokens. Ask for less at once, or for one thing by its id.]")
    assert answer.structured_content is not None
    assert answer.structured_content["data"][0]["words"].endswith("more characters)")


@pytest.mark.parametrize(("chapters", "length"), [(3, 10_000), (40, 900), (5000, 20), (1, 200_000)])
async def test_anything_else_is_cut_and_says_so(odd: House, chapters: int, length: int) -> None:
    async with Client(build_mcp(odd)) as client:
        answer = await client.call_tool("read_book", {"chapters": chapters, "length": length})
    assert size_of(answer) <= ANSWER_BYTES
    assert text_of(answer).startswith("Small talk")
    assert "[Cut: the whole answer has about" in text_of(answer)


async def test_a_short_answer_is_left_as_it_is(odd: House) -> None:
    async with Client(build_mcp(odd)) as client:
        answer = await client.call_tool("read_book", {"chapters": 2, "length": 5})
    assert text_of(answer) == "Small talk\nyyyyy\nyyyyy"
    assert answer.structured_content == {"title": "Small talk", "chapters": ["yyyyy", "yyyyy"]}


async def test_a_run_with_many_steps_shows_the_first_and_says_how_to_go_on(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        for number in range(60):
            output = json.dumps({"items": number, "words": "z" * 2000})
            steps.create_workflow_step(session, workflow_run_id=run.id, step_type=StepType.SYNC_PAGE, output=output)
    async with Client(build_mcp(house(sqlite_database))) as client:
        by_itself = await client.call_tool("get_run", {"run_id": run.id})
        asked_for = await client.call_tool("get_run", {"run_id": run.id, "steps_limit": 60})
        assert by_itself.structured_content is not None
        cursor = by_itself.structured_content["next_steps_cursor"]
        following = await client.call_tool("list_run_steps", {"run_id": run.id, "cursor": cursor})
    assert size_of(asked_for) <= ANSWER_BYTES
    assert f"60 steps in all: list_run_steps(run_id='run_{run.id[-8:]}', cursor='{cursor}') goes on." in text_of(
        by_itself
    )
    shown = [step["step_index"] for step in by_itself.structured_content["steps"]]
    assert following.structured_content is not None
    shown += [step["step_index"] for step in following.structured_content["data"]]
    assert shown == list(range(len(shown)))


async def test_a_run_in_a_chat_shows_twenty_steps_unless_asked(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        for _ in range(30):
            steps.create_workflow_step(session, workflow_run_id=run.id, step_type=StepType.SYNC_PAGE)
    async with Client(build_mcp(house(sqlite_database))) as client:
        by_itself = await client.call_tool("get_run", {"run_id": run.id})
        all_of_them = await client.call_tool("get_run", {"run_id": run.id, "steps_limit": 30})
        none = await client.call_tool("get_run", {"run_id": run.id, "steps_limit": 0})
    counts = [
        len(answer.structured_content["steps"])
        for answer in (by_itself, all_of_them, none)
        if answer.structured_content is not None
    ]
    assert counts == [20, 30, 0]
