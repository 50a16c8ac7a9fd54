"""The text of a tool's result for a model, cut to what a model can read at once."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from onelane.tools.registry.result import Result
from onelane.tools.registry.runs.record import NewStep, RecordedStep
from onelane.tools.registry.shortening import shown
from onelane.tools.registry.toolbox import Registry

_SHORT_CHARS = 2000


def result_texts(registry: Registry) -> Callable[[RecordedStep], str]:
    """Gives the text for a step that holds what a tool returned, such as a page: long texts are kept once."""

    def told(step: RecordedStep) -> str:
        kind: type[Result] = registry[step.tool or ""].signature.return_annotation
        values = {name: value for name, value in step.output.items() if name != "counted"}
        return shortened(kind.model_validate(values))

    return told


def can_be_repeated(done: NewStep, text: str, told: Callable[[RecordedStep], str]) -> bool:
    """Whether a long text need not be kept, for the tool's own step gives the same one again."""
    if len(text) <= _SHORT_CHARS:
        return False
    of = done.done
    try:
        return told(RecordedStep(done.step_type, of.status, done.tool, done.input or {}, of.output, of.error)) == text
    except ValidationError:
        return False


def shortened(result: Result, notes: Sequence[str] = ()) -> str:
    """The text of a result, and what is said besides it."""
    return shown(result, notes).text
