"""The port to telemetry: what runs, models and mail servers take, for whoever watches from outside (docs/telemetry.md).

It is told names, counts and durations alone, and has no place for what people wrote.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.steps import NewStep


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """An execution of a run.

    Args:
        id: the run's
        workflow_type: what it does
        attempt: how often it was handed in
        template_id: what it was started from, if anything
        sync_sub_type: what a sync brings in
    """

    id: str
    workflow_type: WorkflowType
    attempt: int
    template_id: str | None = None
    sync_sub_type: str | None = None


class RunWatch:
    """Is told how an execution goes on. This one tells nobody."""

    def recorded(self, steps: Sequence[NewStep]) -> None:
        """Steps were recorded."""

    def ended(self, status: str) -> None:
        """The run has that status now; without it the execution was lost."""


class ModelWatch:
    """Is told what came of a request to a model. This one tells nobody."""

    def answered(self, *, stop_reason: str | None, input_tokens: int, output_tokens: int, cached_tokens: int) -> None:
        """It answered. `input_tokens` is all that was read; so many of them came from the provider's cache."""


class SendWatch:
    """Is told what came of handing a letter over. This one tells nobody."""

    def ended(self, outcome: str) -> None:
        """Whether it was sent."""


class Telemetry(Protocol):
    """Watches while something is done."""

    def run(self, run: WatchedRun) -> AbstractContextManager[RunWatch]:
        """Watch an execution of a run."""
        ...

    def model_call(self, *, provider: str, model: str, max_tokens: int) -> AbstractContextManager[ModelWatch]:
        """Watch a request to a model, with all attempts."""
        ...

    def send(self, *, transport: str, account_id: str) -> AbstractContextManager[SendWatch]:
        """Watch a letter being handed over."""
        ...

    def close(self) -> None:
        """Hand on what is left."""
        ...


class NoTelemetry:
    """Nobody watches; implements `Telemetry`."""

    def run(self, run: WatchedRun) -> AbstractContextManager[RunWatch]:
        """See `Telemetry.run`."""
        return nullcontext(RunWatch())

    def model_call(self, *, provider: str, model: str, max_tokens: int) -> AbstractContextManager[ModelWatch]:
        """See `Telemetry.model_call`."""
        return nullcontext(ModelWatch())

    def send(self, *, transport: str, account_id: str) -> AbstractContextManager[SendWatch]:
        """See `Telemetry.send`."""
        return nullcontext(SendWatch())

    def close(self) -> None:
        """See `Telemetry.close`."""
