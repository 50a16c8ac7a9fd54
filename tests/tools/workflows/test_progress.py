"""A run tells its person how far it is."""

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.workflows import progress
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.progress import ProgressReport
from onelane.tools.workflows.run_reading.run_views import Progress
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, progress, run_tools)


@pytest.fixture
def run_id(database: Database) -> str:
    with database.write() as session:
        return runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT, processed_items=4).id


def report(tools: Toolbox, run_id: str | None, **said: object) -> ProgressReport:
    return tools.call_as(Caller(Face.AGENT, run_id=run_id), ProgressReport, "report_progress", **said)


def test_a_progress_report_is_a_decision_among_the_steps_of_its_run(tools: Toolbox, run_id: str) -> None:
    assert report(tools, run_id, message="Two\nfound.", done=2, total=50).text() == "Noted: Two found. (2 of 50)"
    report(tools, run_id, message="The rest is elsewhere.")
    with tools.database.read() as session:
        found = [(step["step_type"], step["status"]) for step in steps.list_workflow_steps(session, run_id)]
    assert found == [("decision", "completed")] * 2


def test_the_total_is_known_from_then_on_and_the_counters_stay_those_of_the_steps(tools: Toolbox, run_id: str) -> None:
    report(tools, run_id, message="Begun.", done=2, total=50)
    shown = tools.call(Progress, "get_progress", run_id=run_id)
    assert (shown.total_items, shown.processed_items, shown.percent) == (50, 4, 8.0)
    report(tools, run_id, message="Fewer.", total=3)
    assert tools.call(Progress, "get_progress", run_id=run_id).total_items == 4


def test_a_caller_without_a_run_is_told_how_to_begin_one(tools: Toolbox) -> None:
    with pytest.raises(BadRequest, match="begin_agent_run"):
        report(tools, None, message="Hello.")


def test_more_than_all_can_not_be_done(tools: Toolbox, run_id: str) -> None:
    with pytest.raises(BadRequest, match="51 of 50"):
        report(tools, run_id, message="Done.", done=51, total=50)
    with pytest.raises(BadRequest, match="message"):
        report(tools, run_id, message=" ")
