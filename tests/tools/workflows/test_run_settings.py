"""Each run type says its settings once: what starts its runs takes them, and refuses others with the nearest name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Forbidden
from onelane.tools.workflows import activation, agent_runs, schedules, templates
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.activation import Activated
from onelane.tools.workflows.agent_runs import BegunRun
from onelane.tools.workflows.run_reading.run_views import RunPage, RunView
from onelane.tools.workflows.schedule_views import SetSchedule
from onelane.tools.workflows.template_views import TemplateWithSteps
from tests.engines import equipped
from tests.samples.linkedin import linkedin_connections
from tests.toolbox import Toolbox, toolbox

MISSPELT = [
    ("sync", "syncSubTyp", "syncSubType"),
    ("enrich", "maxPage", "maxPages"),
    ("search", "query", "queries"),
    ("prune", "dryrun", "dryRun"),
    ("agent", "sytemPrompt", "systemPrompt"),
    ("agent", "extractmodel", "extractModel"),
]
RIGHT: Mapping[str, Mapping[str, Any]] = {
    "enrich": {"mode": "rules", "maxPages": 2},
    "search": {"queries": ["fintech"], "mode": "rules"},
    "prune": {"criteria": {"withoutEmail": True}, "dryRun": True},
}
OF_ANY_RUN = {"extractModel": "claude-haiku-5-5", "model": "claude-opus-5", "budget": {"usd": 1}}


@pytest.fixture
def tools(sqlite_database: Database) -> Toolbox:
    engine = equipped(sqlite_database, all_run_types())
    return toolbox(sqlite_database, templates, run_tools, activation, schedules, agent_runs, engine=engine)


def template_of(tools: Toolbox, workflow_type: str, **config: object) -> TemplateWithSteps:
    return tools.call(
        TemplateWithSteps,
        "create_template",
        name="Mine",
        template_type="content",
        config={"workflowType": workflow_type, **config},
    )


def config_of(run: RunView | None) -> dict[str, Any]:
    assert run is not None
    return json.loads(run.config)


@pytest.mark.parametrize("workflow_type", RIGHT)
def test_a_template_and_a_schedule_take_the_settings_that_a_run_takes(tools: Toolbox, workflow_type: str) -> None:
    config = {**RIGHT[workflow_type], **OF_ANY_RUN}
    template = template_of(tools, workflow_type)
    started = tools.call(RunView, "start_run", workflow_type=workflow_type, config=config)
    activated = tools.call(Activated, "activate_template", template_id=template.id, overrides=config)
    scheduled = tools.call(SetSchedule, "set_schedule", template_id=template.id, cron="daily", config=config)
    assert config_of(started) == config_of(activated.run) == json.loads(scheduled.config) == config


@pytest.mark.parametrize(("workflow_type", "misspelt", "meant"), MISSPELT)
def test_a_misspelt_setting_is_refused_with_the_nearest_name(
    tools: Toolbox, workflow_type: str, misspelt: str, meant: str
) -> None:
    config = {**RIGHT.get(workflow_type, {"goal": "x"} if workflow_type == "agent" else {}), misspelt: "x"}
    template_id = template_of(tools, workflow_type).id
    asked: list[tuple[type[Any], str, dict[str, Any]]] = [
        (RunView, "start_run", {"workflow_type": workflow_type, "config": config}),
        (RunView, "start_run", {"workflow_type": workflow_type, "config": config, "template_id": template_id}),
        (Activated, "activate_template", {"template_id": template_id, "overrides": config}),
        (SetSchedule, "set_schedule", {"workflow_type": workflow_type, "cron": "daily", "config": config}),
        (SetSchedule, "set_schedule", {"template_id": template_id, "cron": "daily", "config": config}),
    ]
    if workflow_type != "sync":
        begun: dict[str, Any] = {"goal": "x", "workflow_type": workflow_type, "overrides": config}
        asked += [
            (BegunRun, "begin_agent_run", begun),
            (BegunRun, "begin_agent_run", begun | {"template_id": template_id}),
        ]
    for kind, tool, arguments in asked:
        with pytest.raises(BadRequest, match=f"Did you mean '{meant}'") as raised:
            tools.call(kind, tool, **arguments)
        assert repr(misspelt) in raised.value.message
    assert tools.call(RunPage, "list_runs").total == 0


def test_a_misspelt_setting_of_a_template_is_refused_when_its_run_starts(tools: Toolbox) -> None:
    template = template_of(tools, "agent", goal="Write", tolls=["research"])
    with pytest.raises(BadRequest, match=r"Unknown argument 'tolls'\. Did you mean 'tools'"):
        tools.call(Activated, "activate_template", template_id=template.id)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("titleContains", "titleMatches"), ("inactive_days", "noInteractionDays"), ("company", "companyIn")],
)
def test_a_criterion_in_other_words_is_refused_with_the_one_that_is_meant(
    tools: Toolbox, said: str, meant: str
) -> None:
    with pytest.raises(BadRequest, match=f"Did you mean '{meant}'"):
        tools.call(RunView, "start_run", workflow_type="prune", config={"criteria": {said: ["x"]}})


def test_a_fork_refuses_a_misspelt_setting(tools: Toolbox) -> None:
    run = tools.call(RunView, "start_run", workflow_type="prune", config=RIGHT["prune"])
    with pytest.raises(BadRequest, match=r"Unknown argument 'dryrun'\. Did you mean 'dryRun'"):
        tools.call(RunView, "fork_run", run_id=run.id, config={"dryrun": False})


def test_a_clients_own_work_needs_no_setting_that_a_run_of_its_own_would_need(tools: Toolbox) -> None:
    begun = tools.call(BegunRun, "begin_agent_run", goal="Find ten people", workflow_type="search")
    assert config_of(begun) == {"goal": "Find ten people"}


def test_the_help_of_client_runs_names_the_types_that_a_client_may_drive(tools: Toolbox) -> None:
    driven = [each.workflow_type.value for each in all_run_types().client_driven]
    help_text = tools.registry["begin_agent_run"].argument_help["workflow_type"]
    assert sorted(help_text.partition(": ")[2].replace(" or ", ", ").split(", ")) == sorted(driven)
    with pytest.raises(BadRequest, match="go by themselves"):
        tools.call(BegunRun, "begin_agent_run", goal="x", workflow_type="sync")


def test_the_engine_reads_no_file_that_its_caller_may_not_have_read(sqlite_database: Database, tmp_path: Path) -> None:
    allowed = tmp_path / "Downloads"
    allowed.mkdir()
    engine = equipped(sqlite_database, all_run_types(), dirs=[allowed])
    outside = linkedin_connections(tmp_path / "Connections.csv", rows=1)
    config = {"syncSubType": "linkedin_contacts", "file": str(outside)}
    for forged in (config, {**config, "allowed": None}):
        with pytest.raises((Forbidden, BadRequest)), sqlite_database.write() as session:
            engine.start(session, WorkflowType.SYNC, forged, by=Caller(Face.MCP))
    with sqlite_database.write() as session:
        run_id = engine.start(session, WorkflowType.SYNC, config, by=Caller(Face.CLI)).id
    with sqlite_database.read() as session:
        run = runs.get_workflow_run(session, run_id)
        assert run is not None
        assert json.loads(run.config) == {**config, "allowed": None}
