"""Views in a chat: what a client that shows them is given, in both eras, and what one that does not is spared."""

import json
import re
from typing import Any

import pytest
from mcp import Client
from mcp.server.apps import APP_MIME_TYPE
from mcp_types import CallToolResult, ReadResourceResult, TextResourceContents

from onelane.server.mcp import build_mcp
from onelane.server.mcp.chat_views.fitting import MOST_BYTES, fitting
from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import RunStatus, WorkflowType, create_workflow_run
from onelane.storage.workflows.steps import StepStatus, StepType, create_workflow_step
from tests.messages import message, sequence
from tests.server.dashboard.filled import HOSTILE, Filled, fill
from tests.server.houses import House, house
from tests.server.mcp.chat_clients import SHOWS_APPS

BOARD, RUN = "ui://onelane/board.html", "ui://onelane/run.html"
MOST_DOCUMENT_BYTES = 68_000
ELSEWHERE = re.compile(r"(?:src|href)=\"(?!#)[^\"]*\"|@import|url\((?!data:)|https?://(?!www\.w3\.org)")
"""What a document would have to load from somewhere else."""


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


def text_of(read: ReadResourceResult) -> str:
    (content,) = read.contents
    assert isinstance(content, TextResourceContents)
    return content.text


def steps_in(html: str) -> set[int]:
    """The indexes of the steps that a fragment shows."""
    return {int(index) for index in re.findall(r'id="step-(\d+)"', html)}


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
            assert (
                re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"|@import|url\((?!data:)|https?://(?!www\.w3\.org)", text) == []
            )
            assert "localStorage" not in text


async def test_the_tools_point_to_their_views_where_hosts_look_today_and_looked_before(
    onelane: House, era: str
) -> None:
    async with Client(build_mcp(onelane), mode=era) as client:
        metas = {tool.name: tool.meta for tool in (await client.list_tools()).tools if tool.meta}
    assert metas == {
        name: {"ui": {"resourceUri": uri}, "ui/resourceUri": uri}
        for name, uri in {"list_runs": BOARD, "overview": BOARD, "list_outbound": BOARD, "get_run": RUN}.items()
    }


async def test_an_answer_has_its_fragment_where_the_client_shows_views(
    onelane: House, filled: Filled, era: str
) -> None:
    with onelane.database.write() as session:
        message(session, sequence(session, "Letters"), name=f"Ada {HOSTILE}", text=HOSTILE, subject=HOSTILE)
    calls: dict[str, dict[str, Any]] = {
        "overview": {},
        "list_runs": {},
        "list_outbound": {},
        "get_run": {"run_id": filled.agent},
        "list_run_steps": {"run_id": filled.runs[WorkflowType.SYNC]},
    }
    async with Client(build_mcp(onelane), mode=era, extensions=[SHOWS_APPS]) as client:
        answers = {tool: await client.call_tool(tool, given) for tool, given in calls.items()}
        drawn = set(re.findall(r'<symbol id="([^"]+)"', text_of(await client.read_resource(RUN))))
    async with Client(build_mcp(onelane), mode=era) as client:
        plain = {tool: await client.call_tool(tool, given) for tool, given in calls.items()}
    for tool, answer in answers.items():
        html = shown_in(answer)
        assert "&lt;img src=x" in html, tool
        assert "<img" not in html, tool
        assert 'data-home="http://127.0.0.1:8765"' in html, tool
        assert set(re.findall(r'<use href="#([^"]+)"', html)) <= drawn, tool
        # The text stands alone, and is the same for everybody.
        assert "onelane/view" not in (plain[tool].meta or {}), tool
        assert (answer.content, answer.structured_content) == (plain[tool].content, plain[tool].structured_content)


async def test_a_board_leads_to_the_runs_of_a_column_and_these_to_older_ones(onelane: House) -> None:
    with onelane.database.write() as session:
        for _ in range(40):
            create_workflow_run(session, workflow_type=WorkflowType.SEARCH, status=RunStatus.FAILED)
    async with Client(build_mcp(onelane), extensions=[SHOWS_APPS]) as client:
        board = shown_in(await client.call_tool("list_runs", {}))
        more = next(given for tool, given, label in buttons_in(board) if (tool, label) == ("list_runs", "More"))
        runs = shown_in(await client.call_tool("list_runs", more))
        older = next(given for _, given, label in buttons_in(runs) if label == "Older")
        last = shown_in(await client.call_tool("list_runs", older))
    assert more == {"status": "failed"}
    assert board.count('<li class="rc"') == 4
    assert "Failed runs" in runs
    shown = [re.findall(r'data-live="(run_\w+)"', page) for page in (runs, last)]
    assert not set(shown[0]) & set(shown[1])
    assert shown[1]
    assert "First" in {label for _, _, label in buttons_in(last)}


async def test_what_a_model_fills_in_without_meaning_it_changes_no_view(onelane: House, filled: Filled) -> None:
    async with Client(build_mcp(onelane), extensions=[SHOWS_APPS]) as client:
        meant = shown_in(await client.call_tool("list_runs", {}))
        filled_in = shown_in(await client.call_tool("list_runs", {"status": "null", "q": "", "template_id": None}))
        longest = shown_in(await client.call_tool("list_runs", {"sort": "longest", "page_size": 1}))
    assert filled_in == meant
    older = next(given for _, given, label in buttons_in(longest) if label == "Older")
    assert (older["sort"], older["cursor"].partition(".")[0]) == ("longest", "300")


async def test_a_run_shows_its_last_steps_and_leads_to_all_others(onelane: House) -> None:
    with onelane.database.write() as session:
        run = create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.RUNNING)
        for number in range(60):
            create_workflow_step(
                session,
                workflow_run_id=run.id,
                step_type=StepType.SYNC_PAGE,
                status=StepStatus.COMPLETED,
                output=f'{{"message": "page {number}"}}',
            )
    seen = set[int]()
    async with Client(build_mcp(onelane), extensions=[SHOWS_APPS]) as client:
        html = shown_in(await client.call_tool("get_run", {"run_id": run.id}))
        assert 'id="step-59"' in html
        while True:
            seen |= steps_in(html)
            tools = {label: (tool, given) for tool, given, label in buttons_in(html)}
            if "Earlier" not in tools:
                break
            html = shown_in(await client.call_tool(*tools["Earlier"]))
        assert seen == set(range(60))
        later = shown_in(await client.call_tool(*tools["Later"]))
    assert (
        min(map(int, re.findall(r'id="step-(\d+)"', later))) == max(map(int, re.findall(r'id="step-(\d+)"', html))) + 1
    )


async def test_a_view_shows_of_a_runs_steps_those_that_are_asked_for(onelane: House) -> None:
    with onelane.database.write() as session:
        run = create_workflow_run(session, workflow_type=WorkflowType.ENRICH, status=RunStatus.RUNNING)
        for number in range(90):
            kind = StepType.CONTACT_MERGE if number % 2 else StepType.URL_FETCH
            state = StepStatus.FAILED if number == 8 else StepStatus.COMPLETED
            create_workflow_step(session, workflow_run_id=run.id, step_type=kind, status=state)
    chip = re.compile(r'data-tool="(\w+)">((?:<input[^>]*>)*)<button class="chip" aria-pressed="(\w+)">(\w+)<')
    async with Client(build_mcp(onelane), extensions=[SHOWS_APPS]) as client:
        html = shown_in(await client.call_tool("get_run", {"run_id": run.id}))
        ways = {
            label: (tool, dict(re.findall(r'name="(\w+)" value="(\w+)"', within)), pressed)
            for tool, within, pressed, label in chip.findall(html)
        }
        assert [(label, way[2]) for label, way in ways.items()] == [
            ("All", "true"),
            ("Changes", "false"),
            ("Failed", "false"),
        ]
        failed = shown_in(await client.call_tool(*ways["Failed"][:2]))
        assert (steps_in(failed), "1 of 1" in failed) == ({8}, True)
        seen, html = set[int](), shown_in(await client.call_tool(*ways["Changes"][:2]))
        while True:
            seen |= steps_in(html)
            tools = {label: (tool, given) for tool, given, label in buttons_in(html)}
            if "Later" not in tools:
                break
            html = shown_in(await client.call_tool(*tools["Later"]))
        assert seen == set(range(1, 90, 2))
        assert steps_in(shown_in(await client.call_tool(*tools["First"]))) < seen


async def test_a_view_steers_a_run_and_approves_nothing(onelane: House, filled: Filled) -> None:
    with onelane.database.write() as session:
        letter = message(session, sequence(session, "Letters"))
    async with Client(build_mcp(onelane), extensions=[SHOWS_APPS]) as client:
        running = shown_in(await client.call_tool("get_run", {"run_id": filled.agent}))
        asking = shown_in(await client.call_tool("get_run", {"run_id": filled.asking}))
        letters = shown_in(await client.call_tool("list_outbound", {}))
    called = {tool for html in (running, asking, letters) for tool, _, _ in buttons_in(html)}
    assert called == {"control_run", "get_run", "list_outbound"}
    assert re.findall(r'name="action" value="(\w+)"', running) == ["pause", "cancel"]
    assert f'href="/dashboard/workflows/{filled.asking}#questions"' in asking
    assert f'href="/dashboard/outbound/{letter}"' in letters


async def test_a_view_has_no_button_for_a_tool_that_is_not_offered(sqlite_database: Database) -> None:
    filled = fill(sqlite_database)
    reading = build_mcp(house(sqlite_database, read_only=True))
    async with Client(reading, extensions=[SHOWS_APPS]) as client:
        html = shown_in(await client.call_tool("get_run", {"run_id": filled.agent}))
    assert {tool for tool, _, _ in buttons_in(html)} == {"get_run"}
    few = build_mcp(house(sqlite_database), toolsets=["overview"])
    async with Client(few, extensions=[SHOWS_APPS]) as client:
        html = shown_in(await client.call_tool("overview", {}))
        assert {str(each.uri) for each in (await client.list_resources()).resources} >= {BOARD}
        assert RUN not in {str(each.uri) for each in (await client.list_resources()).resources}
    assert {tool for tool, _, _ in buttons_in(html)} == {"overview"}


async def test_a_refused_call_has_its_words_and_no_view(onelane: House, era: str) -> None:
    async with Client(build_mcp(onelane), mode=era, extensions=[SHOWS_APPS]) as client:
        answer = await client.call_tool("get_run", {"run_id": "run_gone"})
    assert answer.is_error
    assert "onelane/view" not in (answer.meta or {})


async def test_a_fragment_stays_short_whatever_strangers_wrote(onelane: House) -> None:
    loud = "<&\"'" * 2000
    with onelane.database.write() as session:
        template = sequence(session, "Letters")
        for _ in range(12):
            message(session, template, text=loud, subject=loud[:900])
        runs = [
            create_workflow_run(
                session,
                workflow_type=WorkflowType.AGENT,
                status=RunStatus.FAILED,
                config=json.dumps({"goal": loud}),
                status_reason=loud,
                model="m",
            )
            for _ in range(20)
        ]
        for _ in range(30):
            create_workflow_step(
                session,
                workflow_run_id=runs[0].id,
                step_type=StepType.THINKING,
                status=StepStatus.COMPLETED,
                output=json.dumps({"thinking": loud}),
            )
    async with Client(build_mcp(onelane), extensions=[SHOWS_APPS]) as client:
        for tool, given in (
            ("overview", {}),
            ("list_runs", {}),
            ("list_runs", {"status": "failed", "q": "<&"}),
            ("list_outbound", {}),
            ("get_run", {"run_id": runs[0].id}),
        ):
            shown_in(await client.call_tool(tool, given))


def test_what_fits_is_found_in_few_tries() -> None:
    tried: list[int] = []

    def render(count: int) -> str:
        tried.append(count)
        return "x" * (1000 + 900 * count)

    made = fitting(render, 100)
    assert made is not None
    assert MOST_BYTES - 2000 < len(made) <= MOST_BYTES
    assert len(tried) <= 4
    assert fitting(lambda count: "x" * (MOST_BYTES + 1 + count), 5) is None
