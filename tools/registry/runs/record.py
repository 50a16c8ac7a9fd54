"""What an execution writes down: steps, what they add to their run, and how the run ends.

See docs/engine.md, "Steps", "Ends".
"""

from onelane.storage.workflows.run_ends import RunEnd
from onelane.storage.workflows.steps import Counted, Json, NewStep, RecordedStep, StepResult

__all__ = ["Counted", "Json", "NewStep", "RecordedStep", "RunEnd", "StepResult"]
