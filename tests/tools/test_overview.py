"""The overview says how things stand, and is quick however much there is."""

import json
from datetime import timedelta

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import outbound_actions, outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_switch import SwitchReason, SwitchState
from onelane.storage.people import contacts
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AuthType, Platform
from onelane.storage.workflows import runs, schedules, tasks, templates
from onelane.storage.workflows.enrollments import Via
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.tasks import TaskStatus, TaskType
from onelane.storage.workflows.templates import TemplateStatus, TemplateType
from onelane.tools import overview as overview_tools
from onelane.tools.overview import Overview
from onelane.tools.registry.gate.vault import Vault
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox
from tests.tools.outreach.inbound.correspondence import letterbox


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, overview_tools)


def looked_at(tools: Toolbox) -> Overview:
    return tools.call(Overview, "overview")


def test_where_nothing_is_yet_the_overview_says_how_to_begin(tools: Toolbox) -> None:
    assert looked_at(tools).text().splitlines() == [
        "Contacts: 0, and 0 archived.",
        "Runs: none.",
        "Templates: none.",
        "Open tasks: none.",
        "Nothing is here yet: start_sync brings people in from an export file.",
    ]


def test_contacts_are_counted_live_and_archived(tools: Toolbox) -> None:
    with tools.database.write() as session:
        ids = [contacts.create_contact(session, name=f"Person {number}").id for number in range(5)]
        contacts.archive_contacts(session, ids[:2], "left")
    counted = looked_at(tools).contacts
    assert (counted.live, counted.archived) == (3, 2)


def test_active_workflows_are_the_runs_that_are_running(tools: Toolbox) -> None:
    with tools.database.write() as session:
        for status in (RunStatus.RUNNING, RunStatus.RUNNING, RunStatus.PENDING, RunStatus.FAILED):
            runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=status)
    shown = looked_at(tools)
    assert shown.active_workflows == 2
    assert {status: count for status, count in shown.runs.items() if count} == {
        "running": 2,
        "pending": 1,
        "failed": 1,
    }


def test_the_latest_five_runs_are_shown_newest_first(tools: Toolbox, clock: Clock) -> None:
    ids: list[str] = []
    for _ in range(7):
        clock.advance(minutes=1)
        with tools.database.write() as session:
            ids.append(runs.create_workflow_run(session, workflow_type=WorkflowType.ENRICH).id)
    assert [run.id for run in looked_at(tools).latest_runs] == ids[:1:-1]


def test_templates_are_counted_by_state(tools: Toolbox) -> None:
    with tools.database.write() as session:
        for status in (TemplateStatus.DRAFT, TemplateStatus.DRAFT, TemplateStatus.ACTIVE):
            templates.create_template(session, name="T", template_type=TemplateType.NURTURE, status=status)
    assert looked_at(tools).templates == {"draft": 2, "active": 1, "paused": 0, "completed": 0}


def test_open_tasks_are_counted_and_merge_proposals_come_first(tools: Toolbox) -> None:
    with tools.database.write() as session:
        for number in range(4):
            tasks.create_task(session, title=f"Write to {number}", task_type=TaskType.FOLLOW_UP)
        for number in range(3):
            tasks.create_task(session, title=f"Same person? {number}", task_type=TaskType.MERGE_PROPOSAL)
        tasks.create_task(session, title="Done", task_type=TaskType.MERGE_PROPOSAL, status=TaskStatus.DONE)
    shown = looked_at(tools)
    assert (shown.open_tasks["merge_proposal"], shown.open_tasks["follow_up"]) == (3, 4)
    assert [task.title for task in shown.tasks] == [
        "Same person? 0",
        "Same person? 1",
        "Same person? 2",
        "Write to 0",
        "Write to 1",
    ]
    assert "Open tasks: 4 follow ups, 3 merge proposals." in shown.text()


def test_the_next_schedules_are_those_that_are_on_soonest_first(tools: Toolbox, clock: Clock) -> None:
    with tools.database.write() as session:
        for name, hours, enabled in (("later", 5, True), ("soon", 1, True), ("off", 0, False), ("never", None, True)):
            at = None if hours is None else clock() + timedelta(hours=hours)
            schedules.create_schedule(
                session, name=name, job_type="sync", run_at=clock(), next_run_at=at, enabled=enabled
            )
    shown = looked_at(tools)
    assert [schedule.name for schedule in shown.next_schedules] == ["soon", "later"]
    assert "2026-11-02 10:00Z\tsoon" in shown.text()


def test_accounts_are_shown_with_their_last_sync(tools: Toolbox, clock: Clock) -> None:
    with tools.database.write() as session:
        account = accounts.ensure_account(
            session, platform=Platform.LINKEDIN, display_name="Me", auth_type=AuthType.FILE, account_key="me"
        )
        account.last_synced_at = clock()
    assert "LinkedIn\tMe\tExport file\tlast sync 2026-11-02 09:00Z" in looked_at(tools).text()


def test_what_goes_on_only_with_the_person_stands_first_with_the_next_call(database: Database) -> None:
    box = letterbox(database, Vault.of_nobody())
    tools = toolbox(database, overview_tools)
    assert looked_at(tools).needs_attention == []
    with database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.ONELANE, reason=SwitchReason.RESTORED_COPY)
        sent = outbound_actions.get_action(session, box.action_id)
        waiting = outbound_actions.get_action(session, box.waiting_id)
        assert sent is not None
        assert waiting is not None
        sent.status, waiting.status = ActionStatus.UNCERTAIN, ActionStatus.AWAITING_APPROVAL
        tasks.create_task(session, title="Write to Ada on X", task_type=TaskType.OUTREACH)
        later = tasks.create_task(session, title="Follow Ada", task_type=TaskType.OUTREACH)
        later.snoozed_until = session.now() + timedelta(hours=1)
        session.add_all([sent, waiting, later])
    shown = looked_at(tools)
    assert [(each.kind.value, each.count) for each in shown.needs_attention] == [
        ("stopped", 1),
        ("approval", 1),
        ("uncertain", 1),
        ("task", 1),
    ]
    assert "Nothing is sent: the database is a copy that was put back, or stands in another home. Next" in shown.text()


def test_programs_get_the_same_as_json(tools: Toolbox) -> None:
    with tools.database.write() as session:
        runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.RUNNING)
    body = json.loads(looked_at(tools).contract_json())
    assert (body["activeWorkflows"], body["runs"]["running"]) == (1, 1)
    assert body["latestRuns"][0]["workflowType"] == "sync"
