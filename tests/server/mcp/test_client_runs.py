"""Agent runs of a chat client's own model, through the protocol and through REST."""

from typing import Any

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.session import ElicitationFnT
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent, Tool

from onelane.server.mcp import build_mcp
from onelane.server.mcp.client_runs import FOR_RUN
from onelane.storage.database.engine import Database
from onelane.storage.workflows import steps
from onelane.tools.people import contacts, merging
from onelane.tools.workflows import agent_runs, drafts, runs, schedules, templates
from tests.server.houses import House, house
from tests.server.http.web_servers import serving

GOAL = {"goal": "Clean up"}


@pytest.fixture
def onelane(database: Database) -> House:
    return house(database, runs, agent_runs, templates, contacts, schedules, drafts, merging)


def text_of(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


def data_of(answer: CallToolResult) -> dict[str, Any]:
    assert not answer.is_error, text_of(answer)
    assert answer.structured_content is not None
    return answer.structured_content


def recorded(onelane: House, run_id: str) -> list[tuple[str | None, str]]:
    with onelane.database.read() as session:
        return [(row["tool"], row["status"]) for row in steps.list_workflow_steps(session, run_id)]


def person(action: str, asked: list[str]) -> ElicitationFnT:
    async def respond(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept" if action == "accept" else "decline", content={"confirm": True})

    return respond


async def listed_tools(onelane: House) -> list[Tool]:
    async with Client(build_mcp(onelane)) as client:
        return (await client.list_tools()).tools


async def begun(client: Client) -> str:
    return data_of(await client.call_tool("begin_agent_run", GOAL))["id"]


async def spring(client: Client) -> str:
    made = await client.call_tool("create_template", {"name": "Spring", "template_type": "outreach"})
    return data_of(made)["id"]


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_a_model_works_through_its_run_and_finishes_it(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        run_id = await begun(client)
        saved = await client.call_tool("save_contact", {"name": "Ada Example", FOR_RUN: run_id})
        contact_id = data_of(saved)["id"]
        data_of(await client.call_tool("get_contact", {"contact_id": contact_id, FOR_RUN: run_id}))
        data_of(await client.call_tool("list_templates", {FOR_RUN: run_id}))
        done = await client.call_tool(
            "finish_agent_run", {"run_id": run_id, "summary": "One person.", "outcome": "completed"}
        )
    assert data_of(done)["status"] == "completed"
    assert recorded(onelane, run_id) == [
        ("save_contact", "completed"),
        ("get_contact", "completed"),
        ("list_templates", "completed"),
    ]


async def test_a_run_that_is_not_the_models_own_is_refused(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        other = data_of(await client.call_tool("start_run", {"workflow_type": "agent"}))["id"]
        for said, message in ((other, "goes by itself"), ("run_x", "There is no run 'run_x'"), ([1], "must be the id")):
            answer = await client.call_tool("save_contact", {"name": "Ada", FOR_RUN: said})
            assert answer.is_error
            assert message in text_of(answer)
        assert data_of(await client.call_tool("search_contacts", {}))["total"] == 0
        answer = await client.call_tool("begin_agent_run", {**GOAL, FOR_RUN: other})
    assert answer.is_error
    assert recorded(onelane, other) == []


async def test_a_chat_calls_for_another_chats_run_only_with_the_code_that_came_with_it(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as beginner, Client(build_mcp(onelane)) as other:
        told = await beginner.call_tool("begin_agent_run", GOAL)
        run_id, code = data_of(told)["id"], text_of(told).partition("code='")[2][:9]
        for said in (run_id, f"{run_id}:", f"{run_id}:AAAA-AAAA"):
            for tool, given in (("save_contact", {"name": "Ada Example"}), ("list_templates", {})):
                refused = await other.call_tool(tool, {**given, FOR_RUN: said})
                assert refused.is_error
                assert "was begun in another chat" in text_of(refused)
        assert recorded(onelane, run_id) == []
        for said in (f"{run_id}:{code}", run_id):
            data_of(await other.call_tool("list_templates", {FOR_RUN: said}))
    assert recorded(onelane, run_id) == [("list_templates", "completed")] * 2


async def test_the_argument_is_listed_where_such_a_run_does_its_work(onelane: House) -> None:
    listed = {tool.name: tool.input_schema["properties"] for tool in await listed_tools(onelane)}
    naming = {name for name, properties in listed.items() if FOR_RUN in properties}
    work = {"search_contacts", "get_contact", "save_contact", "archive_contacts", "merge_contacts", "save_draft"}
    assert work <= naming
    # All others take it as well, and forbid nothing that is not listed.
    listed_tool = next(tool for tool in await listed_tools(onelane) if tool.name == "begin_agent_run")
    assert "every tool takes" in (listed_tool.description or "")
    assert "additionalProperties" not in listed_tool.input_schema
    assert not naming & {"begin_agent_run", "finish_agent_run", "list_runs"}


async def test_a_deletion_by_a_run_is_asked_for_even_when_the_tool_would_not_ask(onelane: House) -> None:
    asked: list[str] = []
    server = build_mcp(onelane)
    async with Client(server, elicitation_callback=person("decline", asked)) as client:
        run_id, template_id = await begun(client), await spring(client)
        refused = await client.call_tool("delete_template", {"template_id": template_id, FOR_RUN: run_id})
        assert refused.is_error
        assert "did not agree" in text_of(refused)
    async with Client(server, elicitation_callback=person("accept", asked)) as client:
        agreed = await client.call_tool("delete_template", {"template_id": template_id, FOR_RUN: run_id})
        assert not agreed.is_error
    question = "Delete template 'Spring' and its 0 enrollments? Its runs stay."
    assert [each.partition("\n")[0] for each in asked] == [question, question]
    assert recorded(onelane, run_id) == [("delete_template", "completed")]


async def test_a_client_that_cannot_ask_is_told_where_the_person_answers(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        run_id = await begun(client)
        made = await client.call_tool("set_schedule", {"workflow_type": "prune", "cron": "daily"})
        arguments = {"schedule_id": data_of(made)["id"], FOR_RUN: run_id}
        first = await client.call_tool("delete_schedule", arguments)
        assert first.is_error
        assert "this needs the person themselves" in text_of(first)
        assert "onelane approvals apr_" in text_of(first)
        second = await client.call_tool("delete_schedule", arguments)
        assert second.is_error
        without_run = await client.call_tool("set_schedule", {"workflow_type": "prune", "cron": "weekly"})
        third = await client.call_tool("delete_schedule", {"schedule_id": data_of(without_run)["id"]})
    assert not third.is_error
    assert recorded(onelane, run_id) == []


def test_a_program_works_through_its_run_and_deletes_nothing_in_it(onelane: House) -> None:
    with serving(onelane) as web:
        run_id = web.post("/api/workflows/agent-runs", GOAL)["id"]
        mine = {"x-onelane-run": run_id}
        made = web.client.post(
            "/api/workflows/templates", json={"name": "Spring", "templateType": "outreach"}, headers=mine
        )
        assert made.status_code == 201
        place = f"/api/workflows/templates/{made.json()['id']}"
        refused = web.client.delete(place, headers=mine)
        assert refused.status_code == 403
        assert "Delete template 'Spring' and its 0 enrollments?" in refused.json()["error"]
        assert web.client.get(place, headers=mine).status_code == 200
        ended = web.post(f"/api/workflows/{run_id}/finish", {"summary": "Done."}, status=200)
        assert ended["status"] == "completed"
        late = web.client.get(place, headers=mine)
        assert (late.status_code, late.json()["code"]) == (409, "conflict")
        unknown = web.client.get(place, headers={"x-onelane-run": "run_x"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        assert web.client.delete(place).status_code == 204
    assert recorded(onelane, run_id) == [("create_template", "completed"), ("get_template", "completed")]
