"""A run as its run type sees it: its steps are its memory, and each is one commit (docs/engine.md, "Steps")."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from onelane.storage.database.engine import Session
from onelane.storage.workflows.recorded_steps import RecordedSteps
from onelane.storage.workflows.runs import Control
from onelane.storage.workflows.steps import StepType
from onelane.tools.registry.runs.record import Json, NewStep, StepResult

ERRORS_KEPT = 10
"""So many errors of a run are told one by one (docs/engine.md, "Ends")."""


class HoldRequested(Exception):
    """The run was asked to pause or to cancel; its function ends, and what is recorded stays."""

    def __init__(self, control: Control) -> None:
        self.control = control
        super().__init__(control)


class WaitUntil(Exception):
    """The run can't go on before an instant; its thread is free meanwhile, and what is recorded stays.

    Args:
        at: when it goes on by itself
        reason: what it waits for, in a sentence
    """

    def __init__(self, at: datetime, reason: str) -> None:
        self.at = at
        self.reason = reason
        super().__init__(reason)


class ClaimLost(Exception):
    """Another execution owns the run now; this one must not write to it any more."""


class ShuttingDown(Exception):
    """The process stops; whoever executes next goes on behind the last step."""


class Run(Protocol):
    """What the function of a run type may do with the run that it carries out. The engine implements it."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        ...

    @property
    def config(self) -> Json:
        """The run's settings as they are stored; the function is given them as its run type's config class too."""
        ...

    @property
    def attempt(self) -> int:
        """How often it was handed in for execution."""
        ...

    @property
    def started_at(self) -> datetime:
        """When it was executed first."""
        ...

    @property
    def recorded(self) -> RecordedSteps:
        """The steps that have a key, by it, in their order."""
        ...

    def step(
        self,
        key: str,
        step_type: StepType,
        work: Callable[[Session], StepResult],
        *,
        tool: str | None = None,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the column's name (docs/tables.md, "Steps")
    ) -> Json:
        """Do a step once: when its key is recorded, give back what came of it then.

        The work and its record are one commit, so that they happen together exactly once.

        Args:
            key: which step of the run's plan this is
            step_type: what it does
            work: does it in the given session and says what came of it
            tool: what did it
            input: what it was given

        Returns:
            The step's output.

        Raises:
            HoldRequested: the run was asked to pause or cancel
            ClaimLost: another execution owns the run
            ShuttingDown: the process stops
        """
        ...

    def record(self, work: Callable[[Session], Sequence[NewStep]], *, is_durable: bool = False) -> None:
        """Record steps that belong together, with whatever else `work` does in the session, in one commit.

        Nothing is looked up: the caller has seen in `recorded` that they are not there yet.

        Args:
            work: does it in the given session, and gives the steps
            is_durable: whether it is on the disk when this ends, and so survives a power cut

        Raises:
            ClaimLost: another execution owns the run
        """
        ...

    def outputs(self, prefix: str) -> list[Json]:
        """What came of the recorded steps whose keys begin so, in order."""
        ...

    def checkpoint(self) -> None:
        """End here if somebody asked for it; see `step` for what is raised."""
        ...
