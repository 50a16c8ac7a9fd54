"""What can't be right in a template however it goes on: names that there are not, and values of another kind.

A draft may be incomplete; whether it can become active lint says (docs/sequences.md, "Lint").
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.template.template_config import SequenceSettings, settings_in
from onelane.tools.outreach.template.template_steps import STEP_CONFIGS
from onelane.tools.registry.arguments.errors import complaint
from onelane.tools.registry.errors import BadRequest

_WORDS = ("text", "html", "variants")
_LEFT_TO_LINT = frozenset({"missing", "value_error"})


def check_steps(steps: Sequence[tuple[TemplateStepType, Mapping[str, Any]]], *, with_words: bool) -> None:
    """See to it that the configs of steps can be read.

    Args:
        steps: what kind each is, and its config
        with_words: a message that says nothing is refused, for a model that makes one has put its words elsewhere

    Raises:
        BadRequest: one says something that its kind of step does not take; it names what there is
    """
    problems = [
        complaint(detail, STEP_CONFIGS[step_type], before=("steps", index, "config"), noun="setting")
        for index, (step_type, config) in enumerate(steps)
        for detail in _odd(STEP_CONFIGS[step_type], config)
    ]
    if with_words:
        problems += [
            f"'steps.{index}' is a message without words: its text is config.text, its subject config.subject."
            for index, (step_type, config) in enumerate(steps)
            if step_type is TemplateStepType.MESSAGE and not any(config.get(name) for name in _WORDS)
        ]
    if problems:
        raise BadRequest(" ".join(problems), details={"problems": problems})


def odd_settings(config: Mapping[str, Any]) -> list[str]:
    """What a template's config says that no sequence takes, each in a sentence."""
    details = _odd(SequenceSettings, settings_in(dict(config)))
    return [complaint(detail, SequenceSettings, before=("config",), noun="setting") for detail in details]


def _odd(kind: type[BaseModel], config: Mapping[str, Any]) -> list[ErrorDetails]:
    try:
        kind.model_validate({name: value for name, value in config.items() if value is not None})
    except ValidationError as error:
        return [each for each in error.errors(include_url=False) if each["type"] not in _LEFT_TO_LINT]
    return []
