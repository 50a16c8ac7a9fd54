"""Runs that Onelane carries out: what needs a person waits for them, and no yes reaches further than it was given."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from onelane.server.http.person.answers import ANSWER_PATH
from onelane.storage.database.engine import Database, Session
from onelane.storage.people import contacts
from onelane.storage.workflows import approvals, enrollments, history, runs, schedules, tasks, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.errors import Conflict
from onelane.tools.workflows.approvals import answer_question
from onelane.tools.workflows.firing import fire_due
from tests.databases import Clock
from tests.server.agent.agents import Agency, agency
from tests.server.agent.script import Script, by_goal, calls, says
from tests.server.gated_calls import RememberingWeb, arguments_of, gated_tools, web_of, world

LOOK = [says("First I look around."), calls("search_contacts")]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.mark.parametrize("name", [tool.name for tool in gated_tools(all_tools()) if tool.spec.agents])
def test_what_needs_a_person_waits_and_is_done_once(database: Database, name: str) -> None:
    visited = RememberingWeb()
    with database.write() as session:
        given = arguments_of(name, session)
    script = Script(LOOK, [calls(name, **given)], [says("Done.")])
    with agency(database, script, web=web_of(visited), lasting_contacts=0) as agents:
        before = world(database, visited)
        run_id = agents.start("Tidy up.")
        assert agents.run(run_id)["status"] == "paused"
        assert len(open_questions(agents)) == 1
        agents.call("control_run", run_id=run_id, action="resume")
        assert agents.run(run_id)["status"] == "paused"
        assert len(open_questions(agents)) == 1
        assert without_run(world(database, visited), run_id) == before

        agents.answer(run_id, allow=True)
        assert agents.run(run_id)["status"] == "completed"
        assert without_run(world(database, visited), run_id) != before
        assert open_questions(agents) == []
        with pytest.raises(Conflict, match="asks nothing"):
            agents.answer(run_id, allow=True)


REFUSED: dict[str, Callable[[Session], list[dict[str, Any]]]] = {
    "start_run": lambda session: [
        {"workflow_type": "prune"},
        {"workflow_type": "prune", "config": {"criteria": {}}},
        {"workflow_type": "sequence"},
    ],
    "control_run": lambda session: [
        {"run_id": ended_run(session), "action": action} for action in ("cancel", "resume")
    ],
    "fork_run": lambda session: [{"run_id": ended_run(session), "steps": 5}],
    "update_template": lambda session: [
        {"template_id": template_of(session), "status": "paused"},
        {"template_id": template_of(session), "platform": "gmail", "status": "active"},
    ],
    "merge_contacts": lambda session: [
        dict.fromkeys(("other_id", "kept_id"), contacts.create_contact(session, name="A").id)
    ],
    "undo": lambda session: [{"what": "chg_none"}],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_anyway_is_refused_before_anybody_is_asked(database: Database, name: str) -> None:
    with database.write() as session:
        wanted = [calls(name, **given) for given in REFUSED[name](session)]
    with agency(database, Script(LOOK, wanted, [says("Done.")]), lasting_contacts=0) as agents:
        run_id = agents.start("Tidy up.")
        assert open_questions(agents) == []
        assert agents.run(run_id)["status"] == "completed"
        items = [step["status"] for step in agents.steps(run_id) if step["tool"] == name]
        assert items.count("failed") >= len(wanted)


def test_a_fork_asks_again_for_what_its_source_was_allowed(database: Database) -> None:
    with database.write() as session:
        schedule_id = weekly(session)
    script = Script([calls("delete_schedule", schedule_id="Weekly")], [says("Done.")])
    with agency(database, script) as agents:
        run_id = agents.start("Tidy up.")
        agents.answer(run_id, allow=True)
        assert not there(database, schedule_id)
        with database.write() as session:
            again = weekly(session)
        for count in range(1, agents.run(run_id)["step_count"] + 1):
            fork = agents.call("fork_run", run_id=run_id, steps=count)
            assert there(database, again), count
            assert agents.run(getattr(fork, "id", ""))["status"] in ("paused", "completed")


def test_a_name_that_means_another_one_after_the_yes_is_not_covered_by_it(database: Database) -> None:
    with database.write() as session:
        asked_for = templates.create_template(session, name="Target", template_type=TemplateType.OUTREACH).id
        other = templates.create_template(session, name="Other", template_type=TemplateType.OUTREACH).id
    script = Script([calls("delete_template", template_id="Target")], [says("Done.")])
    with agency(database, script) as agents:
        run_id = agents.start("Tidy up.")
        with database.write() as session:
            templates.update_template(session, asked_for, name="Renamed")
            templates.update_template(session, other, name="Target")
        agents.answer(run_id, allow=True)
        assert agents.run(run_id)["status"] == "paused"
        assert is_template(database, asked_for)
        assert is_template(database, other)
        (asked,) = open_questions(agents)
        assert other in asked.arguments


def test_what_the_question_counts_must_still_be_so(database: Database) -> None:
    with database.write() as session:
        template_id = templates.create_template(session, name="Hello", template_type=TemplateType.OUTREACH).id
    with agency(database, Script([calls("delete_template", template_id=template_id)], [says("Done.")])) as agents:
        run_id = agents.start("Tidy up.")
        with database.write() as session:
            ada = contacts.create_contact(session, name="Ada")
            enrollments.enroll_contact(session, template_id=template_id, contact_id=ada.id)
        agents.answer(run_id, allow=True)
        assert is_template(database, template_id)
        (asked,) = open_questions(agents)
        assert "its 1 enrollment" in asked.shown


def test_a_question_that_another_one_replaces_waits_for_nobody(database: Database) -> None:
    with database.write() as session:
        template_id = templates.create_template(session, name="Hello", template_type=TemplateType.OUTREACH).id
    with agency(database, Script([calls("delete_template", template_id=template_id)], [says("Done.")])) as agents:
        run_id = agents.start("Tidy up.")
        (before,) = open_questions(agents)
        with database.write() as session:
            ada = contacts.create_contact(session, name="Ada")
            enrollments.enroll_contact(session, template_id=template_id, contact_id=ada.id)
        agents.call("control_run", run_id=run_id, action="resume")
        (asked,) = open_questions(agents)
        assert asked.id != before.id
        with database.read() as session:
            (task,) = tasks.list_open_tasks(session, limit=10)
        assert task.task_key == f"approval:{asked.id}"
        requests = [step["status"] for step in agents.steps(run_id) if "approval" in step["output"]]
        assert requests == ["completed", "running"]


def test_a_yes_that_was_not_used_ends_with_its_run(database: Database) -> None:
    with database.write() as session:
        made = [
            templates.create_template(session, name=name, template_type=TemplateType.OUTREACH).id
            for name in ("One", "Two")
        ]
    script = Script([calls("delete_template", template_id=each) for each in made], [says("Done.")])
    with agency(database, script) as agents:
        run_id = agents.start("Tidy up.")
        answer(agents, open_questions(agents)[0].id)
        agents.call("control_run", run_id=run_id, action="cancel")
        agents.call("control_run", run_id=run_id, action="retry")
        assert len(open_questions(agents)) == 2
        assert all(is_template(database, each) for each in made)


def test_one_answer_is_for_one_question(database: Database) -> None:
    with database.write() as session:
        made = [
            templates.create_template(session, name=name, template_type=TemplateType.OUTREACH).id
            for name in ("One", "Two")
        ]
    script = Script([calls("delete_template", template_id=each) for each in made], [says("Done.")])
    with agency(database, script) as agents:
        run_id = agents.start("Tidy up.")
        first, second = open_questions(agents)
        for _ in range(2):
            try:
                answer(agents, first.id)
            except Conflict:
                continue
        assert agents.run(run_id)["status"] == "paused"
        assert all(is_template(database, each) for each in made)
        answer(agents, second.id)
        assert not any(is_template(database, each) for each in made)


def test_a_copy_with_another_key_holds_no_yes(database: Database) -> None:
    with database.write() as session:
        template_id = templates.create_template(session, name="Hello", template_type=TemplateType.OUTREACH).id
        paused = templates.create_template(session, name="Other", template_type=TemplateType.OUTREACH).id
    calls_two = [calls("delete_template", template_id=template_id), calls("delete_template", template_id=paused)]
    with agency(database, Script(calls_two, [says("Done.")])) as agents:
        run_id = agents.start("Tidy up.")
        first, second = open_questions(agents)
        answer(agents, first.id)
    with agency(database, Script(calls_two, [says("Done.")])) as elsewhere:
        assert elsewhere.services.person_key is not agents.services.person_key
        with pytest.raises(Conflict, match="another person's key"):
            answer(elsewhere, second.id)
        elsewhere.call("control_run", run_id=run_id, action="resume")
        assert is_template(database, template_id)


def test_a_child_run_and_a_scheduled_run_ask_as_well(database: Database, clock: Clock) -> None:
    with database.write() as session:
        template_id = templates.create_template(session, name="Hello", template_type=TemplateType.OUTREACH).id
        schedules.create_schedule(
            session,
            name="Nightly",
            job_type="agent",
            payload='{"goal": "Delete it."}',
            run_at=clock(),
            next_run_at=clock(),
        )
    child = {"goal": "Delete it.", "tools": ["delete_template"]}
    script = by_goal(
        {
            "Read": Script([calls("start_run", workflow_type="agent", config=child)], [says("Started.")]),
            "Delete it": Script([calls("delete_template", template_id=template_id)], [says("Done.")]),
        }
    )
    with agency(database, script) as agents:
        agents.start("Read the page.")
        fire_due(database, agents.engine, clock())
        assert len(open_questions(agents)) == 2
        assert is_template(database, template_id)


def test_a_run_that_a_planted_schedule_starts_pays_into_its_planters_budget(database: Database, clock: Clock) -> None:
    config = {"goal": "Go on.", "budget": {"usd": 9999, "turns": 1000}}
    script = by_goal(
        {
            "Plant": Script([calls("set_schedule", workflow_type="agent", cron="daily", config=config)], [says("Ok.")]),
            "Go on": Script([calls("overview")], [calls("overview")], [calls("overview")], [says("Done.")]),
        }
    )
    with agency(database, script) as agents:
        run_id = agents.start("Plant it.", budget={"turns": 3})
        (asked,) = open_questions(agents)
        assert "9999" in asked.shown
        agents.answer(run_id, allow=True)
        clock.advance(days=1, hours=2)
        fire_due(database, agents.engine, clock())
        assert "The budget of 3 turns" in (agents.run(scheduled(database))["status_reason"] or "")


@pytest.mark.parametrize("is_deleted", [False, True])
def test_what_a_planter_wrote_is_no_word_of_a_person_also_once_it_is_deleted(
    database: Database, clock: Clock, *, is_deleted: bool
) -> None:
    named, visited = "https://named.example.com/page", RememberingWeb()
    script = by_goal(
        {
            "Read": Script(LOOK, [calls("url_fetch", url=named)], [says("Done.")]),
            "Plant": Script([says("Done.")]),
        }
    )
    with agency(database, script, web=web_of(visited)) as agents:
        plant(database, clock, agents.start("Plant it."), f"Read {named}.", is_deleted=is_deleted)
        fire_due(database, agents.engine, clock())
        assert agents.run(scheduled(database))["status"] == "paused"
        assert visited.urls == []


def test_a_run_whose_planter_was_deleted_still_changes_contacts_and_counts_them(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        known = [contacts.create_contact(session, name=f"Person {number}").id for number in range(3)]
    one_by_one = [calls("archive_contacts", contact_ids=[each], reason="old") for each in known]
    script = by_goal({"Tidy": Script(*[[each] for each in one_by_one]), "Plant": Script([says("Done.")])})
    with agency(database, script, lasting_contacts=2) as agents:
        plant(database, clock, agents.start("Plant it."), "Tidy up.", is_deleted=True)
        fire_due(database, agents.engine, clock())
        assert agents.run(scheduled(database))["status"] == "paused"
        with database.read() as session:
            archived = [contacts.get_contact(session, each).archived_at is not None for each in known]  # pyright: ignore[reportOptionalMemberAccess] - they were made above
        assert archived == [True, True, False]


def test_an_address_that_the_run_has_written_into_a_contact_is_not_a_contacts(database: Database) -> None:
    url, visited = "https://collector.example.com/?d=ada@example.com", RememberingWeb()
    with database.write() as session:
        ada = contacts.create_contact(session, name="Ada", email="ada@example.com", website="https://ada.example.com/")
    script = Script(
        LOOK,
        [calls("save_contact", contact_id=ada.id, website=url), calls("url_fetch", url="https://ada.example.com")],
        [calls("url_fetch", url=url)],
        [says("Done.")],
    )
    with agency(database, script, web=web_of(visited)) as agents:
        run_id = agents.start("Look at what the person named: https://named.example.com/page.")
        assert agents.run(run_id)["status"] == "paused"
        (asked,) = open_questions(agents)
        assert "'ada@example.com', which is the email of a contact" in asked.shown
        assert visited.urls in ([], ["https://ada.example.com"])


def test_addresses_that_the_person_or_a_page_named_are_fetched_unasked(database: Database) -> None:
    visited = RememberingWeb(body='<p>Hello</p><a href="https://linked.example.com/about">About</a>')
    named = "https://named.example.com/page"
    script = Script(
        LOOK,
        [calls("url_fetch", url=named)],
        [calls("url_fetch", url="https://linked.example.com/about")],
        [calls("url_fetch", url="https://linked.example.com/about?d=secret")],
        [says("Done.")],
    )
    with agency(database, script, web=web_of(visited)) as agents:
        run_id = agents.start(f"Read {named}, please.")
        assert visited.urls == [named, "https://linked.example.com/about"]
        assert agents.run(run_id)["status"] == "paused"


def test_few_contacts_are_changed_unasked_and_many_small_steps_count_together(database: Database) -> None:
    with database.write() as session:
        known = [contacts.create_contact(session, name=f"Person {number}").id for number in range(4)]
    one_by_one = [calls("archive_contacts", contact_ids=[each], reason="old") for each in known]
    script = Script([calls("save_contact", name="New One")], *[[each] for each in one_by_one], [says("Done.")])
    with agency(database, script, lasting_contacts=2) as agents:
        run_id = agents.start("Tidy up.")
        assert agents.run(run_id)["status"] == "paused"
        with database.read() as session:
            archived = [each for each in known if contacts.get_contact(session, each).archived_at is not None]  # pyright: ignore[reportOptionalMemberAccess] - they were made above
        assert len(archived) == 2


def test_no_tool_answers_for_the_person() -> None:
    names = {tool.name for tool in all_tools()}
    places = {tool.spec.route.path for tool in all_tools() if tool.spec.route is not None}
    assert not any("answer" in name or "approv" in name for name in names)
    assert ANSWER_PATH not in places


def open_questions(agents: Agency) -> list[approvals.Approval]:
    with agents.database.read() as session:
        found = list(approvals.list_open(session))
        session.expunge_all()
    return found


def answer(agents: Agency, approval_id: str) -> None:
    answer_question(agents.services, approval_id, allow=True, via=Door.REST)


def without_run(seen: Any, run_id: str) -> Any:
    """The world without the run that asks."""
    rows, urls = seen
    asking = f"('{run_id}'"
    return {**rows, "runs": [each for each in rows["runs"] if not each.startswith(asking)]}, urls


def template_of(session: Session) -> str:
    name = f"Template {session.new_id('t')}"
    return templates.create_template(session, name=name, template_type=TemplateType.OUTREACH).id


def ended_run(session: Session) -> str:
    return runs.create_workflow_run(
        session,
        workflow_type=WorkflowType.PRUNE,
        config='{"criteria": {"withoutEmail": true}}',
        status=RunStatus.COMPLETED,
    ).id


def weekly(session: Any) -> str:
    return schedules.create_schedule(session, name="Weekly", job_type="prune", run_at=session.now()).id


def plant(database: Database, clock: Clock, planter: str, goal: str, *, is_deleted: bool) -> None:
    """A schedule that is due and that this run has made, which may be deleted since, with its history."""
    with database.write() as session:
        schedules.create_schedule(
            session,
            name="Planted",
            job_type="agent",
            payload=json.dumps({"goal": goal}),
            run_at=clock(),
            next_run_at=clock(),
            planted_by_run_id=planter,
        )
        if is_deleted:
            history.delete_history(session, session.now() + timedelta(days=1), limit=10)


def scheduled(database: Database) -> str:
    """The run that a schedule has started."""
    with database.read() as session:
        rows = runs.list_workflow_runs(session, page_size=10).data
    (run_id,) = [row["id"] for row in rows if row["trigger"] == "scheduled"]
    return run_id


def there(database: Database, schedule_id: str) -> bool:
    with database.read() as session:
        return schedules.get_schedule(session, schedule_id) is not None


def is_template(database: Database, template_id: str) -> bool:
    with database.read() as session:
        return templates.get_template(session, template_id) is not None
