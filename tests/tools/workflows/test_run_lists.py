"""Runs are found by words and time from either end, and each says what it does in the same words everywhere."""

from datetime import timedelta
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.run_reading import run_lists
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import RunPage, RunWithSteps
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, run_tools)


def new(tools: Toolbox, kind: WorkflowType, config: str = "{}", **values: Any) -> str:
    with tools.database.write() as session:
        return runs.create_workflow_run(session, workflow_type=kind, config=config, **values).id


def found(tools: Toolbox, **wanted: object) -> list[str]:
    page = tools.call(RunPage, "list_runs", **wanted)
    assert page.total >= len(page.data)
    return [run.id for run in page.data]


def title(tools: Toolbox, kind: WorkflowType, config: str, **values: Any) -> str:
    return tools.call(RunWithSteps, "get_run", run_id=new(tools, kind, config, **values)).title


def test_runs_are_found_by_all_of_some_words_whatever_their_case(tools: Toolbox) -> None:
    ada = new(tools, WorkflowType.AGENT, '{"goal":"Find Ada in Payments"}')
    new(tools, WorkflowType.AGENT, '{"goal":"Find Bob in Payments"}')
    failed = new(tools, WorkflowType.SYNC, status=RunStatus.FAILED, status_reason="Ada's file is gone: 100%_sure")
    assert found(tools, q="ada payments") == [ada]
    assert found(tools, q="ADA") == [failed, ada]
    assert found(tools, q="100%_sure") == [failed]
    assert found(tools, q="100_") == []
    assert found(tools, q=ada) == [ada]
    assert found(tools, q="platform sync") == [failed]
    assert found(tools, q="payments", status="failed") == []


def test_runs_are_found_by_their_templates_name(tools: Toolbox) -> None:
    with tools.database.write() as session:
        template = templates.create_template(session, name="Autumn hello", template_type=TemplateType.NURTURE)
        template_id = template.id
    run = new(tools, WorkflowType.SEQUENCE, '{"templateVersion":3}', template_id=template_id)
    new(tools, WorkflowType.SEQUENCE)
    assert found(tools, q="autumn") == [run]
    assert tools.call(RunWithSteps, "get_run", run_id=run).title == "Autumn hello, version 3"


def test_a_list_may_begin_at_an_instant_and_at_the_oldest_run(tools: Toolbox, clock: Clock) -> None:
    ids = list[str]()
    for _ in range(5):
        clock.advance(minutes=1)
        ids.append(new(tools, WorkflowType.ENRICH))
    since = tools.database.clock().isoformat()
    assert found(tools, since=since) == ids[4:]
    assert found(tools, sort="oldest") == ids
    first = tools.call(RunPage, "list_runs", sort="oldest", page_size=2)
    assert [run.id for run in first.data] == ids[:2]
    assert found(tools, sort="oldest", page_size=2, cursor=first.next_cursor) == ids[2:4]
    assert found(tools, sort="oldest", page_size=2, page=3) == ids[4:]


def test_runs_are_listed_by_how_long_they_took_and_what_they_cost_in_both_directions(tools: Toolbox) -> None:
    began = tools.database.clock()
    quick = new(tools, WorkflowType.AGENT, cost_usd=0.25, started_at=began, completed_at=began + timedelta(seconds=5))
    minute: dict[str, Any] = {"started_at": began, "completed_at": began + timedelta(seconds=60)}
    slow = new(tools, WorkflowType.AGENT, **minute)
    also_slow = new(tools, WorkflowType.ENRICH, cost_usd=0.5, **minute)
    with tools.database.write() as session:
        runs.update_workflow_run(session, slow, cost_usd=None)
    ongoing = new(tools, WorkflowType.AGENT, started_at=began)
    also_ongoing = new(tools, WorkflowType.AGENT)
    orders = {
        "longest": [also_slow, slow, quick, also_ongoing, ongoing],
        "shortest": [quick, slow, also_slow, ongoing, also_ongoing],
        "costliest": [also_slow, quick, also_ongoing, ongoing, slow],
        "cheapest": [ongoing, also_ongoing, quick, also_slow, slow],
    }
    for sort, ids in orders.items():
        assert found(tools, sort=sort) == ids
        assert [run for page in (1, 2, 3) for run in found(tools, sort=sort, page=page, page_size=2)] == ids
        forth, cursor = list[str](), None
        while len(forth) < len(ids):
            page = tools.call(RunPage, "list_runs", sort=sort, page_size=2, cursor=cursor)
            forth, cursor = forth + [run.id for run in page.data], page.next_cursor
        assert (forth, cursor) == (ids, None)
        back = tools.call(RunPage, "list_runs", sort=sort, page_size=2, backwards=True)
        assert [run.id for run in back.data] == ids[-2:]
        assert found(tools, sort=sort, page_size=2, backwards=True, cursor=back.next_cursor) == ids[1:3]
    assert found(tools, sort="longest", workflow_type="agent") == [slow, quick, also_ongoing, ongoing]
    for wrong in ("nan.run_1", "1.", "one.run_1"):
        with pytest.raises(BadRequest, match="not from a list in this order"):
            found(tools, sort="longest", cursor=wrong)


TITLES = [
    (
        WorkflowType.SYNC,
        '{"syncSubType":"linkedin_contacts","file":"/home/ada/private/Connections.csv"}',
        "LinkedIn Connections from Connections.csv",
    ),
    (WorkflowType.SYNC, '{"syncSubType":"gmail_metadata"}', "Gmail Email Metadata"),
    (WorkflowType.SYNC, '{"file":"C:\\\\Users\\\\ada\\\\x.csv"}', "Platform Sync"),
    (WorkflowType.AGENT, '{"goal":"Find\\n  Ada"}', "Find Ada"),
    (WorkflowType.SEARCH, '{"queries":["acme team","nobody"]}', "Search: acme team and 1 more"),
    (WorkflowType.ENRICH, '{"contactIds":["a","b"]}', "Enrich 2 contacts"),
    (WorkflowType.ENRICH, '{"missing":["email"]}', "Enrich contacts without email"),
    (WorkflowType.ENRICH, "{}", "Contact Enrichment"),
    (WorkflowType.PRUNE, '{"words":"Whoever has gone"}', "Archive: Whoever has gone"),
    (
        WorkflowType.PRUNE,
        '{"criteria":{"noInteractionDays":365,"withoutEmail":true},"dryRun":true}',
        "Who would be archived: no interaction days 365, without email",
    ),
]


def test_a_run_says_what_it_does(tools: Toolbox) -> None:
    for kind, config, said in TITLES:
        assert title(tools, kind, config) == said


def test_a_run_says_why_it_stands_or_what_it_brought_to_chats_and_programs_alike(tools: Toolbox) -> None:
    failed = new(tools, WorkflowType.SYNC, status=RunStatus.FAILED, status_reason="The file is gone.")
    brought = new(tools, WorkflowType.SYNC, status=RunStatus.COMPLETED, result='{"message":"24 people added."}')
    for face in (Face.MCP, Face.REST, Face.CLI, Face.DASHBOARD):
        page = tools.call_as(Caller(face), RunPage, "list_runs")
        assert {run.id: run.summary for run in page.data} == {failed: "The file is gone.", brought: "24 people added."}


def test_days_count_what_became_of_the_runs_that_were_created_on_them(tools: Toolbox, clock: Clock) -> None:
    for status in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.RUNNING):
        new(tools, WorkflowType.SYNC, status=status)
    clock.advance(hours=24)
    new(tools, WorkflowType.SYNC, status=RunStatus.CANCELLED)
    with tools.database.read() as session:
        days = run_lists.list_days(session, count=3)
    assert [(day.completed, day.failed, day.cancelled) for day in days] == [(0, 0, 0), (1, 1, 0), (0, 0, 1)]
    assert days[-1].day == tools.database.clock().date().isoformat()
