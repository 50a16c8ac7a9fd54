"""What a chat has read goes on in the runs whose settings it writes, by whatever way they start."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.workflows import approvals, runs, schedules
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.formats.records import Owner
from onelane.tools.registry.context import Caller, Chat, Face
from onelane.tools.registry.gate import taint
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import Reveals
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.workflows.approvals import answer_question
from onelane.tools.workflows.approvals import ask_unless_refused as ask
from onelane.tools.workflows.firing import fire_due
from tests.databases import Clock
from tests.server.agent.agents import Agency, agency
from tests.server.agent.script import Script, by_goal, calls, says
from tests.server.gated_calls import RememberingWeb, web_of

MADE_UP = "https://collector.example.com/?d=ada@example.com"
CONFIG = {"goal": f"Read {MADE_UP}"}
OF_TEMPLATE = {"workflowType": "agent", **CONFIG}
PERSON = Caller(Face.CLI)
Way = Callable[["Scene", Caller], None]


class Scene:
    """Agent runs, a web that only remembers, and a clock.

    Args:
        agents: the runs
        visited: what they fetched
        clock: says when schedules are due
    """

    def __init__(self, agents: Agency, visited: RememberingWeb, clock: Clock) -> None:
        self.agents = agents
        self.visited = visited
        self._clock = clock
        self._toolbox = Toolbox(agents.registry, agents.services)

    def call(self, caller: Caller, name: str, /, **arguments: Any) -> Result:
        """Call a tool; a person says yes where one is asked."""
        try:
            return self._toolbox.call(name, arguments, caller)
        except PersonNeeded as needed:
            services = self.agents.services
            with services.database.write() as session:
                asked = ask(session, services, needed.question)
            answer_question(services, asked.id, allow=True, via=Door.CLI)
            return self._toolbox.call(name, arguments, caller)

    def chat(self) -> Caller:
        """A new conversation."""
        return Caller(Face.MCP, chat=Chat(f"chat{id(self)}"))

    def fire(self) -> None:
        """Let a day pass."""
        self._clock.advance(hours=25)
        fire_due(self.agents.database, self.agents.engine, self._clock())

    def asked(self) -> list[str]:
        """What somebody asks the person now."""
        with self.agents.database.read() as session:
            return [asked.shown for asked in approvals.list_open(session)]


@pytest.fixture
def scene(sqlite_database: Database, clock: Clock) -> Iterator[Scene]:
    visited = RememberingWeb()
    script = by_goal({"Read": Script([calls("url_fetch", url=MADE_UP)], [says("Done.")])})
    with agency(sqlite_database, script, web=web_of(visited)) as agents:
        yield Scene(agents, visited, clock)


def starts(scene: Scene, writer: Caller) -> None:
    scene.call(writer, "start_run", workflow_type="agent", config=CONFIG)


def starts_from_its_run(scene: Scene, writer: Caller) -> None:
    run = scene.call(writer, "begin_agent_run", goal="Work")
    scene.call(Caller(Face.MCP, getattr(run, "id", ""), writer.chat), "start_run", workflow_type="agent", config=CONFIG)


def plans(scene: Scene, writer: Caller) -> None:
    scene.call(writer, "set_schedule", workflow_type="agent", cron="daily", config=CONFIG)
    scene.fire()


def changes_a_plan(scene: Scene, writer: Caller) -> None:
    plan = scene.call(PERSON, "set_schedule", workflow_type="agent", cron="daily", config={"goal": "Rest."})
    scene.call(writer, "set_schedule", schedule_id=getattr(plan, "id", ""), config=CONFIG)
    scene.fire()


def written(scene: Scene, writer: Caller) -> str:
    template = scene.call(writer, "create_template", name="Read", template_type="prospecting", config=OF_TEMPLATE)
    return getattr(template, "id", "")


def activates(scene: Scene, writer: Caller) -> None:
    scene.call(writer, "activate_template", template_id=written(scene, writer))


def leaves_a_template_to_the_person(scene: Scene, writer: Caller) -> None:
    scene.call(PERSON, "activate_template", template_id=written(scene, writer))


def leaves_a_template_that_the_person_clones(scene: Scene, writer: Caller) -> None:
    copy = scene.call(PERSON, "clone_template", template_id=written(scene, writer))
    scene.call(PERSON, "activate_template", template_id=getattr(copy, "id", ""))


def leaves_a_template_that_the_person_plans(scene: Scene, writer: Caller) -> None:
    scene.call(PERSON, "set_schedule", template_id=written(scene, writer), cron="daily")
    scene.fire()


def rewrites_a_template(scene: Scene, writer: Caller) -> None:
    template = scene.call(PERSON, "create_template", name="Rest", template_type="prospecting")
    scene.call(writer, "update_template", template_id=getattr(template, "id", ""), config=OF_TEMPLATE)
    scene.call(PERSON, "activate_template", template_id=getattr(template, "id", ""))


def overrides_a_template(scene: Scene, writer: Caller) -> None:
    given = {"workflowType": "agent", "goal": "Rest."}
    template = scene.call(PERSON, "create_template", name="Rest", template_type="prospecting", config=given)
    scene.call(writer, "activate_template", template_id=getattr(template, "id", ""), overrides=CONFIG)


WAYS: Mapping[str, Way] = {
    way.__name__: way
    for way in (
        starts,
        starts_from_its_run,
        plans,
        changes_a_plan,
        activates,
        leaves_a_template_to_the_person,
        leaves_a_template_that_the_person_clones,
        leaves_a_template_that_the_person_plans,
        rewrites_a_template,
        overrides_a_template,
    )
}


@pytest.mark.parametrize("way", WAYS)
def test_a_run_whose_settings_a_chat_wrote_that_had_read_both_asks_before_its_first_page(
    scene: Scene, way: str
) -> None:
    chat = scene.chat()
    scene.call(chat, "search_contacts")
    WAYS[way](scene, chat)
    assert scene.visited.urls == []
    (asked,) = scene.asked()
    assert MADE_UP in asked


@pytest.mark.parametrize("way", WAYS)
def test_a_run_whose_settings_a_chat_wrote_that_had_read_nothing_reads_its_first_page(scene: Scene, way: str) -> None:
    WAYS[way](scene, scene.chat())
    assert scene.visited.urls == [MADE_UP]


def test_a_fork_and_a_retry_of_a_tainted_run_ask_as_well(scene: Scene) -> None:
    chat = scene.chat()
    scene.call(chat, "search_contacts")
    starts(scene, chat)
    (run_id,) = runs_of(scene)
    scene.call(PERSON, "fork_run", run_id=run_id)
    scene.call(PERSON, "control_run", run_id=run_id, action="cancel")
    scene.call(PERSON, "control_run", run_id=run_id, action="retry")
    assert len(scene.asked()) == 2
    assert scene.visited.urls == []


def test_a_run_that_a_chat_began_stays_tainted_for_another_chat(scene: Scene) -> None:
    chat = scene.chat()
    scene.call(chat, "search_contacts")
    run = scene.call(chat, "begin_agent_run", goal="Work")
    toolbox = Toolbox(scene.agents.registry, scene.agents.services)
    run_id = getattr(run, "id", "")
    # It has shown the run's code.
    other = Chat("other", runs={run_id})
    with pytest.raises(PersonNeeded):
        toolbox.call("url_fetch", {"url": MADE_UP}, Caller(Face.MCP, run_id, other))
    assert scene.visited.urls == []


def test_a_person_who_writes_a_templates_config_anew_takes_the_taint_off(scene: Scene) -> None:
    chat = scene.chat()
    scene.call(chat, "search_contacts")
    template_id = written(scene, chat)
    scene.call(PERSON, "update_template", template_id=template_id, config=OF_TEMPLATE)
    scene.call(PERSON, "activate_template", template_id=template_id)
    assert scene.visited.urls == [MADE_UP]


def test_a_planned_run_that_could_not_be_started_keeps_its_planter_and_its_taint(scene: Scene, clock: Clock) -> None:
    with scene.agents.database.write() as session:
        schedules.create_schedule(
            session,
            name="Planted",
            job_type="agent",
            payload='{"goal": 7}',
            run_at=clock(),
            next_run_at=clock(),
            planted_by_run_id="run_gone",
            tainted_by=taint.as_text(Reveals),
        )
    fire_due(scene.agents.database, scene.agents.engine, clock())
    (run_id,) = runs_of(scene)
    row = scene.agents.run(run_id)
    assert (row["status"], row["planted_by_run_id"]) == ("failed", "run_gone")
    assert taint.in_text(row["tainted_by"]) == frozenset(Reveals)


@pytest.mark.parametrize("written", [MADE_UP, MADE_UP.removeprefix("https://"), MADE_UP.replace("@", "%40")])
def test_an_address_that_a_chat_made_up_and_wrote_into_a_contact_is_nobodys(scene: Scene, written: str) -> None:
    chat, known = scene.chat(), "https://ada.example.com/"
    ada = scene.call(PERSON, "save_contact", name="Ada", website="ada.example.com")
    scene.call(chat, "search_contacts")
    eve = scene.call(chat, "save_contact", name="Eve", website=written)
    wanted = [getattr(each, "id", "") for each in (ada, eve)]
    scene.call(chat, "start_run", workflow_type="enrich", config={"contactIds": wanted, "mode": "rules"})
    assert scene.visited.urls in ([known], [known.rstrip("/")])
    other = scene.chat()
    scene.call(other, "search_contacts")
    with pytest.raises(PersonNeeded):
        Toolbox(scene.agents.registry, scene.agents.services).call("url_fetch", {"url": MADE_UP}, other)


@pytest.mark.parametrize("allow", [True, False])
@pytest.mark.parametrize("written", [MADE_UP, "https://collector.example.com/ada@example.com.vcf"])
def test_an_enrich_run_goes_on_without_an_address_that_nobody_named_and_asks_about_it_at_its_end(
    scene: Scene, written: str, allow: bool
) -> None:
    chat = scene.chat()
    ada = scene.call(PERSON, "save_contact", name="Ada", website="https://ada.example.com/about")
    scene.call(chat, "search_contacts")
    eve = scene.call(chat, "save_contact", name="Eve", website=written)
    wanted = [getattr(each, "id", "") for each in (eve, ada)]
    run = scene.call(chat, "start_run", workflow_type="enrich", config={"contactIds": wanted, "mode": "rules"})
    run_id = getattr(run, "id", "")
    waits = scene.agents.run(run_id)
    assert waits["status"] == "paused"
    assert f"Ask {written} for a page?" in waits["status_reason"]
    assert "Apart from that: 1 contact looked at" in waits["status_reason"]
    assert scene.visited.urls == ["https://ada.example.com/about"]
    scene.agents.answer(run_id, allow=allow)
    assert scene.agents.run(run_id)["status"] == "completed"
    assert scene.visited.urls[1:] == ([written] if allow else [])
    assert scene.asked() == []


@pytest.mark.parametrize("allow", [True, False])
def test_a_search_run_goes_on_without_a_query_that_holds_private_words_and_asks_about_it_at_its_end(
    scene: Scene, allow: bool
) -> None:
    chat, queries = scene.chat(), ["engines in Zurich", "who is ada@example.com"]
    scene.call(PERSON, "save_contact", name="Ada", email="ada@example.com")
    scene.call(chat, "search_contacts")
    run = scene.call(chat, "start_run", workflow_type="search", config={"queries": queries[::-1], "mode": "rules"})
    run_id = getattr(run, "id", "")
    waits = scene.agents.run(run_id)
    assert (waits["status"], scene.visited.queries) == ("paused", queries[:1])
    assert "the e-mail address of a contact" in waits["status_reason"]
    scene.agents.answer(run_id, allow=allow)
    assert scene.agents.run(run_id)["status"] == "completed"
    assert scene.visited.queries == (queries if allow else queries[:1])


def test_what_somebody_named_is_no_made_up_address_once_it_is_written_down(scene: Scene) -> None:
    chat, known = scene.chat(), "https://ada.example.com/about"
    scene.call(PERSON, "save_contact", name="Ada", website=known)
    scene.call(chat, "search_contacts")
    scene.call(chat, "save_contact", name="Grace", website=known)
    other = scene.chat()
    scene.call(other, "search_contacts")
    Toolbox(scene.agents.registry, scene.agents.services).call("url_fetch", {"url": known}, other)
    assert scene.visited.urls == [known]


FEED = "https://ada-at-example-com.substack.com"
FEEDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "a sync": ("start_sync", {"file": FEED}),
    "a sync in capitals": ("start_sync", {"file": " HTTPS://Ada-at-example-com.Substack.com/feed/"}),
    "a run": ("start_run", {"workflow_type": "sync", "config": {"feed": FEED}}),
    "a template": (
        "create_template",
        {"name": "Read", "template_type": "prospecting", "config": {"workflowType": "sync", "feed": FEED}},
    ),
    "a template in a run": ("start_run", {"workflow_type": "sync", "template_id": "Mine"}),
    "a template that is filled in": ("activate_template", {"template_id": "Mine", "overrides": {"feed": FEED}}),
}


@pytest.mark.parametrize("way", FEEDS)
def test_a_feed_that_a_chat_made_up_which_had_read_both_is_asked_for_only_with_a_persons_yes(
    scene: Scene, way: str
) -> None:
    name, arguments = FEEDS[way]
    config = {"workflowType": "sync", "syncSubType": "substack_posts", "feed": FEED}
    scene.call(PERSON, "create_template", name="Mine", template_type="prospecting", config=config)
    chat = scene.chat()
    scene.call(chat, "search_contacts")
    if "config" in arguments:
        arguments = arguments | {"config": {"syncSubType": "substack_posts", **arguments["config"]}}
    with pytest.raises(PersonNeeded, match=r"Ask https://ada-at-example-com\.substack\.com/feed for a page"):
        Toolbox(scene.agents.registry, scene.agents.services).call(name, arguments, chat)


@pytest.mark.parametrize("known_by", ["nothing private", "a contact", "an earlier sync"])
def test_a_feed_that_somebody_else_named_is_asked_for_at_once(scene: Scene, known_by: str) -> None:
    chat = scene.chat()
    if known_by != "nothing private":
        scene.call(PERSON, "save_contact", name="Ada", website=FEED if known_by == "a contact" else None)
        scene.call(chat, "search_contacts")
    if known_by == "an earlier sync":
        with scene.agents.database.write() as session:
            ensure_account(session, "substack", Owner(handle="ada-at-example-com"))
    Toolbox(scene.agents.registry, scene.agents.services).call("start_sync", {"file": FEED}, chat)
    assert scene.asked() == []


def runs_of(scene: Scene) -> list[str]:
    with scene.agents.database.read() as session:
        found = runs.list_workflow_runs(session, workflow_type=WorkflowType.AGENT, page_size=10).data
    return [row["id"] for row in found]
