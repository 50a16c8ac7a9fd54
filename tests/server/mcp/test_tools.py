"""Tools over the protocol: what a client is told of them, and what a call answers, in both eras."""

import json
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.server import MCPServer
from mcp_types import CallToolResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.server.mcp.server import ON_REQUEST, UnknownToolset
from onelane.storage.database.engine import Database
from onelane.tools.registry.tool_spec import Effect
from tests.server import odd_tools
from tests.server.houses import House, house


def text_of(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
def odd(sqlite_database: Database) -> House:
    return house(sqlite_database, odd_tools)


async def test_every_tool_of_the_registry_is_listed_in_its_order(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        listed = await client.list_tools()
    offered = [tool.name for tool in onelane.registry if tool.spec.toolset not in ON_REQUEST]
    assert [tool.name for tool in listed.tools] == [*offered, "answer_run", "request_approval"]
    assert not {"url_fetch", "browser_scrape", "web_search", "llm_extract"} & set(offered)


async def test_the_research_tools_are_listed_for_clients_that_ask_for_them(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane, toolsets=["contacts", "research"]), mode=era) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert {"url_fetch", "browser_scrape", "web_search", "llm_extract", "read_page", "search_contacts"} <= names


async def test_a_call_answers_with_text_for_reading_and_data_for_programs(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        made = await client.call_tool("create_template", {"name": "Spring", "template_type": "outreach"})
        listed = await client.call_tool("list_templates", {})
    assert made.structured_content is not None
    assert text_of(listed).startswith(f"tpl_{made.structured_content['id'][-8:]}\tSpring\toutreach\tdraft")
    assert listed.structured_content is not None
    assert listed.structured_content["data"][0]["name"] == "Spring"


async def test_an_unknown_argument_is_refused_with_the_nearest_name(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        answer = await client.call_tool("list_runs", {"sttus": "running"})
    assert answer.is_error
    assert text_of(answer) == "Unknown argument 'sttus'. Did you mean 'status'?"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mcp__onelane__list_runs", "There is no tool 'mcp__onelane__list_runs'. Did you mean 'list_runs'?"),
        ("List-Run", "Did you mean 'list_runs'?"),
        ("list_contacts", "Did you mean 'search_contacts'?"),
        ("create_sequence", "Did you mean 'create_template'?"),
        ("mcp__onelane__pause_run", "Did you mean 'control_run'?"),
        ("clone_template", "clone_template is in the toolset 'advanced', which is not offered here."),
        ("list_drafts", "Here list_tasks comes nearest."),
        ("stop_everything", "Did you mean 'stop_outbound'?"),
        ("send_email", "Did you mean 'request_approval'?"),
        ("export_contacts", "onelane export contacts.csv"),
        ("erase_contact", "onelane contacts erase ID"),
        ("delete_contact_permanently", "onelane contacts erase ID"),
        ("resume_outbound", "onelane outbound start"),
        ("backup", "onelane backup FILE"),
        ("zzz", "There is no tool 'zzz'. There are 43; tools/list has all of them."),
        ("get_pipeline", "Written most alike: 'get_template'"),
    ],
)
async def test_an_unknown_tool_is_answered_with_the_nearest(onelane: House, era: str, name: str, words: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        answer = await client.call_tool(name, {})
    assert answer.is_error
    assert words in text_of(answer)


async def test_a_wrong_value_is_refused_in_a_sentence_without_addresses(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        answer = await client.call_tool("list_runs", {"status": "sleeping"})
    assert answer.is_error
    assert text_of(answer).startswith("'status' can't be 'sleeping'. It can be 'pending'")
    assert "http" not in text_of(answer)


async def test_lists_and_objects_are_understood_when_a_client_sends_them_as_text(onelane: House) -> None:
    steps = json.dumps([{"step_type": "message", "config": {"text": "Hello"}}])
    arguments = {"name": "[1]", "template_type": "outreach", "steps": steps, "config": '{"dailyLimit": 20}'}
    async with Client(build_mcp(onelane)) as client:
        answer = await client.call_tool("create_template", arguments)
    assert answer.structured_content is not None
    assert answer.structured_content["steps"][0]["config"] == {"text": "Hello"}
    assert answer.structured_content["config"] == {"dailyLimit": 20}
    assert answer.structured_content["name"] == "[1]"


async def test_an_unknown_id_is_answered_with_the_next_call(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        answer = await client.call_tool("get_run", {"run_id": "run_gone"})
    assert answer.is_error
    assert text_of(answer) == "There is no run 'run_gone'. No run was started yet."


async def test_a_fault_of_ours_is_told_by_its_number_and_logged_under_it(
    odd: House, era: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(build_mcp(odd), mode=era) as client:
        answer = await client.call_tool("break_down", {})
    assert answer.is_error
    assert "hunter2" not in text_of(answer)
    number = text_of(answer).rpartition("as ")[2].rstrip(".")
    assert number.startswith("err_")
    assert f"{number}: tool break_down failed" in caplog.text
    assert "hunter2" in caplog.text


async def test_a_database_that_cannot_be_used_and_a_full_disk_are_told_as_they_are(odd: House) -> None:
    async with Client(build_mcp(odd)) as client:
        locked, full = await client.call_tool("lock_out", {}), await client.call_tool("fill_up", {})
    assert (locked.is_error, full.is_error) == (True, True)
    assert text_of(locked) == "The disk is full. Free some space and try again."
    assert text_of(full) == "The disk is full. Nothing was changed; free some space and try again."


async def test_the_same_idempotency_key_does_nothing_twice(onelane: House) -> None:
    arguments = {"name": "Once", "template_type": "outreach", "idempotency_key": "k1"}
    async with Client(build_mcp(onelane)) as client:
        first = await client.call_tool("create_template", arguments)
        second = await client.call_tool("create_template", arguments)
        listed = await client.call_tool("list_templates", {})
    assert first.structured_content is not None
    assert second.structured_content is not None
    assert first.structured_content.items() <= second.structured_content.items()
    assert "nothing was done now" in text_of(second)
    assert listed.structured_content is not None
    assert listed.structured_content["total"] == 1


async def test_hints_say_what_a_tool_does_to_the_world(onelane: House, odd: House) -> None:
    # Where nothing is said of reading, the protocol has it that a tool may write.
    expected = {
        Effect.READ: (True, None, False),
        Effect.WRITE: (None, False, False),
        Effect.LASTING: (None, False, False),
        Effect.DESTROY: (None, True, False),
        Effect.SEND: (None, True, True),
    }
    for each in (onelane, odd):
        effects = {tool.name: tool.spec.effect for tool in each.registry}
        async with Client(build_mcp(each)) as client:
            for tool in (await client.list_tools()).tools:
                hints = tool.annotations
                assert hints is not None
                hint_values = (hints.read_only_hint, hints.destructive_hint, hints.open_world_hint)
                assert hint_values == expected[effects.get(tool.name, Effect.WRITE)], tool.name


async def test_read_only_mode_offers_no_tool_that_changes_anything(sqlite_database: Database) -> None:
    onelane = house(sqlite_database, read_only=True)
    async with Client(build_mcp(onelane)) as client:
        listed = (await client.list_tools()).tools
        refused = await client.call_tool("create_template", {"name": "A", "template_type": "outreach"})
    assert listed
    assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in listed)
    assert refused.is_error


async def test_toolsets_choose_what_is_offered(onelane: House) -> None:
    async with Client(build_mcp(onelane, toolsets=["templates"])) as client:
        listed = (await client.list_tools()).tools
    assert {onelane.registry[tool.name].spec.toolset for tool in listed} == {"templates"}


def test_a_toolset_that_there_is_not_is_refused_with_those_there_are(onelane: House) -> None:
    with pytest.raises(UnknownToolset, match="no toolset 'tempaltes'; there are: runs, advanced, templates"):
        build_mcp(onelane, toolsets=["tempaltes"])


async def test_tools_that_are_not_the_registrys_may_stand_beside_them(onelane: House) -> None:
    server: MCPServer = build_mcp(onelane)

    @server.tool()
    async def echo(words: str) -> str:
        """Says it again."""
        return words

    async with Client(server) as client:
        answer = await client.call_tool("echo", {"words": "hello", "unheard_of": 1})
    assert text_of(answer) == "hello"


async def test_the_instructions_for_a_client_name_no_tool(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        instructions = client.instructions
    assert instructions is not None
    assert instructions.startswith("Onelane keeps")
    assert not [tool.name for tool in onelane.registry if "_" in tool.name and tool.name in instructions]


def test_importing_the_face_imports_no_protocol(project: Path) -> None:
    """What starts quickly imports the package first, and the SDK only when it has prepared for it."""
    code = "import sys, onelane.server.mcp.stdio; sys.exit('mcp.server' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=project, check=True)


async def test_whoever_enrolls_many_is_told_how_far_it_is(onelane: House, era: str) -> None:
    progress_calls: list[tuple[float, float | None]] = []
    heard_all = anyio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        progress_calls.append((progress, total))
        if progress == total:
            heard_all.set()

    async with Client(build_mcp(onelane), mode=era) as client:
        await client.call_tool("create_template", {"name": "Spring", "template_type": "outreach"})
        ids = [f"con_{number}" for number in range(1_500)]
        enrolled = await client.call_tool(
            "enroll_contacts", {"template_id": "Spring", "contact_ids": ids}, progress_callback=note
        )
        with anyio.fail_after(30):
            await heard_all.wait()
    assert "1500 blocked" in text_of(enrolled)
    assert progress_calls == [(1000, 1500), (1500, 1500)]
