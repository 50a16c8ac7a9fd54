"""A chat opens a sign-in; what the person types goes to the platform, and neither through the client nor its model."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import anyio.to_thread
import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitRequestURLParams, ElicitResult, TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.tools.registry.ports.online import Online
from tests.browsers import agree, visit
from tests.online_accounts import client_of_this_machine, settings_at
from tests.server.houses import House, house, with_services
from tests.signed_platforms import SignedX, running_x


@pytest.fixture
def x() -> Iterator[SignedX]:
    with running_x() as running:
        yield running


@pytest.fixture
def onelane(sqlite_database: Database, x: SignedX) -> Iterator[House]:
    settings = replace(settings_at(x.url), oauth_redirect_url="http://127.0.0.1:0/callback")
    online = Online(settings, client_of_this_machine)
    yield with_services(house(sqlite_database), online=online)
    online.sign_in.stop()


def connected(onelane: House) -> list[str]:
    """Which accounts signed in, once one did."""
    pause = threading.Event()
    while True:
        with onelane.database.read() as session:
            if found := [row.display_name for row in accounts.list_accounts(session)]:
                return found
        pause.wait(0.02)


def text_of(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


async def test_a_chat_is_given_the_address_and_the_account_appears(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        answer = await client.call_tool("connect_account", {"platform": "x"})
    sign_in = answer.structured_content
    assert sign_in is not None
    assert sign_in["authorize_url"] in text_of(answer)
    assert sign_in["redirect_uri"].startswith("http://127.0.0.1:")
    page = await anyio.to_thread.run_sync(lambda: visit(agree(sign_in["authorize_url"])))
    assert page.status == 200
    assert await anyio.to_thread.run_sync(connected, onelane) == ["@ada"]


async def test_a_client_that_opens_addresses_opens_this_one(onelane: House, era: str) -> None:
    async def opens(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestURLParams)
        await anyio.to_thread.run_sync(lambda: visit(agree(params.url)))
        return ElicitResult(action="accept")

    async with Client(build_mcp(onelane), mode=era, elicitation_callback=opens) as client:
        answer = await client.call_tool("connect_account", {"platform": "x", "features": ["contacts", "post"]})
    assert not answer.is_error
    assert await anyio.to_thread.run_sync(connected, onelane) == ["@ada"]


async def test_a_person_who_does_not_want_to_is_not_waited_for(onelane: House, era: str) -> None:
    shown: list[str] = []

    async def declines(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestURLParams)
        shown.append(params.url)
        return ElicitResult(action="decline")

    async with Client(build_mcp(onelane), mode=era, elicitation_callback=declines) as client:
        answer = await client.call_tool("connect_account", {"platform": "x"})
    assert answer.is_error
    assert "does not want to sign in" in text_of(answer)
    back = await anyio.to_thread.run_sync(agree, shown[0])
    with pytest.raises(ConnectionRefusedError):
        await anyio.to_thread.run_sync(visit, back)


async def test_a_second_sign_in_takes_the_place_of_the_first(onelane: House) -> None:
    async with Client(build_mcp(onelane)) as client:
        first = await client.call_tool("connect_account", {"platform": "x"})
        await client.call_tool("connect_account", {"platform": "x"})
        assert first.structured_content is not None
        back = await anyio.to_thread.run_sync(agree, first.structured_content["authorize_url"])
        with pytest.raises(ConnectionRefusedError):
            await anyio.to_thread.run_sync(visit, back)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"platform": "substack"}, "platform"),
        ({"platform": "x", "features": ["mail"]}, "X has no feature 'mail'. It has contacts, post, dm."),
    ],
)
async def test_what_can_not_be_connected_is_said(onelane: House, arguments: dict[str, object], said: str) -> None:
    async with Client(build_mcp(onelane)) as client:
        answer = await client.call_tool("connect_account", arguments)
    assert answer.is_error
    assert said in text_of(answer)


async def test_a_platform_that_does_not_know_onelane_is_told_with_the_setting(sqlite_database: Database) -> None:
    async with Client(build_mcp(house(sqlite_database))) as client:
        answer = await client.call_tool("connect_account", {"platform": "gmail"})
    assert "set its client id as ONELANE_GOOGLE_CLIENT_ID" in text_of(answer)
