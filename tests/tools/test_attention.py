"""What needs the person is told, what is most urgent first, each with the page that settles it."""

from datetime import timedelta

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import outbound_switch
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import AccountStatus, AuthType, Platform
from onelane.storage.workflows import runs, schedules, tasks
from onelane.storage.workflows.approvals import Asked, create_approval
from onelane.storage.workflows.enrollments import Via
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.schedules import ScheduleStatus
from onelane.storage.workflows.tasks import TaskType
from onelane.tools import overview as overview_tools
from onelane.tools.attention import Attention
from onelane.tools.overview import Overview
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.run_config import read_config
from onelane.tools.sync.sync_run import SyncConfig
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, overview_tools)


def needs(tools: Toolbox) -> list[Attention]:
    return list(tools.call(Overview, "overview").needs_attention)


def test_nothing_needs_the_person_where_nothing_is(tools: Toolbox) -> None:
    assert needs(tools) == []


def test_what_waits_is_told_in_order_with_the_page_that_settles_it(tools: Toolbox) -> None:
    with tools.database.write() as session:
        outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.CLI, note="On holiday")
        asking = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT, status=RunStatus.PAUSED)
        held = runs.create_workflow_run(
            session,
            workflow_type=WorkflowType.ENRICH,
            status=RunStatus.PAUSED,
            status_reason="The day's budget is used.",
        )
        for run_id in (asking.id, None):
            asked = Asked(run_id, f"call of {run_id}", "delete_template", "{}", "Delete it?\nReally?", "hash")
            create_approval(session, session.new_id("apr"), asked, seal="", lifetime=timedelta(hours=1))
        account = accounts.ensure_account(
            session, platform=Platform.X, auth_type=AuthType.SESSION, account_key="demo", display_name="@demo"
        )
        account.status = AccountStatus.NEEDS_REAUTH
        schedules.create_schedule(
            session,
            job_type="sync",
            name="Fresh",
            run_at=session.now(),
            status=ScheduleStatus.FAILED,
            error="No such file",
        )
        for number in range(2):
            tasks.create_task(session, title=f"Same {number}?", task_type=TaskType.MERGE_PROPOSAL)
        tasks.create_task(session, title="Write to Jun", task_type=TaskType.OUTREACH)
        asking_id, held_id = asking.id, held.id
    found = needs(tools)
    assert [(each.kind.value, each.title, each.detail, each.href) for each in found] == [
        ("stopped", "Nothing is sent", "On holiday", "/dashboard/settings#stop"),
        ("question", "A run asks you", "Delete it? Really?", f"/dashboard/workflows/{asking_id}#questions"),
        ("question", "A chat asks you", "Delete it? Really?", "/dashboard/approvals"),
        ("account", "X has signed you out", "@demo", "/dashboard/settings#accounts"),
        ("schedule", "Fresh failed", "No such file", "/dashboard/schedules"),
        ("paused", "Paused: Contact Enrichment", "The day's budget is used.", f"/dashboard/workflows/{held_id}"),
        ("merge", "2 pairs of contacts may each be one person", "", "/dashboard/contacts?twice=1"),
        ("task", "1 to do: reach out", "Write to Jun", "/dashboard/outbound?state=by_hand"),
    ]
    assert "Needs the person:" in tools.call(Overview, "overview").text()


def test_a_question_is_told_by_its_first_line_and_a_setting_that_lacks_by_what_it_means() -> None:
    asked = Attention.model_construct(title="A chat asks you", detail="Start it?\n- name: W", next="onelane approvals")
    assert asked.text() == "A chat asks you: Start it? Next: onelane approvals"
    with pytest.raises(BadRequest, match="'syncSubType' is required: what to bring in"):
        read_config(SyncConfig, {})


def test_a_sign_in_that_ends_within_a_week_is_told_with_the_command_that_renews_it(
    sqlite_database: Database, clock: Clock
) -> None:
    tools = toolbox(sqlite_database, overview_tools)
    with tools.database.write() as session:
        account = accounts.ensure_account(
            session, platform=Platform.LINKEDIN, auth_type=AuthType.OAUTH, account_key="782", display_name="Ada"
        )
        grant = Grant("a-token", scopes=("r_dma_portability_self_serve",), ends_at=clock() + timedelta(days=8))
        keep_grant(tools.services.vault, account, grant)
        session.add(account)
    assert needs(tools) == []
    clock.advance(days=2)
    (need,) = needs(tools)
    assert (need.title, need.next) == (
        "LinkedIn's sign-in ends on Tuesday 10 November",
        "onelane accounts connect linkedin",
    )
