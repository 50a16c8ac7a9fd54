"""Enrich, search and prune runs as the product carries them out, but for what they meet outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel

from onelane.server.engine.dispatch import Dispatcher
from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import runs, steps
from onelane.storage.workflows.runs import Run, WorkflowType
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people import extraction, found_people
from onelane.tools.registry.context import Caller, Face, Services
from onelane.tools.registry.ports.models import Extraction, Form, Models, NoModels
from onelane.tools.registry.ports.web import SearchHit, Web
from onelane.tools.registry.toolbox import Registry, Toolbox
from onelane.tools.research import research

LOCAL = Caller(Face.CLI)


@dataclass
class Lane:
    """The engine with its run types, started; runs are carried out as soon as they are committed."""

    database: Database
    engine: RunEngine
    toolbox: Toolbox

    def start(self, workflow_type: WorkflowType, **config: Any) -> str:
        """Start a run; its id. It has been carried out then, as far as it goes."""
        with self.database.write() as session:
            return self.engine.start(session, workflow_type, config, by=LOCAL).id

    def resume(self, run_id: str) -> None:
        """Let a paused run go on."""
        with self.database.write() as session:
            self.engine.resume(session, run_id)

    def run(self, run_id: str) -> Run:
        """The run's row."""
        with self.database.read() as session:
            found = runs.get_workflow_run(session, run_id)
        assert found is not None
        return found

    def result(self, run_id: str) -> dict[str, Any]:
        """What the run says came of it."""
        return orjson.loads(self.run(run_id).result)

    def steps(self, run_id: str, step_type: str | None = None) -> list[PlainRow]:
        """The run's steps, of one type if given."""
        with self.database.read() as session:
            rows = steps.list_workflow_steps(session, run_id)
        return [row for row in rows if step_type in (None, row["step_type"])]


def lane(
    database: Database,
    *,
    web: Web | None = None,
    models: Models | None = None,
    dispatcher: Dispatcher | None = None,
    is_served: bool = True,
) -> Lane:
    """An engine that carries out sync, enrich, search and prune runs at once, or as soon as it is served."""
    engine = RunEngine(database, dispatcher or InlineDispatcher(), all_run_types())
    services = Services(database, engine, [], web=web or Web(), models=models or NoModels())
    registry = Registry(contact_tools, research, found_people, extraction)
    toolbox = Toolbox(registry, services)
    engine.equip(toolbox)
    if is_served:
        engine.serve()
    return Lane(database, engine, toolbox)


Answering = Callable[[type[BaseModel], str, str], Mapping[str, Any]]


@dataclass
class ScriptedModels:
    """A model that says what a test wants; an answer that does not fit its form fails the test.

    Args:
        answering: given the form, the text and the instructions, what is filled in; what it raises, the model raises
        asked: the keys of all questions, in order
        settled: the keys of those whose cost was recorded
    """

    answering: Answering
    asked: list[str] = field(default_factory=list[str])
    settled: list[str] = field(default_factory=list[str])

    def check(self) -> None:
        """There is one."""

    def extract(
        self, form: type[Form], text: str, *, instructions: str, key: str, run_id: str | None
    ) -> Extraction[Form]:
        """What the test says."""
        self.asked.append(key)
        value = form.model_validate(self.answering(form, text, instructions))

        def settle(session: Session) -> None:
            self.settled.append(key)

        return Extraction(value, "scripted", 100, 10, 0.001, settle)


@dataclass
class ScriptedSearch:
    """A search engine that finds what a test says, by a part of the query."""

    found: Mapping[str, Sequence[str]]
    queries: list[str] = field(default_factory=list[str])
    name: str = "scripted"

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """The pages under the first part that the query has."""
        self.queries.append(query)
        urls = next((urls for part, urls in self.found.items() if part in query), ())
        return [SearchHit(f"Result {place}", url, "") for place, url in enumerate(urls[:count], 1)]
