"""Tool calls of a run: each is one step, made once, under the run's claim."""

from collections.abc import Mapping
from typing import Any, TypeVar

from onelane.storage.database.engine import Session
from onelane.storage.workflows.steps import StepStatus
from onelane.tools.registry.budgets import BudgetStop
from onelane.tools.registry.calls import Call
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.result import Result
from onelane.tools.registry.runs.record import Counted, NewStep
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.toolbox import Toolbox

Wanted = TypeVar("Wanted", bound=Result)


class CallFailed(ToolError):
    """A call of this run failed before. Its step says why."""


class ToolCalls:
    """The tools in the hands of a run.

    Args:
        execution: the run
        toolbox: the tools
    """

    def __init__(self, execution: Run, toolbox: Toolbox) -> None:
        self.execution = execution
        self.toolbox = toolbox

    def call(
        self, key: str, kind: type[Wanted], name: str, arguments: Mapping[str, Any], *, counted: Counted | None = None
    ) -> Wanted:
        """Call a tool; when the step with this key is recorded, give back what came of it then.

        Args:
            key: which step of the run's plan this is
            kind: what the tool returns
            name: the tool's name
            arguments: what it is given
            counted: what the step adds to the run's counters when it goes well

        Raises:
            ToolError: what the run can do something about; it is recorded as a failed step
            HoldRequested, ClaimLost, ShuttingDown: see `Run.step`
        """
        recorded = self.execution.recorded.get(key)
        if recorded is None:
            result = self._made(key, name, arguments, counted)
            assert isinstance(result, kind)
            return result
        if recorded.status is StepStatus.FAILED:
            raise CallFailed(recorded.error)
        return kind.model_validate({name: value for name, value in recorded.output.items() if name != "counted"})

    def prepared(self, name: str, arguments: Mapping[str, Any], call_key: str | None = None) -> Call:
        """A call of this run whose arguments are right. ToolError when they are not."""
        return self.toolbox.prepared(name, arguments, self.caller, call_key)

    @property
    def caller(self) -> Caller:
        """The run, as it calls."""
        return Caller(Face.AGENT, self.execution.run_id)

    def _made(self, key: str, name: str, arguments: Mapping[str, Any], counted: Counted | None) -> Result:
        self.execution.checkpoint()
        call = self.prepared(name, arguments, key)
        results: list[Result] = []

        def finish(session: Session) -> list[NewStep]:
            results.append(call.complete(session))
            before = call.steps_before(results[-1], key=key)
            return [*before, call.step(results[-1], key=key, counted=counted)]

        try:
            call.fetch()
            self.execution.record(finish)
        except BudgetStop:
            # Nothing was done, so that the run can do it when it goes on with a larger budget.
            raise
        except ToolError as error:
            failed = call.step(None, error, key=key)
            self.execution.record(lambda session: [failed])
            raise
        return results[-1]
