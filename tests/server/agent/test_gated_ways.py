"""Whichever way a run came to be, nothing that needs a person happens without one, and no yes goes over to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows import approvals, runs, schedules, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.tool import Tool
from onelane.tools.workflows.approvals import answer_question
from onelane.tools.workflows.firing import fire_due
from tests.databases import Clock
from tests.proof import FULL
from tests.server.agent.agents import Agency, agency
from tests.server.agent.script import Script, by_goal, calls, says
from tests.server.gated_calls import RememberingWeb, arguments_of, gated_tools, web_of, world

LOOK = [calls("search_contacts")]
GATED = [tool for tool in gated_tools(all_tools()) if tool.spec.agents]
NAMED = [tool for tool in GATED if tool.spec.names]


class Scene:
    """Agent runs that ask for everything which needs a person, one after the other in one answer.

    Args:
        agents: the runs
        visited: what left
        clock: says when schedules are due
    """

    def __init__(self, agents: Agency, visited: RememberingWeb, clock: Clock) -> None:
        self.agents = agents
        self._visited = visited
        self._clock = clock

    def start(self) -> None:
        """Let a person start it."""
        self.agents.start("Do everything.")

    def start_a_child(self) -> None:
        """Let a run start it."""
        self.agents.start("Delegate.")

    def plan(self) -> None:
        """Let a schedule start it."""
        goal = '{"goal": "Do everything."}'
        with self.agents.database.write() as session:
            now = session.now()
            schedules.create_schedule(
                session, name="Planned", job_type="agent", payload=goal, run_at=now, next_run_at=now
            )
        fire_due(self.agents.database, self.agents.engine, self._clock())

    @property
    def world(self) -> tuple[dict[str, list[str]], list[str]]:
        """Everything that a call could change, but the runs that ask, and the schedule that starts one."""
        rows, left = world(self.agents.database, self._visited)
        asking = self.agent_runs()
        own = [each for each in rows["runs"] if not each.startswith(tuple(f"('{run_id}'" for run_id in asking))]
        planned = [each for each in rows["scheduled_jobs"] if "'Planned'" not in each]
        return {**rows, "runs": own, "scheduled_jobs": planned}, left

    def agent_runs(self) -> list[str]:
        """The runs that ask, or that started those."""
        with self.agents.database.read() as session:
            found = runs.list_workflow_runs(session, workflow_type=WorkflowType.AGENT, page_size=25).data
        return [row["id"] for row in found]

    def open(self) -> dict[str, str]:
        """What is asked now: the tools by the questions' ids."""
        with self.agents.database.read() as session:
            return {asked.id: asked.tool for asked in approvals.list_open(session)}

    def answer(self, approval_id: str, *, allow: bool) -> None:
        """Let the person answer."""
        answer_question(self.agents.services, approval_id, allow=allow, via=Door.REST)


@pytest.fixture
def scene(sqlite_database: Database, clock: Clock) -> Iterator[Scene]:
    with sqlite_database.write() as session:
        everything = [calls(tool.name, **arguments_of(tool.name, session)) for tool in GATED]
    script = by_goal(
        {
            "Do everything": Script(LOOK, everything, [says("Done.")]),
            "Delegate": Script(
                [calls("start_run", workflow_type="agent", config={"goal": "Do everything."})], [says("Started.")]
            ),
        }
    )
    visited = RememberingWeb()
    with agency(sqlite_database, script, web=web_of(visited), lasting_contacts=0) as agents:
        yield Scene(agents, visited, clock)


@pytest.mark.parametrize("way", ["start", "start_a_child", "plan"])
def test_every_tool_asks_and_nothing_happens_before_the_person_answers_or_after_their_no(
    scene: Scene, way: str
) -> None:
    before = scene.world
    getattr(scene, way)()
    assert sorted(scene.open().values()) == sorted(tool.name for tool in GATED)
    assert scene.world == before
    for approval_id in scene.open():
        scene.answer(approval_id, allow=False)
    assert scene.open() == {}
    assert scene.world == before


def test_a_run_that_is_tried_again_asks_again_for_all_that_it_was_allowed_and_has_not_done(scene: Scene) -> None:
    before = scene.world
    scene.start()
    (run_id,) = scene.agent_runs()
    first, *others = scene.open()
    for approval_id in others:
        scene.answer(approval_id, allow=True)
    scene.agents.call("control_run", run_id=run_id, action="cancel")
    scene.agents.call("control_run", run_id=run_id, action="retry")
    assert sorted(scene.open().values()) == sorted(tool.name for tool in GATED)
    assert not {first, *others} & set(scene.open())
    assert scene.world == before


def test_an_answer_that_comes_twice_counts_once_and_for_its_own_question_alone(scene: Scene) -> None:
    before = scene.world
    scene.start()
    last, *others = scene.open()
    for approval_id in others:
        scene.answer(approval_id, allow=False)
        with pytest.raises(Conflict):
            scene.answer(approval_id, allow=True)
    assert list(scene.open()) == [last]
    assert scene.world == before


@pytest.mark.parametrize("name", [tool.name for tool in (GATED if FULL else GATED[::4])])
def test_a_fork_of_a_run_that_was_allowed_something_does_it_only_when_it_is_allowed_too(
    sqlite_database: Database, clock: Clock, name: str
) -> None:
    with sqlite_database.write() as session:
        given = arguments_of(name, session)
    visited = RememberingWeb()
    script = Script(LOOK, [calls(name, **given)], [says("Done.")])
    with agency(sqlite_database, script, web=web_of(visited), lasting_contacts=0) as agents:
        scene = Scene(agents, visited, clock)
        run_id = agents.start("Tidy up.")
        agents.answer(run_id, allow=True)
        assert agents.run(run_id)["status"] == "completed"
        done = scene.world
        steps = agents.steps(run_id)
        result = next(
            at for at, step in enumerate(steps) if step["step_type"] == "tool_result" and step["tool"] == name
        )
        for count in (0, result - 1, result):
            agents.call("fork_run", run_id=run_id, steps=count)
            assert scene.world == done, count


@pytest.mark.parametrize("tool", NAMED, ids=[tool.name for tool in NAMED])
def test_a_name_that_stands_for_another_one_after_the_yes_reaches_neither(
    sqlite_database: Database, clock: Clock, tool: Tool
) -> None:
    (argument,) = tool.spec.names
    with sqlite_database.write() as session:
        given, other = named_in(tool.name, session), named_in(tool.name, session)
        renamed(session, given[argument], "Target")
    visited = RememberingWeb()
    script = Script(LOOK, [calls(tool.name, **{**given, argument: "Target"})], [says("Done.")])
    with agency(sqlite_database, script, web=web_of(visited), lasting_contacts=0) as agents:
        scene = Scene(agents, visited, clock)
        run_id = agents.start("Tidy up.")
        with sqlite_database.write() as session:
            renamed(session, given[argument], "Another")
            renamed(session, other[argument], "Target")
        before, asked = scene.world, set(scene.open())
        agents.answer(run_id, allow=True)
        assert scene.world == before
        assert scene.open()
        assert not asked & set(scene.open())


def named_in(name: str, session: Session) -> dict[str, Any]:
    """Arguments of a tool with the one that may be a name."""
    if name == "start_run":
        template_id = arguments_of("activate_template", session)["template_id"]
        return {"workflow_type": "prune", "template_id": template_id}
    if name == "set_schedule":
        return {**arguments_of("delete_schedule", session), "cron": "hourly"}
    return arguments_of(name, session)


def renamed(session: Session, kept_id: str, name: str) -> None:
    """Call a template or a schedule something else."""
    if schedules.update_schedule(session, kept_id, name=name) is None:
        templates.update_template(session, kept_id, name=name)
