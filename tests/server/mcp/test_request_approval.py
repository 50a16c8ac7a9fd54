"""`request_approval` shows the person messages; only what they say in the form lets one go."""

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import Via
from onelane.tools.outreach.outbound import decisions
from onelane.tools.registry.short_ids import with_short_ids
from tests.messages import message, read_action, sequence, status_of
from tests.server.houses import House, house
from tests.server.mcp.test_confirmation import text_of
from tests.server.test_gate import CLIENTS, FORM_NOES, WITH_FORMS, client_of

YES = ElicitResult(action="accept", content={"allow": True})
WAITS = ActionStatus.AWAITING_APPROVAL


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
def waiting(onelane: House) -> list[str]:
    """Three messages that wait."""
    with onelane.database.write() as session:
        template = sequence(session)
        return [message(session, template, name, text=f"Dear {name}") for name in ("Ada Byron", "Grace H", "Alan T")]


async def test_without_forms_it_says_where_the_person_decides(onelane: House, waiting: list[str], era: str) -> None:
    server = build_mcp(onelane)
    for name in (each for each in CLIENTS if each not in WITH_FORMS):
        async with client_of(onelane, name, era, YES, server) as client:
            answer = await client.call_tool("request_approval", {"action_ids": waiting})
        assert answer.is_error, name
        assert f"onelane outbound approve {' '.join(with_short_ids(each) for each in waiting)}" in text_of(answer)
        assert onelane.settings.page_url in text_of(answer)
    assert {status_of(onelane.database, each) for each in waiting} == {WAITS}


async def test_a_form_that_says_anything_but_yes_leaves_the_message(
    onelane: House, waiting: list[str], era: str
) -> None:
    server = build_mcp(onelane)
    for name, no in [*(("VS Code", no) for no in FORM_NOES), *((name, "declined") for name in WITH_FORMS[:2])]:
        async with client_of(onelane, name, era, FORM_NOES[no], server) as client:
            answer = await client.call_tool("request_approval", {"action_ids": waiting[:2]})
        assert answer.structured_content is not None, no
        assert answer.structured_content["counts"] == {"left": 2}, no
    assert {status_of(onelane.database, each) for each in waiting} == {WAITS}


async def test_each_message_has_a_form_of_its_own_with_the_whole_text_and_nothing_filled_in(
    onelane: House, waiting: list[str], era: str
) -> None:
    asked: list[ElicitRequestParams] = []

    async def respond(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params)
        if "Ada" in params.message:
            return YES
        return ElicitResult(
            action="accept", content={"allow": False, "reason": "Too cold."} if "Alan" in params.message else {}
        )

    async with Client(build_mcp(onelane), mode=era, elicitation_callback=respond) as client:
        answer = await client.call_tool("request_approval", {"action_ids": [*waiting, waiting[0], "out_gone"]})
    assert len(asked) == 3
    assert all(
        f"Dear {name}" in each.message for name, each in zip(("Ada Byron", "Grace H", "Alan T"), asked, strict=True)
    )
    for each in asked:
        schema = each.model_dump(by_alias=True)["requestedSchema"]
        assert schema["required"] == ["allow"]
        assert "default" not in schema["properties"]["allow"]
    assert answer.structured_content is not None
    outcomes = [each["outcome"] for each in answer.structured_content["data"]]
    assert outcomes == ["approved", "left", "left", "not_found"]
    assert "The person said: Too cold." in text_of(answer)
    row = read_action(onelane.database, waiting[0])
    assert (row.status, row.approved_via, row.approved_hash) == (
        ActionStatus.APPROVED,
        Door.ELICITATION,
        row.content_hash,
    )
    assert [status_of(onelane.database, each) for each in waiting[1:]] == [WAITS, WAITS]


async def test_a_message_that_changes_while_it_is_shown_is_not_approved(
    onelane: House, waiting: list[str], era: str
) -> None:
    async def change_then_agree(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        if "Sell" in params.message:
            return ElicitResult(action="decline")
        decisions.edit_message(onelane.toolbox.services, waiting[0], subject=None, text="Sell everything", via=Door.CLI)
        return YES

    async with Client(build_mcp(onelane), mode=era, elicitation_callback=change_then_agree) as client:
        await client.call_tool("request_approval", {"action_ids": waiting[:1]})
    assert status_of(onelane.database, waiting[0]) is WAITS


async def test_what_a_model_says_besides_is_refused(onelane: House, waiting: list[str]) -> None:
    claims: tuple[dict[str, object], ...] = (
        {"action_ids": []},
        {"allow": True},
        {"confirm": "yes"},
        {"hash": "x"},
        {"action_ids": [f"out_{n}" for n in range(11)]},
    )
    async with client_of(onelane, "VS Code", "auto", YES) as client:
        for more in claims:
            answer = await client.call_tool("request_approval", {"action_ids": waiting, **more})
            assert answer.is_error, more
    assert {status_of(onelane.database, each) for each in waiting} == {WAITS}


async def test_while_outbound_is_stopped_nobody_is_asked(onelane: House, waiting: list[str]) -> None:
    with onelane.database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.CLI, reason=SwitchReason.MANUAL)
    async with client_of(onelane, "VS Code", "auto", YES) as client:
        answer = await client.call_tool("request_approval", {"action_ids": waiting})
    assert answer.is_error
    assert "onelane outbound start" in text_of(answer)
