"""What an execution writes down: steps, what they add to their run, and how the run ends.

See docs/engine.md, "Steps", "Ends".
"""

from dataclasses import dataclass, field
from typing import Any

from onelane.storage.workflows.run_ends import RunEnd
from onelane.storage.workflows.steps import StepStatus, StepType

__all__ = ["Counted", "Json", "NewStep", "RecordedStep", "RunEnd", "StepResult"]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a step adds to the run's counters."""

    processed: int = 0
    success: int = 0
    skipped: int = 0
    error: int = 0


@dataclass(slots=True)
class StepResult:
    """What came of a step."""

    output: Json = field(default_factory=dict[str, Any])
    counted: Counted | None = None
    status: StepStatus = StepStatus.COMPLETED
    contact_id: str | None = None
    url: str | None = None
    error: str | None = None
    run_changes: Json = field(default_factory=dict[str, Any])
    """Columns of the run that change with the step, such as `total_items`."""


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """What the record says of a step."""

    step_type: StepType
    status: StepStatus
    tool: str | None
    input: Json
    output: Json
    error: str | None


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step that is to be recorded, as it came out."""

    key: str
    step_type: StepType
    done: StepResult
    tool: str | None = None
    input: Json | None = None
    duration_ms: int = 0
