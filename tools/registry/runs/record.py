"""The values that an execution records: steps, counters, the end of the run.

See docs/engine.md, "Steps", "Ends".
"""

from onelane.storage.workflows.run_ends import RunEnd
from onelane.storage.workflows.steps import Counted, Json, NewStep, RecordedStep, StepResult

__all__ = ["Counted", "Json", "NewStep", "RecordedStep", "RunEnd", "StepResult"]
