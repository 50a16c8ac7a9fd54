"""Arguments as models and their clients really fill them: null, empty, as text, with names of the client's own."""

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.answers.shortening import NOTES
from tests.server.houses import House, house
from tests.storage.people import add

Data = dict[str, Any]
EMPTY = ("", "  ", "null", "None", "undefined")
READING = ("list_runs", "list_templates", "search_contacts", "list_accounts", "list_schedules", "list_drafts")


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
async def client(onelane: House) -> AsyncIterator[Client]:
    # The client's tasks must end where they began, so that the test's own task holds it open.
    ready, done = asyncio.Event(), asyncio.Event()
    held: list[Client] = []

    async def hold() -> None:
        async with Client(build_mcp(onelane, toolsets=_all_toolsets(onelane))) as client:
            held.append(client)
            ready.set()
            await done.wait()

    holding = asyncio.create_task(hold())
    await ready.wait()
    yield held[0]
    done.set()
    await holding


def _all_toolsets(onelane: House) -> list[str]:
    return sorted({tool.spec.toolset for tool in onelane.registry})


def text_of(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


async def data_of(client: Client, tool: str, **arguments: object) -> Data:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, text_of(answer)
    assert answer.structured_content is not None
    return answer.structured_content


async def refusal_of(client: Client, tool: str, **arguments: object) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    return text_of(answer)


def row_of(onelane: House, contact_id: str) -> Data:
    with onelane.toolbox.database.read() as session:
        contact = contacts.get_contact(session, contact_id)
        assert contact is not None
        return contact.model_dump()


async def optional_arguments(client: Client, tool: str) -> dict[str, Data]:
    (schema,) = [each.input_schema for each in (await client.list_tools()).tools if each.name == tool]
    return {name: part for name, part in schema["properties"].items() if name not in schema.get("required", [])}


async def test_null_for_any_argument_that_may_be_left_out_is_left_out_at_every_tool(
    onelane: House, client: Client
) -> None:
    for tool in onelane.registry:
        nothing = dict.fromkeys(await optional_arguments(client, tool.name))
        answer = await client.call_tool(tool.name, nothing)
        if answer.is_error:
            assert "Input should" not in text_of(answer), (tool.name, text_of(answer))


async def test_what_stands_for_nothing_is_left_out_wherever_only_a_word_or_a_number_can_stand(client: Client) -> None:
    for tool, empty in product(READING, EMPTY):
        filled = {name: empty for name in await optional_arguments(client, tool) if not is_prose(name)}
        assert (await data_of(client, tool, **filled))["data"] == []


def is_prose(name: str) -> bool:
    return name in ("query", "company", "tags")


async def test_a_word_in_other_letters_and_one_thing_where_a_list_belongs_are_read(client: Client) -> None:
    saved = await data_of(client, "save_contact", name="Ada Example", tags="VIP")
    for given in ({"platform": "LinkedIn", "archived": "False"}, {"tags": "vip"}, {"funnel_stage": " Prospect "}):
        await data_of(client, "search_contacts", **given)
    assert (await data_of(client, "list_runs", status="PENDING"))["data"] == []
    archived = await client.call_tool(
        "archive_contacts", {"contact_ids": f"{saved['id']}, {saved['id']}", "reason": "Twice."}
    )
    assert "1 archived: Ada Example" in text_of(archived)
    listed = """'tags' must be a list, such as ["vip", "old"]."""
    assert listed in await refusal_of(client, "search_contacts", tags="vip, old")
    assert "'page_size' must be at most 100." in await refusal_of(client, "search_contacts", page_size=1000)


async def test_nobody_is_asked_about_what_would_be_refused_afterwards(client: Client) -> None:
    await data_of(client, "search_contacts")
    assert "Say when" in await refusal_of(client, "set_schedule")
    assert "Say what to run" in await refusal_of(client, "set_schedule", cron="daily")


async def test_empty_lists_and_objects_of_a_client_that_fills_everything_are_left_out(client: Client) -> None:
    assert (await data_of(client, "search_contacts", query="", tags=[], company=""))["data"] == []
    made = await data_of(client, "create_template", name="T", template_type="outreach", config={}, steps=[])
    assert (made["config"], made["steps"]) == ({}, [])


async def test_a_contact_is_not_emptied_by_a_model_that_fills_all_its_fields(onelane: House, client: Client) -> None:
    full = {"name": "Full Example", "title": "CTO", "email": "full@example.com", "company": "Example Bank"}
    saved = await data_of(
        client, "save_contact", contact_id="", funnel_stage="", idempotency_key="", **full, tags=["vip"]
    )
    before = row_of(onelane, saved["id"])

    filled: Data = {**dict.fromkeys(await optional_arguments(client, "save_contact"), ""), "tags": list[str]()}
    data = await data_of(client, "save_contact", **filled | {"contact_id": saved["id"], "title": "Boss"})

    after = row_of(onelane, saved["id"])
    assert {name: after[name] for name in (*full, "tags")} == {name: before[name] for name in (*full, "tags")} | {
        "title": "Boss"
    }
    assert "Not cleared, because an empty value says nothing here: company, email, tags." in data[NOTES][0]
    assert "clear=['company', 'email', 'tags']" in data[NOTES][0]


async def test_clearing_is_explicit_and_says_what_was_there(onelane: House, client: Client) -> None:
    saved = await data_of(client, "save_contact", name="Ada Example", email="ada@example.com", tags=["vip", "old"])
    answer = await client.call_tool("save_contact", {"contact_id": saved["id"], "clear": ["email", "tags", "phone"]})

    after = row_of(onelane, saved["id"])
    assert (after["email"], after["tags"]) == (None, "[]")
    assert "Cleared: " in text_of(answer)
    assert "email (it was 'ada@example.com')" in text_of(answer)
    assert """tags (it was '["vip", "old"]')""" in text_of(answer)
    assert "phone" not in text_of(answer)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"clear": ["name"]}, "'name' can't be cleared."),
        ({"clear": ["compny"]}, "Did you mean 'company'?"),
        ({"clear": ["email"], "email": "new@example.com"}, "both given and to be cleared"),
        ({"clear": "email, phone"}, '\'clear\' must be a list, such as ["email", "phone"].'),
        ({"clear": {"0": "email"}}, "'clear' must be a list."),
    ],
)
async def test_what_cannot_be_cleared_is_said(client: Client, arguments: Data, words: str) -> None:
    saved = await data_of(client, "save_contact", name="Ada Example")
    assert words in await refusal_of(client, "save_contact", contact_id=saved["id"], **arguments)


async def test_a_template_keeps_its_steps_and_settings_when_a_model_sends_empty_ones(client: Client) -> None:
    step = {"step_type": "message", "config": {"text": "Hello"}}
    made = await data_of(
        client,
        "create_template",
        name="T",
        template_type="outreach",
        description="D",
        config={"dailyLimit": 5},
        steps=[step],
    )
    kept = await data_of(
        client, "update_template", template_id=made["id"], name="U", description="", config={}, steps=[], starts_at=""
    )
    assert (kept["name"], kept["description"], kept["config"]) == ("U", "D", {"dailyLimit": 5})
    assert len(kept["steps"]) == 1
    assert "config, description, steps" in kept[NOTES][0]

    cleared = await data_of(client, "update_template", template_id=made["id"], clear=["steps", "config", "description"])
    assert (cleared["steps"], cleared["config"], cleared.get("description")) == ([], {}, None)
    assert "steps (it was \"['message']\")" in cleared[NOTES][0]


async def test_an_empty_key_is_no_key(client: Client) -> None:
    arguments = {"name": "T", "template_type": "outreach"}
    keys = [*EMPTY, *EMPTY]
    made = [(await data_of(client, "create_template", **arguments, idempotency_key=key))["id"] for key in keys]
    assert len(set(made)) == len(keys)


async def test_an_answer_for_a_key_that_was_used_says_so_and_how_things_stand_now(client: Client) -> None:
    begin = {"goal": "Look.", "idempotency_key": "monday"}
    first = await data_of(client, "begin_agent_run", **begin)
    await data_of(client, "finish_agent_run", run_id=first["id"], summary="Done.")
    again = await data_of(client, "begin_agent_run", **begin)
    assert (again["id"], NOTES in first) == (first["id"], False)
    assert "nothing was done now" in again[NOTES][0]
    assert f"Run {first['id']} is completed now." in again[NOTES][0]


async def test_whatever_was_made_is_looked_at_when_its_key_comes_again(client: Client) -> None:
    schedule = {"cron": "daily", "workflow_type": "agent", "config": {"goal": "Look."}}
    for tool, arguments, ending in (
        ("save_contact", {"name": "Ada Example"}, "is there now."),
        ("create_template", {"name": "T", "template_type": "outreach"}, "is draft now."),
        ("set_schedule", schedule, "is on now."),
    ):
        await data_of(client, tool, **arguments, idempotency_key="k")
        (note,) = (await data_of(client, tool, **arguments, idempotency_key="k"))[NOTES]
        assert ending in note


async def test_nulls_and_texts_within_a_step_are_read_like_arguments(client: Client) -> None:
    steps = [
        {"step_type": "follow", "config": None, "delayHours": "5"},
        {"step_type": "wait", "delay_hours": ""},
        None,
    ]
    made = await data_of(client, "create_template", name="T", template_type="outreach", steps=steps)
    assert [(step["step_type"], step["delay_hours"]) for step in made["steps"]] == [("follow", 5), ("wait", 0)]


async def test_numbers_and_booleans_come_as_text_or_with_a_point(client: Client) -> None:
    found = await data_of(client, "search_contacts", page_size="5.0", has_email="False", archived="true")
    assert found["total"] == 0
    assert (await data_of(client, "list_runs", page=2.0, page_size="25"))["total"] == 0


async def test_what_a_client_adds_for_itself_passes_and_an_unknown_argument_is_still_named(client: Client) -> None:
    added = {"toolCallId": "1", "sessionId": "s", "chatInput": "hello", "action": "sendMessage"}
    assert "contacts" in await data_of(client, "overview", **added)
    assert await data_of(client, "overview", random_string="x")
    assert "Unknown argument 'sttus'. Did you mean 'status'?" in await refusal_of(client, "list_runs", sttus="running")
    assert "Unknown argument 'action'" in await refusal_of(client, "overview", action="sendMessage")


async def test_a_word_of_a_list_is_told_in_words(client: Client) -> None:
    refused = await refusal_of(client, "save_draft", body="Hello", kind="letter")
    assert refused == (
        "'kind' can't be 'letter'. Did you mean 'newsletter'? "
        "It can be 'post', 'article', 'thread', 'reply', 'email', 'dm' or 'newsletter'."
    )
    assert "Did you mean 'linkedin_contacts'?" in await refusal_of(client, "start_sync", sub_type="linkedin")
    assert "Did you mean 'by'?" in await refusal_of(client, "count_contacts", group_by="company")
    assert (await refusal_of(client, "archive_contacts")).startswith("'")
    assert (await refusal_of(client, "search_contacts", cursor="x")).count("Leave it out") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"arguments": {"query": "Ada", "page-size": "5"}},
        {"input": '{"query": "Ada"}'},
        {"Query": "Ada", "platform": "n/a", "cursor": "[]"},
        {"query": ["Ada"], "has-email": "-"},
        {"query": 1815},
        {"arguments": {"input": {"query": "Ada"}}},
        {"tool_name": "search_contacts", "payload": [{"query": "Ada"}]},
        {"arguments": '```json\n{"query": "Ada"}\n```'},
        {"params": "{'query': 'Ada', 'has_email': False}"},
        {"query": "*", "platform": "any", "funnel_stage": '"Prospects".', "company": "null", "tags": ["null"]},
        {"query": "Ada", "page_size": "10 items", "archived": ["Nein."]},
        {"query": "Ada", "pagesize": "２０", "tags": [" "]},
        {"query": "Ada", "page_size": "٢٠", "platform": ""},
    ],
)
async def test_arguments_in_one_object_in_other_spellings_and_of_other_types_are_read(
    onelane: House, client: Client, arguments: Data
) -> None:
    saved = await data_of(client, "save_contact", name=["Ada 1815"], phone=493012345)
    assert row_of(onelane, saved["id"])["phone"] == "493012345"
    assert [each["name"] for each in (await data_of(client, "search_contacts", **arguments))["data"]] == ["Ada 1815"]


async def test_an_id_is_read_out_of_what_is_written_around_it(onelane: House, client: Client) -> None:
    ids = [(await data_of(client, "save_contact", name=name))["id"] for name in ("Ada Example", "Bea Example")]
    ada = ids[0]
    await data_of(client, "save_contact", contact_id=ada, email="Ada <ada@example.com>")
    assert row_of(onelane, ada)["email"] == "ada@example.com"
    for written in (f" {ada}\n", f"`{ada}`", f"#{ada}", f"**Ada** ({ada}).", ada.upper(), [f'"{ada}"']):
        assert (await data_of(client, "get_contact", contact_id=written))["id"] == ada
    for named in ({"id": ada}, {"contactId": ada}, {"contact_ids": [ada]}, {"contact_id": {"id": ada, "name": "Ada"}}):
        assert (await data_of(client, "get_contact", **named))["id"] == ada
    assert "must be a text" in await refusal_of(client, "get_contact", contact_id=dict(enumerate(ids)))
    assert "1 archived" in text_of(
        await client.call_tool("archive_contacts", {"contact_id": ids[0], "reason": "Left."})
    )
    for both in (
        f"{ada} and {ids[1]}",
        f"['{ada}', '{ids[1]}']",
        "; ".join(ids),
        "\n".join(f"- {each}" for each in ids),
    ):
        answer = await client.call_tool("archive_contacts", {"contact_ids": both, "reason": "Left."})
        assert "archived: Ada Example" in text_of(answer) or "archived already" in text_of(answer)
    assert "There is no contact" in await refusal_of(client, "get_contact", contact_id=" or ".join(ids))


@pytest.mark.parametrize(("written", "hours"), [("1,000", 1000), ("1 000", 1000), ("1.000", None)])
async def test_thousands_are_read_where_nothing_else_can_be_meant(
    client: Client, written: str, hours: int | None
) -> None:
    arguments = {"name": "T", "template_type": "outreach"}
    steps = [{"step_type": "wait", "delay_hours": written}]
    if hours is None:
        assert "delay_hours" in await refusal_of(client, "create_template", **arguments, steps=steps)
    else:
        made = await data_of(client, "create_template", **arguments, steps=steps)
        assert made["steps"][0]["delay_hours"] == hours


async def test_an_empty_run_is_no_run(client: Client) -> None:
    for empty in (None, *EMPTY):
        assert await data_of(client, "save_contact", name="Ada Example", for_run=empty)


@pytest.mark.parametrize("name", ["for_run", "body"])
@pytest.mark.parametrize("word", ["half \ud83d", "zero \0"])
async def test_what_no_database_keeps_is_refused_by_the_name_of_its_argument(
    client: Client, name: str, word: str
) -> None:
    assert f"'{name}' holds a NUL" in await refusal_of(client, "save_draft", **{"body": "Hello", name: word})


async def test_a_search_that_finds_nobody_says_what_to_do(onelane: House, client: Client) -> None:
    answer = await client.call_tool("search_contacts", {"query": "ada"})
    assert "Nobody is here yet: start_sync" in text_of(answer)
    with onelane.database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC)
    answer = await client.call_tool("search_contacts", {"query": "ada"})
    assert "Nobody is here yet" not in text_of(answer)
    assert (
        f"An import is under way, so whoever it brings may be missing: get_run(run_id='run_{run.id[-8:]}')"
        in text_of(answer)
    )
    add(onelane.database, "Grace Hopper")
    answer = await client.call_tool("search_contacts", {"query": "Zzyzx"})
    assert "Nobody of 1 contact fits." in text_of(answer)


@pytest.mark.parametrize("written", ["autum helo", "AUTUMN"])
async def test_a_name_that_is_almost_a_templates_is_answered_with_it(client: Client, written: str) -> None:
    await data_of(client, "create_template", name="Autumn hello", template_type="outreach")
    for tool in ("get_template", "delete_template"):
        assert "Did you mean 'Autumn hello'?" in await refusal_of(client, tool, template_id=written)


async def test_a_second_template_of_a_name_is_made_and_said(client: Client) -> None:
    given = {"name": "Autumn", "template_type": "outreach"}
    first = (await data_of(client, "create_template", **given))["id"]
    answer = await client.call_tool("create_template", given)
    assert f"There is another template of this name: tpl_{first[-8:]}." in text_of(answer)
