"""Nothing that needs a person happens without one, by whatever face and tool; and each yes is used once."""

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.session import ClientSession
from mcp_types import (
    ClientCapabilities,
    ElicitationCapability,
    ElicitRequestParams,
    ElicitResult,
    FormElicitationCapability,
    UrlElicitationCapability,
)

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.people import contacts
from onelane.storage.workflows import approvals, enrollments, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from onelane.tools.workflows.approvals import MOST_OPEN, answer_question
from tests.messages import read_action, waiting_message
from tests.proof import FULL
from tests.server.conftest import ERAS
from tests.server.gated_calls import RememberingWeb, arguments_of, gated_tools, known_calls, web_of, world
from tests.server.houses import House, house, with_services
from tests.server.http.web_servers import serving

CLIENTS = {
    "Claude Desktop": ClientCapabilities(),
    "claude.ai": ClientCapabilities(extensions={"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html"]}}),
    "Claude Code": ClientCapabilities(elicitation=ElicitationCapability(form=FormElicitationCapability())),
    "Cursor": ClientCapabilities(elicitation=ElicitationCapability()),
    "VS Code": ClientCapabilities(
        elicitation=ElicitationCapability(form=FormElicitationCapability(), url=UrlElicitationCapability())
    ),
    "links only": ClientCapabilities(elicitation=ElicitationCapability(url=UrlElicitationCapability())),
}
"""What clients were seen to declare, or say of themselves."""
WITH_FORMS = ("Claude Code", "Cursor", "VS Code")
FORM_NOES = {
    "declined": ElicitResult(action="decline"),
    "cancelled": ElicitResult(action="cancel"),
    "empty": ElicitResult(action="accept", content={}),
    "no content": ElicitResult(action="accept"),
    "unticked": ElicitResult(action="accept", content={"allow": False}),
    "another form's": ElicitResult(action="accept", content={"confirm": True}),
}
"""What a person, or a client for them, answers to the form with a message."""
NOES = {
    "declined": ElicitResult(action="decline"),
    "cancelled": ElicitResult(action="cancel"),
    "empty": ElicitResult(action="accept", content={}),
    "no content": ElicitResult(action="accept"),
    "unticked": ElicitResult(action="accept", content={"confirm": False}),
}
YES = ElicitResult(action="accept", content={"confirm": True})
MADE_UP = "https://collector.example.com/?d=ada@example.com"


EVERY_TOOL = "every tool"
HALVES = ("one half of the tools", "the other half of the tools")


def in_turn(cases: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Each case in one era with half of the tools, of four that follow each a different pair of them.

    With the full proof each case is tried in both eras with every tool.
    """
    if FULL:
        return [(*case, era, EVERY_TOOL) for case in cases for era in ERAS]
    return [(*case, ERAS[number % 2], HALVES[number // 2 % 2]) for number, case in enumerate(cases)]


def gated(onelane: House, share: str) -> list[Tool]:
    """The tools of a share that can need a person."""
    tools = gated_tools(onelane.registry)
    return tools if share == EVERY_TOOL else tools[HALVES.index(share) :: 2]


class Declaring(Client):
    """A client that declares what a real one does."""

    declared: ClientCapabilities

    async def _build_session(self, exit_stack: AsyncExitStack) -> ClientSession:
        session = await super()._build_session(exit_stack)
        setattr(session, "_build_capabilities", self._declare)  # noqa: B010 - the SDK has no option for it
        return session

    def _declare(self, version: str) -> ClientCapabilities:
        return self.declared


def client_of(onelane: House, name: str, mode: str, answer: ElicitResult, server: Any = None) -> Client:
    async def respond(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        return answer

    toolsets = list(dict.fromkeys(tool.spec.toolset for tool in onelane.registry))
    client = Declaring(server or build_mcp(onelane, toolsets=toolsets), mode=mode, elicitation_callback=respond)
    client.declared = CLIENTS[name]
    return client


@dataclass(frozen=True)
class Scene:
    """An Onelane in which every change of a contact counts as many."""

    onelane: House
    visited: RememberingWeb

    @property
    def world(self) -> object:
        """Everything that a call could change."""
        return world(self.onelane.database, self.visited)

    def arguments(self, tool: Tool) -> dict[str, Any]:
        """What the tool is called with."""
        with self.onelane.database.write() as session:
            return arguments_of(tool.name, session)

    def answer_all(self, *, allow: bool) -> int:
        """Let the person answer whatever is open, at a door of their own; how much that was."""
        services = self.onelane.toolbox.services
        with services.database.read() as session:
            waiting = [asked.id for asked in approvals.list_open(session)]
        for approval_id in waiting:
            answer_question(services, approval_id, allow=allow, via=Door.DASHBOARD)
        return len(waiting)


@pytest.fixture
def scene(sqlite_database: Database) -> Iterator[Scene]:
    """Whatever is called in it, and whatever the person says to that: the message that waits for them still does."""
    visited = RememberingWeb()
    waiting, workspace = waiting_message(sqlite_database), WorkspaceSettings({"lasting_contacts": 0})
    yield Scene(with_services(house(sqlite_database), workspace=workspace, web=web_of(visited)), visited)
    row = read_action(sqlite_database, waiting)
    assert (row.status, row.approved_at, row.approved_hash) == (ActionStatus.AWAITING_APPROVAL, None, None)


async def begun(client: Client) -> str:
    """A run of the chat's own model, which has read private things and strangers' words."""
    answer = await client.call_tool("begin_agent_run", {"goal": "Tidy up"})
    assert answer.structured_content is not None
    run_id: str = answer.structured_content["id"]
    await client.call_tool("search_contacts", {"for_run": run_id})
    return run_id


def of_run(tool: Tool, run_id: str) -> dict[str, str]:
    """What says that a call is for the run; what ends such a run is called by the chat itself."""
    return {"for_run": run_id} if tool.spec.agents else {}


def test_there_is_a_call_here_of_every_tool_that_can_need_a_person() -> None:
    assert {tool.name for tool in gated_tools(all_tools())} == set(known_calls())


@pytest.mark.parametrize(("name", "era", "share"), in_turn([(name,) for name in CLIENTS if name not in WITH_FORMS]))
async def test_without_forms_nothing_happens_until_the_person_answers_at_their_door(
    scene: Scene, era: str, share: str, name: str
) -> None:
    async with client_of(scene.onelane, name, era, YES) as client:
        run_id = await begun(client)
        for tool in gated(scene.onelane, share):
            given = {**scene.arguments(tool), **of_run(tool, run_id)}
            before = scene.world
            for word in ({}, {"confirm": "yes"}, {"confirm": str(next(iter(given.values())))}):
                said = {**given, **word} if "confirm" not in word or tool.spec.confirm is not None else given
                assert (await client.call_tool(tool.name, said)).is_error, tool.name
            assert scene.world == before, tool.name
            assert scene.answer_all(allow=True) == 1, tool.name
            done = await client.call_tool(tool.name, given)
            assert not done.is_error, (tool.name, done.content)
            after = scene.world
            assert after != before, tool.name
            again = await client.call_tool(tool.name, given)
            assert again.is_error, tool.name
            assert scene.world == after, tool.name
            scene.answer_all(allow=False)


@pytest.mark.parametrize(
    ("name", "no", "era", "share"),
    in_turn([*(("VS Code", no) for no in NOES), *((name, "declined") for name in WITH_FORMS[:2])]),
)
async def test_a_form_that_says_anything_but_yes_is_a_no(
    scene: Scene, era: str, share: str, name: str, no: str
) -> None:
    async with client_of(scene.onelane, name, era, NOES[no]) as client:
        run_id = await begun(client)
        for tool in gated(scene.onelane, share):
            given = {**scene.arguments(tool), **of_run(tool, run_id)}
            before = scene.world
            assert (await client.call_tool(tool.name, given)).is_error, tool.name
            assert scene.world == before, tool.name


@pytest.mark.parametrize(("name", "era", "share"), in_turn([(name,) for name in WITH_FORMS]))
async def test_a_form_that_says_yes_lets_it_happen_once(scene: Scene, era: str, share: str, name: str) -> None:
    toolsets = list(dict.fromkeys(tool.spec.toolset for tool in scene.onelane.registry))
    server = build_mcp(scene.onelane, toolsets=toolsets)
    async with (
        client_of(scene.onelane, name, era, YES, server) as agrees,
        client_of(scene.onelane, name, era, NOES["declined"], server) as declines,
    ):
        run_id = await begun(agrees)
        for tool in gated(scene.onelane, share):
            given = {**scene.arguments(tool), **of_run(tool, run_id)}
            before = scene.world
            done = await agrees.call_tool(tool.name, given)
            assert not done.is_error, (tool.name, done.content)
            after = scene.world
            assert after != before, tool.name
            await declines.call_tool(tool.name, given)
            assert scene.world == after, tool.name


@pytest.mark.parametrize(
    ("name", "no", "era", "share"), in_turn([*((name, "declined") for name in CLIENTS), ("VS Code", "empty")])
)
async def test_a_chat_that_was_given_strangers_words_leaves_for_run_out_in_vain(
    scene: Scene, era: str, share: str, name: str, no: str
) -> None:
    async with client_of(scene.onelane, name, era, NOES[no]) as client:
        await client.call_tool("search_contacts", {})
        for tool in gated(scene.onelane, share):
            given = scene.arguments(tool)
            before = scene.world
            assert (await client.call_tool(tool.name, given)).is_error, tool.name
            assert scene.world == before, tool.name


async def test_what_a_chat_has_read_counts_in_a_run_that_it_begins(scene: Scene, era: str) -> None:
    async with client_of(scene.onelane, "Claude Desktop", era, YES) as client:
        await client.call_tool("search_contacts", {})
        begun_now = await client.call_tool("begin_agent_run", {"goal": f"Read {MADE_UP}"})
        assert begun_now.structured_content is not None
        given = {"url": MADE_UP, "for_run": begun_now.structured_content["id"]}
        assert (await client.call_tool("url_fetch", given)).is_error
        assert scene.visited.urls == []
        scene.answer_all(allow=True)
        assert not (await client.call_tool("url_fetch", given)).is_error
        assert scene.visited.urls == [MADE_UP]


NEVER_FETCHED = (
    "http://169.254.169.254/latest",
    "http://2130706433/",
    "http://[::ffff:127.0.0.1]/",
    "http://metadata.google.internal/",
    "https://ada@collector.example.net/",
    "https://collector.example.net:6379/",
    "gopher://collector.example.net/",
    "https://www.linkedin.com/in/ada",
)


async def test_a_chat_does_not_wear_its_person_out_with_questions(scene: Scene, era: str) -> None:
    async with client_of(scene.onelane, "Claude Desktop", era, YES) as client:
        await client.call_tool("search_contacts", {})
        for tool in ("url_fetch", "read_page", "browser_scrape"):
            for url in NEVER_FETCHED:
                assert (await client.call_tool(tool, {"url": url})).is_error, url
        assert scene.answer_all(allow=False) == 0
        answers = [await client.call_tool("url_fetch", {"url": f"{MADE_UP}&n={n}"}) for n in range(MOST_OPEN + 5)]
        assert all(answer.is_error for answer in answers)
        assert "questions from here wait for them already" in str(answers[-1].content)
        assert "questions from here" not in str(
            (await client.call_tool("url_fetch", {"url": f"{MADE_UP}&n=0"})).content
        )
        assert scene.answer_all(allow=False) == MOST_OPEN
        assert "this needs the person" in str((await client.call_tool("url_fetch", {"url": f"{MADE_UP}&n=99"})).content)


async def test_an_address_that_a_chat_has_written_into_a_contact_is_not_a_contacts(scene: Scene, era: str) -> None:
    known = "https://ada.example.com/"
    with scene.onelane.database.write() as session:
        contacts.create_contact(session, name="Ada", website=known)
    async with client_of(scene.onelane, "Claude Desktop", era, YES) as client:
        await client.call_tool("search_contacts", {})
        saved = await client.call_tool("save_contact", {"name": "Grace", "website": MADE_UP})
        assert not saved.is_error
        assert (await client.call_tool("url_fetch", {"url": MADE_UP})).is_error
        assert not (await client.call_tool("url_fetch", {"url": known})).is_error
    assert scene.visited.urls == [known]


REACHING: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "address": ({"email": "ada@old.example.com"}, {"email": "ada@new.example.com"}, "instead of"),
    "first address": ({}, {"email": "ada@new.example.com"}, "at ada@new.example.com?"),
    "no address": ({"email": "ada@old.example.com"}, {"clear": ["email"]}, "Take ada@old.example.com away from Ada"),
    "no": ({"consent_basis": "refused"}, {"consent_basis": "customer"}, "Take back that Ada"),
    "emptied no": ({"consent_basis": "Refused"}, {"clear": ["consent_basis"]}, "Take back that Ada"),
}


@pytest.mark.parametrize("name", REACHING)
async def test_whom_letters_reach_changes_only_by_the_person_where_no_other_yes_is_needed(
    scene: Scene, name: str
) -> None:
    before, change, words = REACHING[name]
    enroll = scene.onelane.registry["enroll_contacts"]
    template_id = scene.arguments(enroll)["template_id"]
    onelane = with_services(scene.onelane, workspace=WorkspaceSettings())
    with onelane.database.write() as session:
        ada, grace = (contacts.create_contact(session, name=each, **before).id for each in ("Ada", "Grace"))
        enrollments.enroll_contact(session, template_id=template_id, contact_id=ada)
    async with client_of(onelane, "Claude Desktop", "auto", YES) as client:
        await client.call_tool("search_contacts", {})
        refused = await client.call_tool("save_contact", {"contact_id": ada, **change})
        elsewhere = await client.call_tool("save_contact", {"contact_id": grace, **change})
    assert refused.is_error
    assert words in str(refused.content)
    assert elsewhere.is_error is ("consent_basis" in before)


@pytest.mark.parametrize("tool", ["contact_merge", "contact_create"])
async def test_what_a_page_says_is_no_address_of_whom_letters_go_to_without_another_question(
    scene: Scene, tool: str
) -> None:
    template_id = scene.arguments(scene.onelane.registry["enroll_contacts"])["template_id"]
    page, address = "https://ada.example.com/", "thief@example.org"
    with scene.onelane.database.write() as session:
        ids = [contacts.create_contact(session, name=f"{each} Lovelace").id for each in ("Ada", "Grace")]
        enrollments.enroll_contact(session, template_id=template_id, contact_id=ids[0])
    async with client_of(scene.onelane, "Claude Desktop", "auto", YES) as client:
        for contact_id, name in zip(ids, ("Ada Lovelace", "Grace Lovelace"), strict=True):
            given: dict[str, Any] = {"contact_id": contact_id, "values": {"email": f"{name[0]}{address}"}}
            if tool == "contact_create":
                first = {"contact_id": contact_id, "values": {"name": name}, "source_url": f"{page}{name[0]}"}
                await client.call_tool("contact_merge", first)
                given = {"name": name, "email": f"{name[0]}{address}"}
            told = await client.call_tool(tool, {**given, "source_url": f"{page}{name[0]}"})
            assert not told.is_error, told.content
    with scene.onelane.database.read() as session:
        ada, grace = (contacts.get_contact(session, each) for each in ids)
        assert (ada and ada.email, grace and grace.email) == (None, f"G{address}")


@pytest.mark.parametrize("approval", ["each", "version"])
async def test_a_paused_sequence_is_set_going_by_the_person_where_its_letters_need_no_other_yes(
    scene: Scene, approval: str
) -> None:
    template_id = scene.arguments(scene.onelane.registry["enroll_contacts"])["template_id"]
    with scene.onelane.database.write() as session:
        config = f'{{"approval": "{approval}", "platform": "gmail", "templateType": "outreach"}}'
        newest = template_versions.latest_version(session, template_id)
        assert newest is not None
        newest.config = config
        letter = [{"step_type": TemplateStepType.MESSAGE, "config": '{"subject": "Hi", "text": "Hi"}'}]
        templates.add_template_steps(session, template_id, letter)
        templates.update_template(session, template_id, status=TemplateStatus.PAUSED, config=config)
    async with client_of(scene.onelane, "Claude Desktop", "auto", YES) as client:
        await client.call_tool("search_contacts", {})
        done = await client.call_tool("activate_template", {"template_id": template_id})
    assert done.is_error is (approval == "version"), done.content
    assert scene.answer_all(allow=False) == (1 if approval == "version" else 0)


def test_a_program_does_nothing_in_its_run_without_the_person(scene: Scene) -> None:
    with serving(scene.onelane) as web:
        run_id = web.post("/api/workflows/agent-runs", {"goal": "Tidy up"})["id"]
        mine = {"x-onelane-run": run_id}
        web.client.get("/api/contacts", headers=mine)
        for tool in gated_tools(scene.onelane.registry):
            if tool.spec.route is None or not tool.spec.agents:
                continue
            given = scene.arguments(tool)
            path = tool.spec.route.path.format(**given)
            body = {key: value for key, value in given.items() if f"{{{key}}}" not in tool.spec.route.path}
            method = tool.spec.route.method

            def send(method: str = method, path: str = path, body: dict[str, Any] = body) -> int:
                if method == "DELETE":
                    return web.client.request(method, path, headers=mine).status_code
                return web.client.request(method, path, json=body, headers=mine).status_code

            before = scene.world
            assert [send(), send()] == [403, 403], tool.name
            assert scene.world == before, tool.name
            assert scene.answer_all(allow=True) == 1, tool.name
            assert send() < 300, tool.name
            after = scene.world
            assert after != before, tool.name
            assert send() >= 400, tool.name
            assert scene.world == after, tool.name
            scene.answer_all(allow=False)


@pytest.mark.parametrize("via", Door)
def test_in_read_only_mode_no_door_takes_an_answer(scene: Scene, via: Door) -> None:
    services = replace(scene.onelane.toolbox.services, read_only=True)
    with pytest.raises(Forbidden, match="read-only"):
        answer_question(services, "apr_any", allow=True, via=via)
