"""Every run has a sentence: what it brought, why it stands, what went wrong, what it cost, and what comes next."""

from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach.sequence_enrollments import list_current
from onelane.storage.workflows import runs
from onelane.storage.workflows.enrollments import Gate
from onelane.storage.workflows.runs import Driver, RunStatus, WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import RunPage, RunWithSteps
from tests.messages import message, sequence
from tests.toolbox import Toolbox, toolbox

STANDINGS: list[tuple[dict[str, Any], str]] = [
    ({"status": RunStatus.PENDING}, "It waits for its turn."),
    ({"status": RunStatus.RUNNING, "total_items": 44, "processed_items": 10}, "10 of 44 done."),
    ({"status": RunStatus.RUNNING, "driver": Driver.HOST}, "The chat client's own model does the work: 0 steps done."),
    ({"status": RunStatus.PAUSED}, "It holds until it is resumed. 0 steps done."),
    (
        {"status": RunStatus.PAUSED, "status_reason": "The day's budget is used", "processed_items": 3},
        "The day's budget is used. 3 done.",
    ),
    ({"status": RunStatus.COMPLETED}, "There was nothing to do."),
    ({"status": RunStatus.COMPLETED, "result": '{"summary":"Two found."}'}, "Two found."),
    (
        {"status": RunStatus.COMPLETED, "result": '{"message":"35 completed."}', "cost_usd": 0.312},
        "35 completed. It cost $0.31.",
    ),
    (
        {
            "status": RunStatus.COMPLETED,
            "result": '{"message":"4 looked at."}',
            "error_items": 3,
            "errors": '["The first page is gone.","The second too."]',
        },
        "4 looked at. What went wrong: The first page is gone; The second too; and 1 more.",
    ),
    (
        {"status": RunStatus.FAILED, "status_reason": "No such file.", "errors": '["No such file."]'},
        "No such file.",
    ),
]


@pytest.fixture
def tools(sqlite_database: Database) -> Toolbox:
    return toolbox(sqlite_database, run_tools)


def new(tools: Toolbox, **values: Any) -> str:
    with tools.database.write() as session:
        return runs.create_workflow_run(session, workflow_type=WorkflowType.ENRICH, **values).id


def test_a_run_says_how_it_stands_in_the_same_sentence_everywhere(tools: Toolbox) -> None:
    expected = {new(tools, **values): sentence for values, sentence in STANDINGS}
    for face in (Face.MCP, Face.REST, Face.CLI, Face.DASHBOARD):
        listed = tools.call_as(Caller(face), RunPage, "list_runs").data
        assert {run.id: run.summary for run in listed} == expected
    lines = tools.call(RunPage, "list_runs").text()
    assert all(sentence in lines for sentence in expected.values())


def test_a_sequence_that_is_not_over_says_who_is_in_it_and_how_many_messages_wait(tools: Toolbox) -> None:
    with tools.database.write() as session:
        template = sequence(session)
        for name in ("Ada Lovelace", "Grace Hopper"):
            message(session, template, name)
        asked = list_current(session, template.id, (), limit=1)[0]
        asked.waiting_for = Gate.APPROVAL
        session.add(asked)
        people = "2 people are in it, 1 message waits for approval."
        states = {
            RunStatus.RUNNING: people,
            RunStatus.PAUSED: f"It holds until it is resumed. {people}",
            RunStatus.COMPLETED: "There was nothing to do.",
        }
        kind = WorkflowType.SEQUENCE
        expected = {
            runs.create_workflow_run(session, workflow_type=kind, status=status, template_id=template.id).id: sentence
            for status, sentence in states.items()
        }
    assert {run.id: run.summary for run in tools.call(RunPage, "list_runs").data} == expected


def test_a_run_that_is_not_over_says_what_to_call_next(tools: Toolbox) -> None:
    calls = {
        RunStatus.PENDING: "get_run(run_id=",
        RunStatus.PAUSED: "action='resume')",
        RunStatus.FAILED: "action='retry')",
    }
    for status, call in calls.items():
        assert call in tools.call(RunWithSteps, "get_run", run_id=new(tools, status=status)).text()
    done = tools.call(RunWithSteps, "get_run", run_id=new(tools, status=RunStatus.COMPLETED)).text()
    assert "control_run" not in done


def test_whom_a_pruning_put_aside_is_named_with_the_reason(tools: Toolbox) -> None:
    result = '{"message":"1 archived.","sample":[{"contactId":"con_1","name":"Ada","reason":"Left the field."}]}'
    shown = tools.call(RunWithSteps, "get_run", run_id=new(tools, status=RunStatus.COMPLETED, result=result))
    assert "con_1\tAda: Left the field." in shown.text()
