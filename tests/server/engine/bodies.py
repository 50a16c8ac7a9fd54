"""Bodies of runs for the engine's tests: as small as a run can be, and stopped wherever a test wants."""

import threading
from collections.abc import Callable

from onelane.server.engine.execution import Execution
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.registry.runs.record import Counted, Json, RunEnd, StepResult


class CountingBody:
    """Records as many steps as its config says, and remembers which it really did.

    Args:
        before: called before each step with its number and the execution, such as to steer the run or to break it
    """

    def __init__(self, before: Callable[[int, Execution], None] = lambda number, execution: None) -> None:
        self.did: list[int] = []
        self._before = before

    def prepare(self, config: Json) -> None:
        """Refuse what can't be counted to."""
        if not isinstance(config.get("steps"), int):
            raise BadRequest("steps must be a number.")

    def run(self, execution: Execution) -> RunEnd:
        """Count."""
        for number in range(execution.config["steps"]):
            self._before(number, execution)
            execution.step(f"count:{number}", StepType.DECISION, lambda session, number=number: self._count(number))
        return RunEnd(RunStatus.COMPLETED, result={"counted": len(execution.outputs("count:"))})

    def _count(self, number: int) -> StepResult:
        self.did.append(number)
        return StepResult(output={"number": number}, counted=Counted(processed=1, success=1))


class WaitingBody(CountingBody):
    """Says when it has come to a step, and goes on when it is told to."""

    def __init__(self, at: int) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()

        def wait(number: int, execution: Execution) -> None:
            if number == at:
                self.reached.set()
                assert self.go_on.wait(20)

        super().__init__(wait)


def failing_at(number: int, error: Exception) -> CountingBody:
    """A body that fails before the step of this number, once."""
    failures = [error]

    def fail(at: int, execution: Execution) -> None:
        if at == number and failures:
            raise failures.pop()

    return CountingBody(fail)


class NotToday(ToolError):
    """Not today. Try again tomorrow."""
