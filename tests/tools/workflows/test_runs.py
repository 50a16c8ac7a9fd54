"""Runs are listed, shown, started, steered and forked."""

import json
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import runs, steps, templates
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import Progress, RunPage, RunView, RunWithSteps
from onelane.tools.workflows.run_reading.step_views import StepPage
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

REST = Caller(Face.REST)


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, run_tools)


def new_run(tools: Toolbox, status: RunStatus = RunStatus.RUNNING, steps_of_it: int = 0, **values: Any) -> str:
    with tools.database.write() as session:
        run = runs.create_workflow_run(session, **({"workflow_type": WorkflowType.SYNC, "status": status} | values))
        for number in range(steps_of_it):
            steps.create_workflow_step(
                session,
                workflow_run_id=run.id,
                step_type=StepType.SYNC_PAGE,
                status=StepStatus.COMPLETED,
                output=f'{{"page":{number}}}',
            )
        return run.id


def listed(tools: Toolbox, **wanted: object) -> RunPage:
    return tools.call(RunPage, "list_runs", **wanted)


def start(tools: Toolbox, **wanted: object) -> RunView:
    return tools.call(RunView, "start_run", **wanted)


def control(tools: Toolbox, run_id: str, action: str) -> RunView:
    return tools.call(RunView, "control_run", run_id=run_id, action=action)


def test_a_run_about_people_takes_their_names_and_refuses_those_whom_nobody_knows(tools: Toolbox) -> None:
    with tools.database.write() as session:
        ada, grace = (
            contacts.create_contact(session, name=name, email=address).id
            for name, address in (("Ada Lovelace", "ada@example.com"), ("Grace Hopper", None))
        )
        index_contacts(session, [ada, grace])
    for setting in ("contact_ids", "contactIds"):
        run = start(tools, workflow_type="enrich", config={setting: ["Ada Lovelace", grace]})
        assert json.loads(run.config)["contactIds"] == [ada, grace]
    with pytest.raises(NotFound, match=f"'Grace Hoper' is no id; called almost so: {grace}"):
        start(tools, workflow_type="enrich", config={"contact_ids": [ada, "Grace Hoper"]})
    assert listed(tools).total == 2


def test_runs_are_listed_newest_first_by_page_and_by_cursor(tools: Toolbox, clock: Clock) -> None:
    ids: list[str] = []
    for number in range(7):
        # Two in the same second: the order stays exact.
        clock.advance(seconds=number % 2)
        ids.append(new_run(tools))
    by_page = [run.id for page in (1, 2, 3) for run in listed(tools, page=page, page_size=3).data]
    by_cursor: list[str] = []
    cursor: str | None = None
    while cursor is not None or not by_cursor:
        page = listed(tools, page_size=3, cursor=cursor)
        by_cursor += [run.id for run in page.data]
        cursor = page.next_cursor
    assert by_page == by_cursor == ids[::-1]
    assert (listed(tools, page=9).total, list(listed(tools, page=9).data)) == (7, [])


def test_runs_are_filtered_and_the_total_is_that_of_the_filter(tools: Toolbox) -> None:
    with tools.database.write() as session:
        template = templates.create_template(session, name="T", template_type=TemplateType.NURTURE).id
    one = new_run(tools, RunStatus.FAILED)
    two = new_run(tools, RunStatus.FAILED, workflow_type=WorkflowType.AGENT)
    three = new_run(tools, RunStatus.COMPLETED, template_id=template, workflow_type=WorkflowType.SEQUENCE)
    for wanted, ids in (
        ({"status": "failed"}, [two, one]),
        ({"status": "failed", "workflow_type": "agent"}, [two]),
        ({"template_id": template}, [three]),
        ({"template_id": "tpl_nothing"}, []),
    ):
        page = listed(tools, **wanted)
        assert ([run.id for run in page.data], page.total) == (ids, len(ids))


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "done"},
        {"workflow_type": "campaign"},
        {"page": 0},
        {"page_size": 0},
        {"page_size": -1},
        {"page_size": 100_000},
        {"cursor": "nonsense"},
        {"cursor": "12."},
        {"cursor": "9" * 40 + ".run_x"},
    ],
)
def test_a_list_that_can_not_be_is_refused(tools: Toolbox, wrong: dict[str, object]) -> None:
    with pytest.raises(BadRequest, match=next(iter(wrong))):
        listed(tools, **wrong)


def test_a_run_is_shown_with_its_steps_in_order(tools: Toolbox) -> None:
    run_id = new_run(tools, steps_of_it=3)
    shown = tools.call(RunWithSteps, "get_run", run_id=run_id)
    assert [(step.step_index, json.loads(step.output)) for step in shown.steps] == [(n, {"page": n}) for n in range(3)]
    assert (shown.step_count, shown.next_steps_cursor) == (3, None)
    assert shown.text().splitlines()[-1] == "2\tsync_page\tcompleted\tpage 2"


def test_a_chat_gets_the_first_twenty_steps_and_the_way_to_the_rest(tools: Toolbox) -> None:
    run_id = new_run(tools, steps_of_it=45)
    shown = tools.call(RunWithSteps, "get_run", run_id=run_id)
    rest = tools.call(StepPage, "list_run_steps", run_id=run_id, cursor=shown.next_steps_cursor, limit=100)
    assert [step.step_index for step in (*shown.steps, *rest.data)] == list(range(45))
    assert (len(shown.steps), rest.total, rest.next_cursor) == (20, 45, None)
    assert "45 steps in all: list_run_steps" in shown.text()
    assert len(tools.call_as(REST, RunWithSteps, "get_run", run_id=run_id).steps) == 45


def test_steps_are_listed_page_by_page(tools: Toolbox) -> None:
    run_id = new_run(tools, steps_of_it=5)
    first = tools.call(StepPage, "list_run_steps", run_id=run_id, limit=2)
    second = tools.call(StepPage, "list_run_steps", run_id=run_id, limit=2, cursor=first.next_cursor)
    assert [step.step_index for step in (*first.data, *second.data)] == [0, 1, 2, 3]
    for wrong in ("x", "-1", "9" * 30):
        with pytest.raises(BadRequest, match="cursor"):
            tools.call(StepPage, "list_run_steps", run_id=run_id, cursor=wrong)


@pytest.mark.parametrize(
    ("total", "processed", "percent"), [(None, 3, None), (0, 0, None), (3, 1, 33.3), (10, 10, 100.0), (10, 12, 100.0)]
)
def test_progress_is_a_share_of_the_total_as_far_as_that_is_known(
    tools: Toolbox, total: int | None, processed: int, percent: float | None
) -> None:
    run_id = new_run(tools, total_items=total, processed_items=processed)
    assert tools.call(Progress, "get_progress", run_id=run_id).percent == percent


def test_an_unknown_run_says_where_to_look(tools: Toolbox) -> None:
    for name, more in (
        ("get_run", {}),
        ("list_run_steps", {}),
        ("get_progress", {}),
        ("control_run", {"action": "pause"}),
        ("fork_run", {}),
    ):
        with pytest.raises(NotFound, match="No run was started yet"):
            tools.product.call(name, {"run_id": "run_x", **more}, REST)
    latest = start(tools, workflow_type="agent")
    with pytest.raises(NotFound, match=rf"The latest is {latest.id} \(.*list_runs shows the others"):
        tools.product.call("get_run", {"run_id": "run_x"}, REST)


def test_a_started_run_waits_with_its_config(tools: Toolbox, clock: Clock) -> None:
    run = start(tools, workflow_type="agent", config={"model": "m", "maxTurns": 3})
    assert (run.status, run.trigger, run.attempt) == (RunStatus.PENDING, "user", 1)
    assert json.loads(run.config) == {"model": "m", "maxTurns": 3}
    assert (run.created_at, run.started_at, run.completed_at) == (clock(), None, None)


def test_a_run_is_started_once_for_one_key(tools: Toolbox) -> None:
    first = start(tools, workflow_type="agent", idempotency_key="k")
    assert start(tools, workflow_type="agent", idempotency_key="k") == first
    assert listed(tools).total == 1


@pytest.mark.parametrize("config", ["no json", "[1]", 3, '{"half": "\\ud83d"}'])
def test_a_config_that_is_no_object_is_refused(tools: Toolbox, config: object) -> None:
    with pytest.raises(BadRequest, match=r"config|half of one \(U\+D800"):
        start(tools, workflow_type="agent", config=config)


def test_a_run_of_a_template_that_is_not_there_is_refused(tools: Toolbox) -> None:
    with pytest.raises(NotFound, match="list_templates"):
        start(tools, workflow_type="sequence", template_id="tpl_nothing")
    assert listed(tools).total == 0


def test_a_run_is_paused_resumed_cancelled_and_retried(tools: Toolbox) -> None:
    run_id = start(tools, workflow_type="agent").id
    states = [control(tools, run_id, action).status for action in ("pause", "resume", "cancel", "retry")]
    assert states == ["paused", "pending", "cancelled", "pending"]


def test_an_impossible_transition_of_a_run_is_a_conflict(tools: Toolbox) -> None:
    for status, actions in (
        (RunStatus.COMPLETED, ("pause", "resume", "cancel", "retry")),
        (RunStatus.FAILED, ("pause", "resume", "cancel")),
        (RunStatus.RUNNING, ("resume", "retry")),
    ):
        run_id = new_run(tools, status)
        for action in actions:
            with pytest.raises(Conflict, match=status):
                control(tools, run_id, action)
    with pytest.raises(BadRequest, match="action"):
        control(tools, run_id, "explode")


def test_a_fork_takes_over_steps_and_settings(tools: Toolbox) -> None:
    run_id = new_run(tools, RunStatus.COMPLETED, steps_of_it=4, config='{"a":1,"b":1}')
    fork = tools.call(RunView, "fork_run", run_id=run_id, steps=2, config={"b": 2})
    assert (fork.forked_from_id, fork.step_count, json.loads(fork.config)) == (run_id, 2, {"a": 1, "b": 2})
    with pytest.raises(BadRequest, match="4 steps"):
        tools.call(RunView, "fork_run", run_id=run_id, steps=5)


def test_a_list_for_a_model_leaves_settings_result_and_errors_to_the_run_itself(tools: Toolbox) -> None:
    run_id = new_run(
        tools,
        RunStatus.FAILED,
        config='{"syncSubType":"x_contacts"}',
        errors='["line 3: a quote"]',
        cost_usd=2,
        started_at=Clock()(),
    )
    (row,) = listed(tools).structured()["data"]
    shown = tools.call(RunWithSteps, "get_run", run_id=run_id).structured()
    left = {"config": {"syncSubType": "x_contacts"}, "result": {}, "errors": ["line 3: a quote"]}
    assert row | left == {name: shown[name] for name in row | left}


def test_a_step_in_a_list_is_told_as_it_is_alone(tools: Toolbox) -> None:
    run_id = new_run(tools, steps_of_it=2)
    page = tools.call(StepPage, "list_run_steps", run_id=run_id)
    assert page.structured()["data"] == [step.structured() for step in page.data]
    assert page.structured()["data"][1]["output"] == {"page": 1}
    detailed = tools.call(StepPage, "list_run_steps", run_id=run_id, detail=True)
    for each in (page, detailed, listed(tools)):
        assert each.text().startswith("\n".join(item.text() for item in each.data))


def test_on_rest_a_run_is_what_the_specification_says(tools: Toolbox, clock: Clock) -> None:
    run_id = new_run(tools, steps_of_it=1, config='{"syncSubType":"x_contacts"}')
    shown = json.loads(tools.call_as(REST, RunWithSteps, "get_run", run_id=run_id).contract_json())
    page = json.loads(tools.call_as(REST, RunPage, "list_runs").contract_json())
    assert {
        "id", "templateId", "workflowType", "platformAccountId", "status", "totalItems", "processedItems",
        "successItems", "skippedItems", "errorItems", "config", "result", "errors", "trigger", "model", "inputTokens",
        "outputTokens", "costUsd", "parentWorkflowId", "startedAt", "completedAt", "createdAt", "updatedAt",
    } <= set(page["data"][0])  # fmt: skip
    assert (shown["config"], shown["result"], shown["errors"]) == ('{"syncSubType":"x_contacts"}', "{}", "[]")
    assert shown["createdAt"] == page["data"][0]["createdAt"] == int(clock().timestamp())
    assert (page["total"], shown["steps"][0]["output"]) == (1, '{"page":0}')
