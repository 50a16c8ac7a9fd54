"""What a model is told of what a tool returned: its short text, and never more than a model can read at once."""

from collections.abc import Callable

from pydantic import ValidationError

from onelane.tools.registry.record import Entry, Recorded
from onelane.tools.registry.registry import Registry
from onelane.tools.registry.result import Result
from onelane.tools.registry.shortening import shown

_SHORT_CHARS = 2000


def told_of(registry: Registry) -> Callable[[Recorded], str]:
    """Gives the text for a step that holds what a tool returned, such as a page: long texts are kept once."""

    def told(step: Recorded) -> str:
        kind: type[Result] = registry[step.tool or ""].signature.return_annotation
        values = {name: value for name, value in step.output.items() if name != "counted"}
        return shortened(kind.model_validate(values))

    return told


def can_be_told_again(done: Entry, text: str, told: Callable[[Recorded], str]) -> bool:
    """Whether a long text need not be kept, for the tool's own step gives the same one again."""
    if len(text) <= _SHORT_CHARS:
        return False
    of = done.done
    try:
        return told(Recorded(done.step_type, of.status, done.tool, done.input or {}, of.output, of.error)) == text
    except ValidationError:
        return False


def shortened(result: Result) -> str:
    """The text of a result."""
    return shown(result).text
