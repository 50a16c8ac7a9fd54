"""Before something is lost the person is asked: by the client where it can ask, else through its model."""

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.session import ElicitationFnT
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.tool_spec import Effect
from tests.server.houses import House, house


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    mode: str = request.param
    return mode


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


def exists(onelane: House, template_id: str) -> bool:
    with onelane.database.read() as session:
        return templates.get_template(session, template_id) is not None


def person(answer: ElicitResult, asked: list[str]) -> ElicitationFnT:
    async def respond(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return answer

    return respond


@pytest.mark.parametrize("content", [{"confirm": True}, {}])
async def test_the_person_is_asked_and_agrees(
    onelane: House, era: str, template_id: str, content: dict[str, str | int | float | bool | list[str] | None]
) -> None:
    asked: list[str] = []
    agrees = person(ElicitResult(action="accept", content=content), asked)
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=agrees) as client:
        answer = await client.call_tool("delete_template", {"template_id": template_id})
    assert asked == ["Delete template 'Spring' and its 1 enrollment(s)? Its runs stay."]
    assert not answer.is_error
    assert not exists(onelane, template_id)


@pytest.mark.parametrize(
    "no",
    [
        ElicitResult(action="decline"),
        ElicitResult(action="cancel"),
        ElicitResult(action="accept", content={"confirm": False}),
    ],
    ids=["declined", "cancelled", "unticked"],
)
async def test_the_person_does_not_agree_and_nothing_is_lost(
    onelane: House, era: str, template_id: str, no: ElicitResult
) -> None:
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=person(no, [])) as client:
        answer = await client.call_tool("delete_template", {"template_id": template_id})
    assert answer.is_error
    assert text_of(answer).startswith("The person did not agree, so nothing was changed.")
    assert exists(onelane, template_id)


async def test_a_model_that_claims_a_yes_does_not_spare_the_question(
    onelane: House, era: str, template_id: str
) -> None:
    asked: list[str] = []
    declines = person(ElicitResult(action="decline"), asked)
    async with Client(build_mcp(onelane), mode=era, elicitation_callback=declines) as client:
        await client.call_tool("delete_template", {"template_id": template_id, "confirm": template_id})
    assert asked
    assert exists(onelane, template_id)


async def test_a_client_that_cannot_ask_is_told_what_to_call(onelane: House, era: str, template_id: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        first = await client.call_tool("delete_template", {"template_id": template_id})
        assert first.is_error
        assert text_of(first) == (
            "Nothing was done yet. Ask the person: Delete template 'Spring' and its 1 enrollment(s)? Its runs stay. "
            f"If they agree, call delete_template again with the same arguments and confirm='{template_id}'."
        )
        assert exists(onelane, template_id)
        wrong = await client.call_tool("delete_template", {"template_id": template_id, "confirm": "yes"})
        assert wrong.is_error
        assert exists(onelane, template_id)
        second = await client.call_tool("delete_template", {"template_id": template_id, "confirm": template_id})
    assert not second.is_error
    assert not exists(onelane, template_id)


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
        unknown = await client.call_tool("delete_template", {"template": "tpl_gone"})
    assert text_of(answer) == "There is no template 'tpl_gone'. list_templates shows what there is."
    assert "'template_id' is required." in text_of(unknown)
    assert asked == []


async def test_only_tools_that_may_ask_take_the_argument_confirm(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        listed = (await client.list_tools()).tools
        refused = await client.call_tool("list_runs", {"confirm": "x"})
    asking = {tool.name for tool in listed if "confirm" in tool.input_schema["properties"]}
    assert asking == {
        tool.name
        for tool in onelane.registry
        if tool.spec.confirm is not None or tool.spec.effect in (Effect.DESTROY, Effect.SEND)
    }
    assert refused.is_error
