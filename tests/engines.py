"""Engines for tests: one that takes runs in and carries out none, and one that carries out what a test says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from onelane.server.engine.dispatch import Dispatcher
from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.duties import Duties
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.execution import Execution
from onelane.server.run_types import all_run_types
from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.context import Services
from onelane.tools.registry.runs.record import Json, RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_type import RunType, RunTypes
from onelane.tools.registry.toolbox import Registry, Toolbox


class Body(Protocol):
    """What runs of a type do in a test."""

    def prepare(self, config: Json) -> None:
        """Look at the config before a run is made of it. ToolError when it can't be run."""
        ...

    def run(self, execution: Execution) -> RunEnd:
        """Do it, step by step, and say how it ended."""
        ...


class IdleBody:
    """What any type of run does here: nothing, whatever its config says."""

    def prepare(self, config: Json) -> None:
        """Every config will do."""

    def run(self, execution: Execution) -> RunEnd:
        """Be done."""
        return RunEnd(RunStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class BodyRunType(RunType):
    """A run type with the product's settings whose runs do what a test's body does."""

    body: Body | None = None

    def validate(self, config: Mapping[str, Any], *means: object) -> None:
        """Only what the body asks for."""
        assert self.body is not None
        self.body.prepare(dict(config))

    def carry_out(self, run: Run, *means: object) -> RunEnd:
        """What the body does."""
        assert self.body is not None
        assert isinstance(run, Execution)
        return self.body.run(run)


def run_types_of(bodies: Mapping[WorkflowType, Body]) -> RunTypes:
    """Run types that do what these bodies do; all else is as the product declares it."""
    declared = [each for each in all_run_types() if each.workflow_type in bodies]
    return RunTypes(*(_with_body(each, bodies[each.workflow_type]) for each in declared))


def equipped(
    database: Database,
    run_types: RunTypes | Mapping[WorkflowType, Body],
    *,
    dispatcher: Dispatcher | None = None,
    dirs: Sequence[Path] = (),
    duties: Duties | None = None,
) -> RunEngine:
    """The real engine on this database, whose runs have no tools; files are read from these folders."""
    known = run_types if isinstance(run_types, RunTypes) else run_types_of(run_types)
    engine = RunEngine(database, dispatcher or InlineDispatcher(), known, duties)
    engine.equip(Toolbox(Registry(), Services(database, engine, dirs)))
    return engine


def idle_engine(
    database: Database, types: Iterable[WorkflowType] = WorkflowType, dirs: Sequence[Path] = ()
) -> RunEngine:
    """The real engine on this database, for runs of these types; they stay pending until `serve()`."""
    return equipped(database, {workflow_type: IdleBody() for workflow_type in types}, dirs=dirs)


def _with_body(declared: RunType, body: Body) -> BodyRunType:
    return BodyRunType(
        declared.workflow_type,
        declared.config,
        body.run,
        carries_out=declared.carries_out,
        client_may_drive=declared.client_may_drive,
        asks=declared.asks,
        body=body,
    )
