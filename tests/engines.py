"""An engine that takes runs in and carries out none, for tests of what stands in front of it."""

from collections.abc import Iterable

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.engine.execution import Execution
from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.registry.record import Json, RunEnd


class IdleBody:
    """What any type of run does here: nothing, whatever its config says."""

    def prepare(self, config: Json) -> None:
        """Every config will do."""

    def run(self, execution: Execution) -> RunEnd:
        """Be done."""
        return RunEnd(RunStatus.COMPLETED)


def idle_engine(database: Database, types: Iterable[WorkflowType] = WorkflowType) -> RunEngine:
    """The real engine on this database, for runs of these types; they stay pending until `serve()`."""
    return RunEngine(database, InlineDispatcher(), {workflow_type: IdleBody() for workflow_type in types})
