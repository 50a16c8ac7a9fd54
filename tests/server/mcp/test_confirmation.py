"""Before something is lost the person is asked: by the client where it can ask, else at a door of their own."""

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.session import ElicitationFnT
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, ErrorData, TextContent
from sqlalchemy import event

from onelane.server.mcp import build_mcp
from onelane.server.mcp.server import ON_REQUEST
from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.workflows import approvals, enrollments, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.gate import answers
from tests.databases import Clock
from tests.server.houses import House, house


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
def template_id(onelane: House) -> str:
    """A template in which somebody is enrolled."""
    with onelane.database.write() as session:
        template = templates.create_template(session, name="Spring", template_type=TemplateType.OUTREACH)
        contact = contacts.Contact(
            id=session.new_id("con"), name="Ada", created_at=session.now(), updated_at=session.now()
        )
        session.add(contact)
        session.flush()
        enrollments.enroll_contact(session, template_id=template.id, contact_id=contact.id)
    return template.id


def text_of(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


def code_read_at_the_terminal(onelane: House) -> str:
    with onelane.database.read() as session:
        code = answers.code_of(onelane.toolbox.services.person_key, approvals.list_open(session)[0], Door.CLI)
    assert code is not None
    return code


def exists(onelane: House, template_id: str) -> bool:
    with onelane.database.read() as session:
        return templates.get_template(session, template_id) is not None


def person(answer: ElicitResult, asked: list[str]) -> ElicitationFnT:
    async def respond(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return answer

    return respond


async def test_the_person_is_asked_and_agrees(onelane: House, era: str, template_id: str) -> None:
    asked: list[str] = []
    agrees = person(ElicitResult(action="accept", content={"confirm": True}), asked)
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=agrees) as client:
        answer = await client.call_tool("delete_template", {"template_id": template_id})
    assert [each.partition("\n")[0] for each in asked] == [
        "Delete template 'Spring' and its 1 enrollment? Its runs stay."
    ]
    assert not answer.is_error
    assert not exists(onelane, template_id)


@pytest.mark.parametrize(
    "no",
    [
        ElicitResult(action="decline"),
        ElicitResult(action="cancel"),
        ElicitResult(action="accept", content={"confirm": False}),
        ElicitResult(action="accept", content={}),
        ElicitResult(action="accept"),
    ],
    ids=["declined", "cancelled", "unticked", "empty", "without content"],
)
async def test_the_person_does_not_agree_and_nothing_is_lost(
    onelane: House, era: str, template_id: str, no: ElicitResult
) -> None:
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=person(no, [])) as client:
        answer = await client.call_tool("delete_template", {"template_id": template_id})
    assert answer.is_error
    assert text_of(answer).startswith("The person did not agree, so nothing was changed.")
    assert exists(onelane, template_id)


async def test_a_client_that_cannot_show_its_form_is_told_where_the_person_answers(
    onelane: House, template_id: str
) -> None:
    async def fail(context: ClientRequestContext, params: ElicitRequestParams) -> ErrorData:
        return ErrorData(code=-32601, message="nope")

    async with Client(build_mcp(onelane), mode="legacy", elicitation_callback=fail) as client:
        answer = await client.call_tool("delete_template", {"template_id": template_id})
    assert answer.is_error
    assert "They answer on Onelane's page" in text_of(answer)
    assert exists(onelane, template_id)


async def test_what_is_asked_is_rehearsed_once_however_often_the_client_comes_back(
    onelane: House, era: str, template_id: str
) -> None:
    deleted: list[str] = []

    def note(connection: object, cursor: object, statement: str, *more: object) -> None:
        if statement.startswith("DELETE FROM workflow_templates"):
            deleted.append(statement)

    event.listen(onelane.database.engine, "before_cursor_execute", note)
    agrees = person(ElicitResult(action="accept", content={"confirm": True}), [])
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=agrees) as client:
        await client.call_tool("delete_template", {"template_id": template_id})
    assert len(deleted) == len(["rehearsed", "done"])


async def test_a_model_that_claims_a_yes_does_not_spare_the_question(
    onelane: House, era: str, template_id: str
) -> None:
    asked: list[str] = []
    declines = person(ElicitResult(action="decline"), asked)
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=declines) as client:
        await client.call_tool("delete_template", {"template_id": template_id, "confirm": template_id})
    assert asked
    assert exists(onelane, template_id)


async def test_a_client_that_cannot_ask_takes_the_code_that_its_person_has_read(
    onelane: House, era: str, template_id: str
) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        first = await client.call_tool("delete_template", {"template_id": template_id})
        assert first.is_error
        assert "they find a one-time code on Onelane's page" in text_of(first)
        for word in ("yes", template_id, "K7QF-2MDA"):
            wrong = await client.call_tool("delete_template", {"template_id": template_id, "confirm": word})
            assert wrong.is_error
        assert exists(onelane, template_id)
        code = code_read_at_the_terminal(onelane)
        assert code not in text_of(first)
        second = await client.call_tool("delete_template", {"template_id": template_id, "confirm": code})
    assert not second.is_error
    assert not exists(onelane, template_id)


async def test_a_code_is_good_for_what_it_was_read_for_and_for_ten_minutes(
    onelane: House, clock: Clock, era: str, template_id: str
) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        await client.call_tool("delete_template", {"template_id": template_id})
        code = code_read_at_the_terminal(onelane)
        with onelane.database.write() as session:
            other = templates.create_template(session, name="Other", template_type=TemplateType.OUTREACH)
            contact = contacts.create_contact(session, name="Grace")
            enrollments.enroll_contact(session, template_id=other.id, contact_id=contact.id)
        elsewhere = await client.call_tool("delete_template", {"template_id": other.id, "confirm": code})
        clock.advance(minutes=11)
        late = await client.call_tool("delete_template", {"template_id": template_id, "confirm": code})
    assert elsewhere.is_error
    assert late.is_error
    assert exists(onelane, other.id)
    assert exists(onelane, template_id)


async def test_a_call_that_loses_nothing_asks_nobody(onelane: House, era: str) -> None:
    with onelane.database.write() as session:
        template = templates.create_template(session, name="Empty", template_type=TemplateType.CONTENT)
    async with Client(build_mcp(onelane), mode=era) as client:
        answer = await client.call_tool("delete_template", {"template_id": template.id})
    assert not answer.is_error
    assert not exists(onelane, template.id)


async def test_an_unknown_id_is_reported_before_anybody_is_asked(onelane: House, era: str) -> None:
    asked: list[str] = []
    agrees = person(ElicitResult(action="accept", content={"confirm": True}), asked)
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=agrees) as client:
        answer = await client.call_tool("delete_template", {"template_id": "tpl_gone"})
        unknown = await client.call_tool("delete_template", {"nothing": "tpl_gone"})
    assert text_of(answer) == "There is no template 'tpl_gone'. list_templates shows what there is."
    assert "'template_id' is required" in text_of(unknown)
    assert asked == []


async def test_only_tools_that_may_ask_take_the_argument_confirm(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        listed = (await client.list_tools()).tools
        refused = await client.call_tool("list_runs", {"confirm": "x"})
    asking = {tool.name for tool in listed if "confirm" in tool.input_schema["properties"]}
    offered = [tool for tool in onelane.registry if tool.spec.toolset not in ON_REQUEST]
    assert asking == {tool.name for tool in offered if tool.spec.confirm is not None}
    assert refused.is_error


async def test_a_chat_takes_back_one_call_once_its_person_has_said_yes(onelane: House, era: str) -> None:
    asked: list[str] = []
    agrees = person(ElicitResult(action="accept", content={"confirm": True}), asked)
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=agrees) as client:
        await client.call_tool("save_contact", {"name": "Ada Lovelace"})
        answer = await client.call_tool("undo", {"what": "last"})
        found = text_of(await client.call_tool("search_contacts", {"query": "Ada Lovelace"}))
    assert "removes 1 contact" in asked[0]
    assert text_of(answer).startswith("Taken back: 1 removed")
    assert "Ada Lovelace" not in found


async def test_a_run_is_taken_back_once_the_person_of_the_chat_has_said_yes(onelane: House, era: str) -> None:
    asked: list[str] = []
    agrees = person(ElicitResult(action="accept", content={"confirm": True}), asked)
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=agrees) as client:
        begun = await client.call_tool("begin_agent_run", {"goal": "Note Ada"})
        assert begun.structured_content is not None
        run_id = begun.structured_content["id"]
        await client.call_tool("save_contact", {"name": "Ada Lovelace", "for_run": run_id})
        await client.call_tool("finish_agent_run", {"run_id": run_id, "summary": "Noted."})
        answer = await client.call_tool("control_run", {"run_id": run_id, "action": "undo"})
    assert ["removes 1 contact" in question for question in asked] == [True]
    assert "Taken back: 1 removed" in text_of(answer)
