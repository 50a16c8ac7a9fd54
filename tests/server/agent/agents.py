"""Agent runs in tests: the product's own engine, tools and client, with a scripted provider behind real HTTP."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import orjson
from pydantic import SecretStr

from onelane.server.agent.agent_run import AgentRuns
from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.server.agent.claude.client import Claude
from onelane.server.agent.claude.retry import RetryPolicy
from onelane.server.agent.clients import extraction_model_of
from onelane.server.agent.extraction import AnthropicModels
from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.budgets import Limits
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.context import Caller, Face, Services
from onelane.tools.registry.gate.person_key import PersonKey
from onelane.tools.registry.ports.web import Web
from onelane.tools.registry.result import Result
from onelane.tools.registry.toolbox import Registry, Toolbox
from onelane.tools.registry.workspace_settings import LASTING_CONTACTS, WorkspaceSettings
from onelane.tools.workflows.approvals import Answered, answer_question, first_question
from tests.server.agent.messages_api import KEY, MessagesApi, serving_messages
from tests.server.agent.script import Answering, Script

LOCAL = Caller(Face.CLI)
IMPATIENT = RetryPolicy(attempts=4, first_s=0.01, longest_s=1.0, total_s=5.0)


@dataclass(frozen=True)
class Agency:
    """Agent runs on a database, carried out as soon as they are started."""

    database: Database
    engine: RunEngine
    services: Services
    registry: Registry
    agents: AgentRuns
    api: MessagesApi

    def start(self, goal: str = "Look around.", **config: Any) -> str:
        """Start a run; when this returns it is over, or waits."""
        return self.start_of(WorkflowType.AGENT, {"goal": goal, **config})

    def start_of(self, workflow_type: WorkflowType, config: Mapping[str, Any], **of_run: Any) -> str:
        """Start a run of this type."""
        with self.database.write() as session:
            run = self.engine.start(session, workflow_type, config, by=LOCAL, **of_run)
        return run.id

    def call(self, name: str, face: Face = Face.CLI, /, **arguments: Any) -> Result:
        """Call a tool as a person does."""
        return Toolbox(self.registry, self.services).call(name, arguments, Caller(face))

    def answer(self, run_id: str, *, allow: bool, reason: str | None = None) -> Answered:
        """Answer what a run asks first, as a person does at a terminal."""
        with self.database.read() as session:
            asked = first_question(session, run_id)
        return answer_question(self.services, asked.id, allow=allow, via=Door.CLI, reason=reason)

    def run(self, run_id: str) -> PlainRow:
        """The run's row."""
        with self.database.read() as session:
            row = runs.read_run(session, run_id)
        assert row is not None
        return row

    def steps(self, run_id: str) -> list[PlainRow]:
        """The run's steps, their JSON read."""
        with self.database.read() as session:
            rows = steps.list_workflow_steps(session, run_id)
        return [{**row, "input": orjson.loads(row["input"]), "output": orjson.loads(row["output"])} for row in rows]

    def sent(self, number: int) -> list[Any]:
        """The messages of a request to the provider."""
        body = self.api.journal.exchanges[number].body
        assert body is not None
        return body["messages"]

    def kinds(self, run_id: str) -> list[str]:
        """The types of the run's steps, with the tool where there is one."""
        return [
            step["step_type"] if step["tool"] is None else f"{step['step_type']}:{step['tool']}"
            for step in self.steps(run_id)
        ]


@contextmanager
def agency(
    database: Database,
    script: Answering | Script,
    *,
    modules: tuple[ModuleType, ...] = (),
    web: Web | None = None,
    day: Limits | None = None,
    lasting_contacts: int = LASTING_CONTACTS,
    has_key: bool = True,
    person_key: PersonKey | None = None,
) -> Generator[Agency]:
    """Agent runs whose model answers from a script."""
    with serving_messages(script) as api:
        model = Claude(SecretStr(KEY), base_url=api.url, patience=IMPATIENT)
        budget_keeper = RunBudgetKeeper(database, lambda session: day or {})
        registry = Registry(*modules) if modules else all_tools()
        agents = AgentRuns(registry, model if has_key else Claude(None), budget_keeper, "claude-sonnet-5-5")
        engine = RunEngine(database, InlineDispatcher(), all_run_types(agents=agents))
        chosen = partial(extraction_model_of, database)
        models = AnthropicModels(model, budget_keeper, model_name="claude-haiku-5-5", choose_model=chosen)
        services = Services(
            database,
            engine,
            [],
            web=web or Web(),
            models=models,
            person_key=person_key or PersonKey.unknown_to_all(),
            workspace=WorkspaceSettings({"lasting_contacts": lasting_contacts}),
        )
        engine.equip(Toolbox(registry, services))
        engine.serve()
        try:
            yield Agency(database, engine, services, registry, agents, api)
        finally:
            engine.stop()
            model.close()
