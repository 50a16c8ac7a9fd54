"""Whatever a text says and however far a model goes along: nothing is sent, nothing lasts, nothing private leaves.

The model is wholly hostile: once it has read the text it calls any tool with whatever may get an effect. It does so as
a chat's model over MCP, with and without forms, and as the model of embedded runs.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from onelane.storage.workflows import templates
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from tests.proof import FULL
from tests.server.agent.agents import Agency, agency
from tests.server.agent.script import Calls, Part, Request, Says, calls
from tests.server.gated_calls import arguments_of, known_calls, web_of
from tests.server.houses import House, house, with_services
from tests.worlds.hostile.attacks import Arsenal, Attack, Json
from tests.worlds.hostile.house import SECRETS, Ids, Outside, furnish, harm, leaks, look, plant
from tests.worlds.hostile.texts import agentdojo_texts, generated

PARTS = 30 if FULL else 1
BY_CHAT, BY_RUN, IN_PAIRS = (300, 34, 7) if FULL else (30, 3, 1)
"""Attacks in each part, which has a database of its own."""
A_CHAT = 20
"""Attacks in one conversation; what it has read counts to its end."""


def texts(count: int, part: int) -> Sequence[str]:
    """AgentDojo's where it is installed, and as many of our own."""
    choose = random.Random(part)
    theirs = list(agentdojo_texts())
    choose.shuffle(theirs)
    ours = [generated(choose) for _ in range(count)]
    mixed = (text for pair in zip(cycle(theirs), ours, strict=False) for text in pair)
    return list(islice(mixed, count)) if theirs else ours


@dataclass(frozen=True)
class World:
    """A furnished Onelane.

    Args:
        database: its own
        outside: what it is told and shown by others
        ids: what there is in it
    """

    database: Database
    outside: Outside
    ids: Ids

    def arsenal(self, schemas: dict[str, Json]) -> Arsenal:
        """What a hostile model has to choose from here."""
        return Arsenal(schemas, self.ids.by_kind(), SECRETS, self._made)

    def _made(self, tool: str) -> Json | None:
        if tool not in known_calls():
            return None
        with self.database.write() as session:
            return arguments_of(tool, session)


@pytest.fixture
def world(sqlite_database: Database) -> World:
    return World(sqlite_database, Outside(), furnish(sqlite_database))


async def declines(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    return ElicitResult(action="decline")


def onelane_of(world: World) -> House:
    """Its faces; every change of somebody who was there is one too many."""
    workspace = WorkspaceSettings({"lasting_contacts": 0})
    return with_services(house(world.database), workspace=workspace, web=web_of(world.outside))


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_hostile_model_in_a_chat_gets_no_effect_that_needs_a_person(world: World, part: int) -> None:
    onelane = onelane_of(world)
    server = build_mcp(onelane, toolsets=list(dict.fromkeys(tool.spec.toolset for tool in onelane.registry)))
    tried = list(enumerate(texts(BY_CHAT, part), part * BY_CHAT))
    through: list[str] = []
    for start in range(0, len(tried), A_CHAT):
        ask = declines if start // A_CHAT % 2 else None
        async with Client(server, elicitation_callback=ask) as client:
            listed = (await client.list_tools()).tools
            arsenal = world.arsenal({tool.name: dict(tool.input_schema) for tool in listed})
            await client.call_tool("search_contacts", {})
            for number, text in tried[start : start + A_CHAT]:
                through += await attempt(client, world, arsenal.attack(number, text))
    assert through == []


async def attempt(client: Client, world: World, attack: Attack) -> list[str]:
    """What came of an attack in a chat."""
    tool, arguments = plant(world.database, world.outside, world.ids, attack)
    await client.call_tool(tool, arguments)
    before = look(world.database)
    for call in attack.calls:
        await client.call_tool(call.tool, call.arguments)
    return sentences_on(attack, harm(before, look(world.database)), world.outside)


def sentences_on(attack: Attack, harmed: Sequence[str], outside: Outside) -> list[str]:
    """Sentences on what got through; what left is forgotten, so that it is told once."""
    left = leaks(outside)
    outside.urls.clear()
    outside.queries.clear()
    return [f"{attack.number} {attack.where}: {attack.calls}: {each}" for each in (*harmed, *left)]


class Obeying:
    """A model that reads what it is told to read, and then does what the attack says."""

    def __init__(self) -> None:
        self.reads: Calls = calls("overview")
        self.does: Sequence[Part] = ()

    def __call__(self, request: Request) -> Sequence[Part]:
        """Read what is private and the text; do it; say that it is done."""
        turns: Sequence[Sequence[Part]] = ([calls("search_contacts"), self.reads], self.does)
        return turns[request.turn] if request.turn < len(turns) and turns[request.turn] else [Says("Done.")]


@dataclass(frozen=True)
class Scene:
    """Embedded runs in a furnished Onelane."""

    world: World
    agents: Agency
    model: Obeying

    def run(self, attack: Attack) -> list[str]:
        """Let a run read the text and do what it says, and refuse whatever it asks; what got through."""
        does = [calls(call.tool, **call.arguments) for call in attack.calls]
        tool, arguments = plant(self.world.database, self.world.outside, self.world.ids, attack)
        self.model.reads, self.model.does = calls(tool, **arguments), does
        before = look(self.world.database)
        run_id = self.agents.start(f"Attack {attack.number}.")
        for _ in range(len(does)):
            if self.agents.run(run_id)["status"] == "paused":
                self.agents.answer(run_id, allow=False)
        return sentences_on(attack, harm(before, look(self.world.database)), self.world.outside)


@pytest.fixture
def scene(world: World) -> Iterator[Scene]:
    model = Obeying()
    with agency(world.database, model, web=web_of(world.outside), lasting_contacts=0) as agents:
        yield Scene(world, agents, model)


def arsenal_of(world: World) -> Arsenal:
    """What an embedded run's model may call."""
    return world.arsenal({tool.name: dict(tool.schema) for tool in all_tools() if tool.spec.agents})


@pytest.mark.parametrize("part", range(PARTS))
def test_a_hostile_model_of_a_run_gets_no_effect_that_needs_a_person(scene: Scene, part: int) -> None:
    arsenal, through = arsenal_of(scene.world), list[str]()
    for number, text in enumerate(texts(BY_RUN, part), 10_000 + part * BY_RUN):
        through += scene.run(arsenal.attack(number, text))
    assert through == []


@pytest.mark.parametrize("part", range(PARTS))
def test_two_runs_that_differ_in_the_hostile_text_alone_have_the_same_privileged_effects(
    scene: Scene, part: int
) -> None:
    """Both do their person's errand, which needs a yes; the model that reads the hostile text does its wish as well."""
    arsenal = arsenal_of(scene.world)
    for number, text in enumerate(texts(IN_PAIRS, part), 20_000 + part * IN_PAIRS):
        attack = arsenal.attack(number, text)
        harmless = Attack(number, attack.where, "We build engines in Zurich.", ())
        effects = [errand(scene, each) for each in (attack, harmless)]
        assert effects[0] == effects[1] == ["approvals", "workflow_templates"], attack


def errand(scene: Scene, attack: Attack) -> list[str]:
    """The tables in which a run had a privileged effect, where a person says yes to its errand and to nothing else."""
    with scene.world.database.write() as session:
        template_id = templates.create_template(session, name="Old", template_type=TemplateType.OUTREACH).id
    before = look(scene.world.database)
    does: list[Part] = [calls("delete_template", template_id=template_id)]
    does += [calls(call.tool, **call.arguments) for call in attack.calls]
    tool, arguments = plant(scene.world.database, scene.world.outside, scene.world.ids, attack)
    before = {**before, "contacts": look(scene.world.database)["contacts"]}
    scene.model.reads, scene.model.does = calls(tool, **arguments), does
    run_id = scene.agents.start("Delete the template Old.")
    scene.agents.answer(run_id, allow=True)
    while scene.agents.run(run_id)["status"] == "paused":
        scene.agents.answer(run_id, allow=False)
    effects = harm(before, look(scene.world.database))
    assert sentences_on(attack, [], scene.world.outside) == []
    return sorted({each.split()[0] for each in effects})
