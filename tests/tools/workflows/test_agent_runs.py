"""A chat's own model works on a run: what it calls for it is recorded, and nothing else can be done in its name."""

import json
import re

import pytest

from onelane.server.engine.client_runs import close_silent_runs
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.scheduler import recurring_jobs
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import Driver, RunStatus, WorkflowType
from onelane.tools.registry.context import Caller, Chat, Face
from onelane.tools.registry.errors import BadRequest, Conflict, Forbidden, NotFound, ToolError
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.tool_spec import Reveals
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from onelane.tools.workflows import agent_runs as agent_run_tools
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows import templates as template_tools
from onelane.tools.workflows.agent_runs import BegunRun
from onelane.tools.workflows.ready_templates import load_ready_templates
from onelane.tools.workflows.run_reading.run_views import RunView
from onelane.tools.workflows.run_reading.step_views import StepPage
from onelane.tools.workflows.template_views import TemplatePage, TemplateWithSteps
from onelane.tools.workflows.templates import Deleted
from tests.databases import Clock
from tests.engines import idle_engine
from tests.toolbox import Toolbox, toolbox


@pytest.fixture
def engine(database: Database) -> RunEngine:
    return idle_engine(database)


@pytest.fixture
def tools(database: Database, engine: RunEngine) -> Toolbox:
    return toolbox(database, run_tools, template_tools, agent_run_tools, engine=engine)


@pytest.fixture
def run_id(tools: Toolbox) -> str:
    return tools.call(BegunRun, "begin_agent_run", goal="Find three people").id


def finish(tools: Toolbox, run_id: str, **arguments: object) -> RunView:
    return tools.call(RunView, "finish_agent_run", run_id=run_id, summary="Found two.", **arguments)


def make(tools: Toolbox, run_id: str, name: str = "Spring") -> TemplateWithSteps:
    caller = Caller(Face.MCP, run_id)
    return tools.call_as(caller, TemplateWithSteps, "create_template", template_type="outreach", name=name)


def steps_of(tools: Toolbox, run_id: str) -> list[tuple[str, str, str | None]]:
    page = tools.call(StepPage, "list_run_steps", run_id=run_id)
    return [(step.step_type, step.status, step.tool) for step in page.data]


def test_a_client_run_is_running_from_the_start_and_says_how_to_go_on(tools: Toolbox, clock: Clock) -> None:
    begun = tools.call(BegunRun, "begin_agent_run", goal=" Find three people ")
    assert (begun.workflow_type, begun.status, begun.started_at) == ("agent", "running", clock())
    assert json.loads(begun.config) == {"goal": "Find three people"}
    assert f"for_run={begun.id!r}" in begun.text()
    assert f"finish_agent_run(run_id={begun.id!r}" in begun.text()
    with tools.database.read() as session:
        kept = runs.get_workflow_run(session, begun.id)
    assert kept is not None
    assert kept.driver is Driver.HOST


def test_each_call_for_it_is_one_step_and_a_sign_of_life(tools: Toolbox, run_id: str, clock: Clock) -> None:
    clock.advance(minutes=5)
    make(tools, run_id)
    tools.call_as(Caller(Face.REST, run_id), TemplatePage, "list_templates")
    with pytest.raises(NotFound):
        tools.call_as(Caller(Face.MCP, run_id), TemplateWithSteps, "get_template", template_id="tpl_x")
    tools.call(TemplatePage, "list_templates")
    assert steps_of(tools, run_id) == [
        ("tool_call", "completed", "create_template"),
        ("tool_call", "completed", "list_templates"),
        ("tool_call", "failed", "get_template"),
    ]
    with tools.database.read() as session:
        kept = runs.get_workflow_run(session, run_id)
    assert kept is not None
    assert (kept.heartbeat_at, kept.updated_at, kept.step_count) == (clock(), clock(), 3)


def test_a_run_that_is_started_for_it_is_its_child(tools: Toolbox, run_id: str) -> None:
    child = tools.call_as(Caller(Face.MCP, run_id), RunView, "start_run", workflow_type="search")
    assert child.parent_workflow_id == run_id


@pytest.mark.parametrize("outcome", ["completed", "failed", "cancelled"])
def test_a_client_run_ends_as_its_model_says_and_keeps_its_result(tools: Toolbox, run_id: str, outcome: str) -> None:
    make(tools, run_id)
    done = finish(tools, run_id, outcome=outcome, result={"found": 2})
    assert done.status == outcome
    assert json.loads(done.result) == {"found": 2, "summary": "Found two."}
    assert done.completed_at is not None
    assert done.status_reason == (None if outcome == "completed" else "Found two.")
    assert steps_of(tools, run_id)[1:] == ([("error", "failed", None)] if outcome == "failed" else [])
    with pytest.raises(Conflict, match=f"is {outcome} already"):
        finish(tools, run_id)


def test_a_call_for_a_finished_run_does_nothing(tools: Toolbox, run_id: str) -> None:
    finish(tools, run_id, outcome="cancelled")
    with pytest.raises(Conflict, match=r"is cancelled \(Found two\.\)\. Begin a new one with begin_agent_run"):
        make(tools, run_id)
    assert steps_of(tools, run_id) == []
    assert tools.call(TemplatePage, "list_templates").total == 0


@pytest.mark.parametrize("face", [Face.MCP, Face.REST, Face.CLI])
def test_a_call_for_a_run_of_the_engine_is_refused(tools: Toolbox, face: Face) -> None:
    run = tools.call(RunView, "start_run", workflow_type="agent")
    for run_id, message in ((run.id, "goes by itself"), ("run_x", "There is no run"), ("run_\x00", "There is no run")):
        with pytest.raises(ToolError, match=message):
            tools.call_as(Caller(face, run_id), TemplatePage, "list_templates")
    assert steps_of(tools, run.id) == []
    with pytest.raises(Conflict, match="ends by itself"):
        finish(tools, run.id)
    with pytest.raises(NotFound, match="There is no run"):
        finish(tools, "run_x")


def test_with_a_template_its_settings_come_along(tools: Toolbox) -> None:
    load_ready_templates(tools.database)
    begun = tools.call(
        BegunRun,
        "begin_agent_run",
        goal="Do it",
        template_id="Archive who does not fit",
        workflow_type="prune",
        overrides={"audience": "bankers"},
    )
    assert begun.workflow_type is WorkflowType.PRUNE
    assert json.loads(begun.config)["words"].startswith("I keep: bankers.")
    assert "I keep: bankers." in begun.text()
    with pytest.raises(BadRequest, match="needs to know: audience"):
        tools.call(BegunRun, "begin_agent_run", goal="Do it", template_id="Archive who does not fit")


@pytest.mark.parametrize("workflow_type", ["sync", "sequence"])
def test_a_run_type_that_no_client_may_drive_is_not_begun(tools: Toolbox, workflow_type: str) -> None:
    with pytest.raises(BadRequest, match="go by themselves"):
        tools.call(BegunRun, "begin_agent_run", goal="Do it", workflow_type=workflow_type)


def test_a_client_run_is_never_executed_by_the_engine(
    tools: Toolbox, engine: RunEngine, run_id: str, clock: Clock
) -> None:
    clock.advance(hours=5)
    assert engine.sweep(lost_after_seconds=0) == 0
    engine.serve()
    engine.stop()
    with tools.database.read() as session:
        kept = runs.get_workflow_run(session, run_id)
    assert kept is not None
    assert (kept.status, kept.claim, kept.attempt, kept.lost_attempts) == (RunStatus.RUNNING, None, 1, 0)


def test_a_client_run_can_be_cancelled_but_neither_paused_nor_retried(tools: Toolbox, run_id: str) -> None:
    for action in ("pause", "resume", "retry"):
        with pytest.raises(Conflict, match="carried out in a chat"):
            tools.call(RunView, "control_run", run_id=run_id, action=action)
    with pytest.raises(Conflict, match="can't be forked"):
        tools.call(RunView, "fork_run", run_id=run_id)
    assert tools.call(RunView, "control_run", run_id=run_id, action="cancel").status is RunStatus.CANCELLED
    with pytest.raises(Conflict, match="is cancelled"):
        make(tools, run_id)
    with pytest.raises(Conflict, match="is cancelled already"):
        tools.call(RunView, "control_run", run_id=run_id, action="cancel")


def test_an_abandoned_client_run_is_closed_with_its_reason(tools: Toolbox, run_id: str, clock: Clock) -> None:
    clock.advance(minutes=59)
    assert close_silent_runs(tools.database, 60) == 0
    make(tools, run_id)
    clock.advance(minutes=59)
    assert close_silent_runs(tools.database, 60) == 0
    clock.advance(minutes=1)
    assert close_silent_runs(tools.database, 60) == 1
    assert close_silent_runs(tools.database, 60) == 0
    with tools.database.read() as session:
        kept = runs.get_workflow_run(session, run_id)
    assert kept is not None
    assert (kept.status, kept.completed_at) == (RunStatus.FAILED, clock())
    assert kept.status_reason == (
        "No call was made for it for 60 minutes, and it was not finished; what was done is kept."
    )
    assert json.loads(kept.errors) == [kept.status_reason]
    assert steps_of(tools, run_id)[-1] == ("error", "failed", None)


def test_the_clock_closes_what_was_left(tools: Toolbox, engine: RunEngine, run_id: str, clock: Clock) -> None:
    clock.advance(minutes=5)
    for thing in recurring_jobs(tools.database, engine, workspace=WorkspaceSettings({"host_run_minutes": 5})):
        thing.do()
    with tools.database.read() as session:
        kept = runs.get_workflow_run(session, run_id)
    assert kept is not None
    assert kept.status is RunStatus.FAILED


def test_runs_that_go_by_themselves_are_not_closed_for_silence(tools: Toolbox, clock: Clock) -> None:
    run = tools.call(RunView, "start_run", workflow_type="agent")
    clock.advance(hours=9)
    assert close_silent_runs(tools.database, 60) == 0
    with tools.database.read() as session:
        kept = runs.get_workflow_run(session, run.id)
    assert kept is not None
    assert kept.status is RunStatus.PENDING


def test_a_deletion_needs_a_person_each_time(tools: Toolbox, run_id: str) -> None:
    template = make(tools, run_id)
    asked = {"template_id": template.id}
    for face in (Face.MCP, Face.AGENT):
        question = tools.product.question("delete_template", asked, Caller(face, run_id))
        assert question is not None
        assert question.shown == f"Delete template {template.name!r} and its 0 enrollments? Its runs stay."
    assert tools.question("delete_template", **asked) is None
    assert tools.product.question("list_templates", {}, Caller(Face.MCP, run_id)) is None
    finish(tools, run_id)
    with pytest.raises(Conflict, match="is completed"):
        tools.product.question("delete_template", asked, Caller(Face.MCP, run_id))


def test_in_read_only_mode_nothing_is_recorded_either(tools: Toolbox, run_id: str) -> None:
    closed = toolbox(tools.database, template_tools, agent_run_tools, read_only=True)
    with pytest.raises(Forbidden, match="read-only"):
        closed.call_as(Caller(Face.MCP, run_id), TemplatePage, "list_templates")
    assert closed.call(TemplatePage, "list_templates").total == 0


def test_a_tool_that_deletes_still_works_without_a_run(tools: Toolbox, run_id: str) -> None:
    template = make(tools, run_id)
    assert tools.call(Deleted, "delete_template", template_id=template.id).id == template.id


def careful(name: str) -> Caller:
    """A chat that was given strangers' words."""
    return Caller(Face.MCP, chat=Chat(name, frozenset(Reveals)))


def test_a_chat_that_read_strangers_words_ends_what_it_began_itself_and_asks_for_others(tools: Toolbox) -> None:
    chat, other = careful("one"), careful("other")
    own, others = (tools.call_as(chat, BegunRun, "begin_agent_run", goal="Find") for _ in range(2))
    tools.call_as(chat, RunView, "finish_agent_run", run_id=own.id, summary="Found.")
    with pytest.raises(PersonNeeded, match="which it did not start"):
        tools.call_as(other, RunView, "finish_agent_run", run_id=others.id, summary="Found.")
    with pytest.raises(PersonNeeded):
        tools.call_as(other, RunView, "finish_agent_run", run_id=others.id, summary="Found.", code="AAAA-AAAA")
    assert tools.call(RunView, "get_run", run_id=others.id).status == "running"


def test_a_chat_ends_its_run_by_the_code_that_it_was_told_also_in_a_new_session(tools: Toolbox) -> None:
    begun = tools.call_as(careful("one"), BegunRun, "begin_agent_run", goal="Find")
    code = re.search(r"code='([^']+)'", begun.text())
    assert code is not None
    ended = tools.call_as(
        careful("later"), RunView, "finish_agent_run", run_id=begun.id, summary="Found.", code=code[1]
    )
    assert ended.status == "completed"
