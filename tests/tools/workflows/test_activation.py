"""Activating a template fills in what it leaves open and sets going what it describes."""

import json
from pathlib import Path
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach import template_versions
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.runs import RunStatus, Trigger, WorkflowType
from onelane.storage.workflows.templates import TemplateStatus
from onelane.tools.outreach.template.problems import LintFailed
from onelane.tools.outreach.template.texts import Texts
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.workflows import activation as activation_tools
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows import schedules as schedule_tools
from onelane.tools.workflows import templates as template_tools
from onelane.tools.workflows.activation import Activated
from onelane.tools.workflows.firing import fire_due
from onelane.tools.workflows.ready_templates import load_ready_templates
from onelane.tools.workflows.run_reading.run_views import RunPage, RunView
from onelane.tools.workflows.schedule_views import SetSchedule
from onelane.tools.workflows.template_views import TemplatePage, TemplateWithSteps
from tests.connected_mail import with_mail
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

PEOPLE = "Find people by role"
LETTER = {"step_type": "message", "config": {"subject": "Hi", "text": "Hi"}}
KNOWN = {"role": "head of payments", "market": "fintech"}
LETTERS = {
    "sender": "Ada",
    "offer": "small banks answer audits in days",
    "reason": "You run audits.",
    "question": "Who looks after them?",
    "resource": "A list: https://example.com",
}


@pytest.fixture
def tools(database: Database, tmp_path: Path) -> Toolbox:
    load_ready_templates(with_mail(database))
    modules = (template_tools, run_tools, activation_tools, schedule_tools)
    return toolbox(database, *modules, import_dirs=[tmp_path / "imports"])


def activate(tools: Toolbox, template_id: str, **arguments: object) -> Activated:
    return tools.call(Activated, "activate_template", template_id=template_id, **arguments)


def create(tools: Toolbox, template_type: str = "prospecting", **fields: object) -> TemplateWithSteps:
    return tools.call(TemplateWithSteps, "create_template", name="Mine", template_type=template_type, **fields)


def config_of(run: RunView | None) -> dict[str, Any]:
    assert run is not None
    return json.loads(run.config)


def count_runs(tools: Toolbox) -> int:
    return tools.call(RunPage, "list_runs").total


def test_a_search_starts_with_its_words_filled_in(tools: Toolbox) -> None:
    done = activate(tools, PEOPLE, overrides={**KNOWN, "maxContacts": 5, "budget": {"usd": 1}})
    assert done.run is not None
    assert done.template.status is TemplateStatus.ACTIVE
    assert (done.run.workflow_type, done.run.status, done.run.trigger, done.run.template_id) == (
        WorkflowType.SEARCH,
        RunStatus.PENDING,
        Trigger.TEMPLATE,
        done.template.id,
    )
    config = config_of(done.run)
    assert config["queries"][0] == "head of payments fintech Europe"
    assert "the role of head of payments" in config["requirements"]
    assert (config["maxContacts"], config["maxResults"]) == (5, 40)
    assert (config["budget"]["usd"], config["budget"]["turns"]) == (1, 60)
    assert not config.keys() & {"workflowType", "parameters", "about"}
    assert done.run.id in done.next


def test_a_template_can_be_activated_again_with_other_words(tools: Toolbox) -> None:
    first = activate(tools, PEOPLE, overrides=KNOWN)
    second = activate(tools, PEOPLE, overrides={**KNOWN, "market": "insurance"})
    assert first.template.id == second.template.id
    assert config_of(second.run)["queries"][0] == "head of payments insurance Europe"
    assert tools.call(TemplateWithSteps, "get_template", template_id=PEOPLE).config.count("{{market}}") > 1


def test_a_missing_parameter_is_asked_for_by_name_and_purpose(tools: Toolbox) -> None:
    with pytest.raises(BadRequest) as raised:
        activate(tools, PEOPLE, overrides={"place": "Oslo", "role": ""})
    assert "role (whom to look for, such as head of payments)" in raised.value.message
    assert "market (the field they work in, such as fintech)" in raised.value.message
    assert "place" not in raised.value.message
    assert count_runs(tools) == 0
    assert tools.call(TemplatePage, "list_templates", status="active").total == 0


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({"markt": "fintech"}, "takes no 'markt'. Did you mean 'market'?"),
        ({"maxContact": 3}, "takes no 'maxContact'. Did you mean 'maxContacts'?"),
        ({"allowed": None}, "takes no 'allowed'"),
        ({"role": {"a": 1}}, "'role' must be a text, a number or a list of them"),
    ],
)
def test_overrides_that_it_does_not_take_are_refused(
    tools: Toolbox, overrides: dict[str, object], complaint: str
) -> None:
    with pytest.raises(BadRequest) as raised:
        activate(tools, PEOPLE, overrides={**KNOWN, **overrides})
    assert complaint in raised.value.message
    assert count_runs(tools) == 0


def test_numbers_stay_numbers_and_must_be_some(tools: Toolbox) -> None:
    done = activate(tools, "Archive contacts gone quiet", overrides={"days": "365", "dryRun": True})
    config = config_of(done.run)
    assert "about" not in config
    assert (config["criteria"]["noInteractionDays"], config["maxContacts"], config["dryRun"]) == (365, 500, True)
    with pytest.raises(BadRequest, match="'days' must be a number"):
        activate(tools, "Archive contacts gone quiet", overrides={"days": "many"})


def test_a_list_stays_a_list(tools: Toolbox) -> None:
    done = activate(tools, "Prepare for conversations", overrides={"contact_ids": ["con_1", "con_2"]})
    assert config_of(done.run)["contactIds"] == ["con_1", "con_2"]


def test_braces_in_a_value_are_no_words(tools: Toolbox) -> None:
    done = activate(tools, PEOPLE, overrides={"role": "{{market}}", "market": "fintech"})
    assert config_of(done.run)["queries"][0] == "{{market}} fintech Europe"


def test_the_budgets_of_a_template_can_be_lowered_and_not_raised(tools: Toolbox) -> None:
    mine = create(tools, config={"queries": ["x"], "dayBudget": {"usd": 2, "turns": 10}, "budget": {"usd": 1}})
    asked = {"dayBudget": {"usd": 50, "turns": 5, "sends": 0}, "budget": {"usd": 3}}
    config = config_of(activate(tools, mine.id, overrides=asked).run)
    assert config["dayBudget"] == {"usd": 2, "turns": 5, "sends": 0}
    assert config["budget"] == {"usd": 3}


def test_without_start_it_only_becomes_active(tools: Toolbox) -> None:
    done = activate(tools, PEOPLE, start=False)
    assert (done.run, done.template.status) == (None, TemplateStatus.ACTIVE)
    assert count_runs(tools) == 0
    with pytest.raises(BadRequest, match="start=false begins none"):
        activate(tools, PEOPLE, overrides=KNOWN, start=False)


def test_a_ready_made_sequence_becomes_a_copy_that_leaves_nothing_open(tools: Toolbox) -> None:
    done = activate(tools, "First contact by e-mail", overrides={**LETTERS, "dailyLimit": 5})
    assert done.run is not None
    assert (done.run.workflow_type, done.run.status) == (WorkflowType.SEQUENCE, RunStatus.RUNNING)
    assert f"enroll_contacts(template_id={done.template.id!r}" in done.next
    shown = tools.call(TemplateWithSteps, "get_template", template_id=done.template.id)
    assert (shown.status, json.loads(shown.config)["dailyLimit"]) == (TemplateStatus.ACTIVE, 5)
    text = json.loads(shown.steps[0].config)["text"]
    assert 'Hello {{ first_name or "there" }},' in text
    assert "We help small banks answer audits in days." in text
    assert all("{{sender}}" not in step.config for step in shown.steps)
    assert shown.source_template_id is not None
    source = tools.call(TemplateWithSteps, "get_template", template_id=shown.source_template_id)
    assert (source.status, "{{sender}}" in source.steps[0].config) == (TemplateStatus.DRAFT, True)


def test_a_persons_own_sequence_is_activated_itself(tools: Toolbox) -> None:
    mine = create(tools, "outreach", steps=[{"step_type": "message", "config": {"subject": "Hi", "text": "Hi"}}])
    done = activate(tools, mine.id)
    assert (done.template.id, done.template.status) == (mine.id, TemplateStatus.ACTIVE)
    again = activate(tools, mine.id)
    assert done.run is not None
    assert again.run is not None
    assert (again.run.id, done.run.template_id) == (done.run.id, mine.id)


def test_a_sequence_that_is_wrong_does_not_become_active_by_any_way(tools: Toolbox) -> None:
    empty = tools.call(TemplateWithSteps, "create_template", name="Empty", template_type="nurture")
    with pytest.raises(LintFailed, match="no_steps") as refused:
        activate(tools, empty.id)
    assert refused.value.code == "lint"
    assert refused.value.details == {
        "problems": [{"step": None, "code": "no_steps", "severity": "error", "message": "it has no steps"}]
    }
    with pytest.raises(LintFailed, match="no_steps"):
        tools.call(TemplateWithSteps, "update_template", template_id=empty.id, status="active")
    with pytest.raises(LintFailed, match="no_steps"):
        create(tools, "outreach", status="active")
    assert tools.call(TemplateWithSteps, "get_template", template_id=empty.id).status is TemplateStatus.DRAFT
    mine = create(tools, "outreach", status="active", steps=[LETTER])
    wrong = {**LETTER, "config": {"subject": "Hi", "text": "{{ frist_name }}"}}
    with pytest.raises(LintFailed, match="frist_name"):
        tools.call(TemplateWithSteps, "update_template", template_id=mine.id, steps=[wrong])


def test_who_is_in_a_sequence_keeps_the_version_that_they_entered_with(tools: Toolbox) -> None:
    mine = create(tools, "outreach", status="active", steps=[LETTER])
    changed = {**LETTER, "config": {"subject": "Hi", "text": "Hello"}}
    with tools.database.write() as session:
        first = template_versions.latest_version(session, mine.id)
        assert first is not None
        ada = contacts.create_contact(session, name="Ada Example", email="ada@example.com")
        enrollments.enroll_contacts(session, template_id=mine.id, contact_ids=[ada.id], version_id=first.id)
    tools.call(TemplateWithSteps, "update_template", template_id=mine.id, steps=[changed])
    tools.call(TemplateWithSteps, "update_template", template_id=mine.id, name="Renamed")
    with tools.database.read() as session:
        versions = template_versions.list_versions(session, mine.id)
        (enrolled,) = enrollments.list_enrollments(session, template_id=mine.id)
    assert [(each.version, json.loads(each.steps)[0]["config"]["text"]) for each in versions] == [
        (2, "Hello"),
        (1, "Hi"),
    ]
    assert enrolled["template_version_id"] == first.id


def test_braces_in_a_value_that_is_given_are_no_template(tools: Toolbox) -> None:
    done = activate(tools, "First contact by e-mail", overrides={**LETTERS, "offer": "save {{ notes }} money"})
    with tools.database.read() as session:
        version = template_versions.latest_version(session, done.template.id)
    assert version is not None
    text = json.loads(version.steps)[0]["config"]["text"]
    assert "We help save {{ notes }} money." in Texts().check(text).render({"first_name": None})


def test_a_content_template_needs_a_goal(tools: Toolbox) -> None:
    mine = create(tools, "content")
    with pytest.raises(BadRequest, match="has no goal"):
        activate(tools, mine.id)
    done = activate(tools, mine.id, overrides={"goal": "Write"})
    assert done.run is not None
    assert done.run.workflow_type is WorkflowType.AGENT
    ready = activate(tools, "Weekly post drafts", overrides={"topic": "payments"})
    assert config_of(ready.run)["goal"].startswith("Write 3 drafts of posts about payments")


def test_a_template_never_says_which_files_a_run_may_read(tools: Toolbox) -> None:
    secret = {"file": "/etc/passwd", "allowed": None, "queries": ["x"]}
    mine = create(tools, config=secret)
    assert config_of(activate(tools, mine.id).run) == {"queries": ["x"]}
    started = tools.call(RunView, "start_run", workflow_type="search", template_id=mine.id)
    assert config_of(started) == {"queries": ["x"]}
    with pytest.raises(ToolError, match="Unknown argument 'file'"):
        activate(tools, mine.id, overrides={"file": "/etc/passwd"})


def test_a_type_of_run_that_there_is_not_is_said(tools: Toolbox) -> None:
    mine = create(tools, config={"workflowType": "dance"})
    with pytest.raises(BadRequest, match="says workflowType 'dance'; there are: sync"):
        activate(tools, mine.id)


def test_an_idempotent_activation_starts_one_run(tools: Toolbox) -> None:
    first = activate(tools, PEOPLE, overrides=KNOWN, idempotency_key="k")
    assert activate(tools, PEOPLE, overrides=KNOWN, idempotency_key="k") == first
    assert count_runs(tools) == 1


def test_a_run_that_is_started_with_a_template_has_its_settings_below_its_own(tools: Toolbox) -> None:
    run = tools.call(
        RunView, "start_run", workflow_type="search", template_id=PEOPLE, config={**KNOWN, "maxResults": 7}
    )
    config = config_of(run)
    assert (config["maxResults"], config["maxContacts"]) == (7, 25)
    assert config["queries"][0] == "head of payments fintech Europe"
    with pytest.raises(BadRequest, match="needs to know: role"):
        tools.call(RunView, "start_run", workflow_type="search", template_id=PEOPLE)


def test_a_schedule_of_a_template_knows_what_it_needs(tools: Toolbox, clock: Clock) -> None:
    template = tools.call(TemplateWithSteps, "get_template", template_id=PEOPLE)
    with pytest.raises(BadRequest, match="needs to know: role"):
        tools.call(SetSchedule, "set_schedule", template_id=template.id, cron="daily")
    made = tools.call(SetSchedule, "set_schedule", template_id=template.id, cron="daily", config=KNOWN)
    assert made.workflow_type is WorkflowType.SEARCH
    clock.advance(days=1)
    assert fire_due(tools.database, tools.services.engine, clock()) == 1
    (run,) = tools.call(RunPage, "list_runs").data
    assert (run.trigger, run.status, run.template_id) == (Trigger.SCHEDULED, RunStatus.PENDING, template.id)
    assert config_of(run)["queries"][0] == "head of payments fintech Europe"
