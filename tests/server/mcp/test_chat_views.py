"""Views in a chat: what a client that shows them is given, in both eras, and what one that does not is spared."""

import re
from typing import Any

import pytest
from mcp import Client
from mcp.client import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp_types import CallToolResult, TextContent, TextResourceContents

from onelane.server.mcp import build_mcp
from onelane.server.mcp.chat_views.documents import document
from onelane.server.mcp.chat_views.fitting import MOST_BYTES, fitting
from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import RunStatus, WorkflowType, create_workflow_run
from onelane.storage.workflows.steps import StepStatus, StepType, create_workflow_step
from tests.server.dashboard.filled import HOSTILE, Filled, fill
from tests.server.houses import House, house

BOARD, RUN = "ui://onelane/board.html", "ui://onelane/run.html"
SHOWS_APPS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
MOST_DOCUMENT_BYTES = 68_000


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    return house(sqlite_database)


@pytest.fixture
def filled(onelane: House) -> Filled:
    return fill(onelane.database, HOSTILE)


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    mode: str = request.param
    return mode


def shown_in(answer: CallToolResult) -> str:
    """The fragment of an answer."""
    assert answer.meta is not None, answer.content
    html: str = answer.meta["onelane/view"]["html"]
    assert len(html.encode()) <= MOST_BYTES
    return html


def buttons_in(html: str) -> list[tuple[str, dict[str, str], str]]:
    """The tools that a fragment's buttons call, with what they are given and what stands on the button."""
    forms = re.findall(r'<form[^>]* data-tool="(\w+)"[^>]*>(.*?)</form>', html, re.DOTALL)
    return [
        (tool, dict(re.findall(r'name="(\w+)" value="([^"]*)"', within)), label.strip())
        for tool, within in forms
        for label in re.findall(r"</svg>([^<]+)</button>", within)
    ]


async def test_the_views_are_listed_and_read_as_documents_that_need_nothing_else(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        listed = {str(each.uri): each for each in (await client.list_resources()).resources}
        for uri in (BOARD, RUN):
            (content,) = (await client.read_resource(uri)).contents
            assert isinstance(content, TextResourceContents)
            assert listed[uri].mime_type == content.mime_type == APP_MIME_TYPE
            text = content.text
            assert len(text.encode()) <= MOST_DOCUMENT_BYTES, len(text.encode())
            assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"|@import|url\((?!data:)|https?://(?!www\.w3\.org)", text) == []
            assert "localStorage" not in text


async def test_the_tools_point_to_their_views_where_hosts_of_today_and_older_ones_look(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        told = {tool.name: tool.meta for tool in (await client.list_tools()).tools if tool.meta}
    assert told == {
        name: {"ui": {"resourceUri": uri}, "ui/resourceUri": uri}
        for name, uri in {"list_runs": BOARD, "overview": BOARD, "list_outbound": BOARD, "get_run": RUN}.items()
    }


async def test_an_answer_has_its_fragment_where_the_client_shows_views(
    onelane: House, filled: Filled, era: str
) -> None:
    calls: dict[str, dict[str, Any]] = {
        "overview": {},
        "list_runs": {},
        "list_outbound": {},
        "get_run": {"run_id": filled.agent},
        "list_run_steps": {"run_id": filled.agent},
    }
    async with Client(build_mcp(onelane), mode=era, extensions=[SHOWS_APPS]) as client:
        answers = {tool: await client.call_tool(tool, given) for tool, given in calls.items()}
    async with Client(build_mcp(onelane), mode=era) as client:
        plain = {tool: await client.call_tool(tool, given) for tool, given in calls.items()}
    for tool, answer in answers.items():
        html = shown_in(answer)
        assert "<img" not in html
        assert 'data-home="http://127.0.0.1:8765"' in html
        # Text stands alone, and is the same for everybody.
        assert not (plain[tool].meta or {}).get("onelane/view")
        assert (answer.content, answer.structured_content) == (plain[tool].content, plain[tool].structured_content)
