"""Resources: what clients read and attach, and what is suggested while an address or a command is typed."""

import json
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import INVALID_PARAMS, PromptReference, ResourceTemplateReference, TextResourceContents

from onelane.server.mcp import build_mcp
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs, steps, templates
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.storage.workflows.templates import TemplateType
from tests.server.houses import House, house


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
def run_id(onelane: House) -> str:
    """A run with two steps."""
    with onelane.database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        for _ in range(2):
            steps.create_workflow_step(session, workflow_run_id=run.id, step_type=StepType.SYNC_PAGE)
    return run.id


async def read(client: Client, uri: str) -> Any:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    assert "\n" not in content.text
    return json.loads(content.text)


async def suggested(client: Client, of: str, argument: str, typed: str) -> list[str]:
    ref = ResourceTemplateReference(uri=of) if "://" in of else PromptReference(name=of)
    return (await client.complete(ref, {"name": argument, "value": typed})).completion.values


async def test_all_that_can_be_read_is_listed(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        fixed = {str(resource.uri) for resource in (await client.list_resources()).resources}
        by_id = {found.uri_template for found in (await client.list_resource_templates()).resource_templates}
    assert fixed == {"onelane://overview", "onelane://schema", "ui://onelane/board.html", "ui://onelane/run.html"}
    assert by_id == {
        "onelane://runs/{id}",
        "onelane://runs/{id}/steps",
        "onelane://templates/{id}",
        "onelane://contacts/{id}",
    }


async def test_a_run_and_its_steps_are_read(onelane: House, era: str, run_id: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        run = await read(client, f"onelane://runs/{run_id}")
        page = await read(client, f"onelane://runs/{run_id}/steps")
    assert (run["id"], run["status"], len(run["steps"])) == (run_id, "pending", 2)
    assert [step["step_index"] for step in page["data"]] == [0, 1]
    assert page["total"] == 2


async def test_a_template_is_read(onelane: House) -> None:
    with onelane.database.write() as session:
        template = templates.create_template(session, name="Spring", template_type=TemplateType.OUTREACH)
    async with Client(build_mcp(onelane)) as client:
        assert (await read(client, f"onelane://templates/{template.id}"))["name"] == "Spring"


async def test_a_contact_is_read_and_suggested_by_name(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        saved = await client.call_tool("save_contact", {"name": "Ada Lovelace", "company": "Engines Ltd"})
        assert saved.structured_content is not None
        contact_id = saved.structured_content["id"]
        await client.call_tool("save_contact", {"name": "Grace Hopper"})
        assert (await read(client, f"onelane://contacts/{contact_id}"))["company"] == "Engines Ltd"
        assert await suggested(client, "onelane://contacts/{id}", "id", "Lovelace") == [contact_id]
        assert await suggested(client, "onelane://contacts/{id}", "id", contact_id) == [contact_id]


async def test_the_overview_is_read(onelane: House, run_id: str) -> None:
    async with Client(build_mcp(onelane)) as client:
        overview = await read(client, "onelane://overview")
        data = (await client.call_tool("overview", {})).structured_content
    assert data is not None
    # A resource has all of it, also what a model is not told unasked.
    assert set(overview) - set(data) == {"days"}
    assert overview["latest_runs"][0].items() >= data["latest_runs"][0].items()
    assert overview["contacts"] == data["contacts"]


async def test_the_schema_names_every_word_with_its_label(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        schema = await read(client, "onelane://schema")
    words = schema["vocabularies"]["workflow_type"]
    assert [word["value"] for word in words] == list(WorkflowType)
    assert words[0] == {"value": "sync", "label": "Platform Sync", "icon": "refresh-cw"}
    assert [word["value"] for word in schema["vocabularies"]["step_type"]] == list(StepType)


async def test_the_schema_tells_the_settings_of_every_run_that_can_be_started(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        published = (await read(client, "onelane://schema"))["run_config"]
    assert list(published) == ["sync", "enrich", "search", "prune", "agent"]
    for run_type in all_run_types().startable:
        words = published[run_type.workflow_type]
        assert [name for name in words if "." not in name] == run_type.settings
        assert all(words.values())
    assert "criteria.noInteractionDays" in published["prune"]
    assert published["enrich"]["maxPages"] == "the most pages to read for one contact; 1 to 20; usually 4"


@pytest.mark.parametrize(
    "address", ["runs/run_gone", "runs/run_gone/steps", "templates/tpl_gone", "contacts/con_gone", "nothing", "runs"]
)
async def test_an_unknown_resource_is_not_found(onelane: House, era: str, address: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(f"onelane://{address}")
    assert refused.value.code == INVALID_PARAMS


async def test_a_long_list_of_steps_says_where_it_goes_on(onelane: House, run_id: str) -> None:
    with onelane.database.write() as session:
        for _ in range(100):
            steps.create_workflow_step(session, workflow_run_id=run_id, step_type=StepType.SYNC_PAGE)
    async with Client(build_mcp(onelane)) as client:
        page = await read(client, f"onelane://runs/{run_id}/steps")
    assert page["total"] == 102
    assert page["next_cursor"] == str(page["data"][-1]["step_index"])


async def test_runs_are_suggested_by_id_type_and_state(onelane: House, era: str, run_id: str) -> None:
    with onelane.database.write() as session:
        other = runs.create_workflow_run(session, workflow_type=WorkflowType.PRUNE, status=RunStatus.FAILED)
    async with Client(build_mcp(onelane), mode=era) as client:
        for address in ("onelane://runs/{id}", "onelane://runs/{id}/steps"):
            assert await suggested(client, address, "id", run_id) == [run_id]
            assert await suggested(client, address, "id", "Sync") == [run_id]
            assert await suggested(client, address, "id", "fail") == [other.id]
            assert set(await suggested(client, address, "id", "")) == {run_id, other.id}
            assert await suggested(client, address, "id", "nothing") == []


async def test_templates_are_suggested_by_id_and_by_any_part_of_their_name(onelane: House) -> None:
    with onelane.database.write() as session:
        spring = templates.create_template(session, name="Spring fair", template_type=TemplateType.OUTREACH)
        templates.create_template(session, name="Autumn", template_type=TemplateType.OUTREACH)
    async with Client(build_mcp(onelane)) as client:
        assert await suggested(client, "onelane://templates/{id}", "id", "FAIR") == [spring.id]
        assert await suggested(client, "onelane://templates/{id}", "id", spring.id) == [spring.id]
        assert await suggested(client, "review-outbound", "template", "sp") == ["Spring fair"]


async def test_words_are_suggested_for_commands(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        assert await suggested(client, "sync", "source", "linked") == ["linkedin_contacts"]
        assert await suggested(client, "sync", "source", "subscribers") == ["substack_contacts"]
        assert await suggested(client, "write-sequence", "platform", "") == ["x", "linkedin", "gmail", "substack"]
        assert await suggested(client, "prospect", "who", "head") == []


async def test_at_most_a_hundred_values_are_suggested(onelane: House) -> None:
    with onelane.database.write() as session:
        for _ in range(150):
            runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
    async with Client(build_mcp(onelane)) as client:
        assert len(await suggested(client, "onelane://runs/{id}", "id", "run_")) == 100
