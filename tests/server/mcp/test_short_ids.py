"""What a model reads: short ids, which every tool takes, and the person's own time; programs get both whole."""

import re

import sqlalchemy as sa
from mcp import Client
from mcp_types import CallToolResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from tests.server.houses import house, with_services

SHORT = re.compile(r"\b(?:con|run|chg)_[0-9a-v]{8}\b")
NO_INSTANTS = "Read 2024-99-99 10:00Z, 9999-12-31 23:59Z and ٢٠٢٤-٠١-٠١ ٠٠:٠٠Z"


def text_of(answer: CallToolResult) -> str:
    return "\n".join(block.text for block in answer.content if isinstance(block, TextContent))


def id_of(answer: CallToolResult) -> str:
    """The whole id, which stands in the data."""
    assert answer.structured_content is not None
    return answer.structured_content["id"]


async def test_a_model_reads_short_ids_and_gives_them_back(sqlite_database: Database) -> None:
    async with Client(build_mcp(house(sqlite_database))) as client:
        run = await client.call_tool("begin_agent_run", {"goal": "Look after the Adas"})
        (run_id,) = set(SHORT.findall(text_of(run)))
        saved = [await client.call_tool("save_contact", {"name": name, "for_run": run_id}) for name in ("Ada", "Bob")]
        short = [SHORT.findall(text_of(each))[0] for each in saved]
        whole = [id_of(each) for each in saved]
        assert [each.endswith(end.removeprefix("con_")) for each, end in zip(whole, short, strict=True)] == [True] * 2
        shown = await client.call_tool("get_contact", {"contact_id": short[0]})
        assert id_of(shown) == whole[0]
        put_aside = await client.call_tool("archive_contacts", {"contact_ids": [*short, whole[0]], "reason": "Done"})
        assert text_of(put_aside).startswith("2 archived")
        steps = await client.call_tool("get_run", {"run_id": run_id})
        assert "2 steps" in text_of(steps), "both were saved for the run"


async def test_an_id_of_which_too_little_is_said_is_asked_about(sqlite_database: Database) -> None:
    async with Client(build_mcp(house(sqlite_database))) as client:
        saved = [await client.call_tool("save_contact", {"name": name}) for name in ("Ada", "Bob")]
        whole = [id_of(each) for each in saved]
        asked = await client.call_tool("get_contact", {"contact_id": whole[0][:12]})
        assert text_of(asked) == f"{whole[0][:12]} may be {whole[0]} or {whole[1]}. Type more of it."
        unknown = await client.call_tool("get_contact", {"contact_id": "con_vvvvvvvv"})
        assert "There is no contact 'con_vvvvvvvv'." in text_of(unknown)


async def test_a_cursor_stays_whole_and_goes_on_where_it_ended(sqlite_database: Database) -> None:
    async with Client(build_mcp(house(sqlite_database))) as client:
        for name in ("Ada", "Bob"):
            await client.call_tool("save_contact", {"name": name})
        first = await client.call_tool("search_contacts", {"page_size": 1})
        (cursor,) = re.findall(r"cursor='([^']+)'", text_of(first))
        following = await client.call_tool("search_contacts", {"page_size": 1, "cursor": cursor})
        assert ("Bob" in text_of(first), "Ada" in text_of(following)) == (True, True)


async def test_a_model_reads_the_time_of_its_person_and_how_far_that_is_from_utc(sqlite_database: Database) -> None:
    kathmandu = with_services(house(sqlite_database), workspace=WorkspaceSettings({"time_zone": "Asia/Kathmandu"}))
    async with Client(build_mcp(kathmandu)) as client:
        run = await client.call_tool("begin_agent_run", {"goal": NO_INSTANTS})
        run_id = id_of(run)
        with sqlite_database.write() as session:
            session.sql(sa.text("UPDATE workflow_runs SET created_at = 1709542800"))
        shown = await client.call_tool("get_run", {"run_id": run_id})
        assert "2024-03-04 14:45+05:45" in text_of(shown)
        assert NO_INSTANTS in text_of(shown), "these words only look like instants, and are left as they are"
        assert (shown.structured_content or {})["created_at"] == "2024-03-04T09:00:00Z"
