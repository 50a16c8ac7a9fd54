"""A sequence: a template's settings and steps, read once and never changed (docs/sequences.md, "Versions")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from onelane.storage.platforms.accounts import CHANNEL_OF, Channel, Platform
from onelane.storage.workflows.templates import TemplateStepType, TemplateType
from onelane.tools.outreach.template.conditions import NeedsTracking, is_tracked
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.template_config import SETTING_NAMES, SequenceSettings, settings_in
from onelane.tools.outreach.template.template_steps import (
    END,
    LONGEST_TEXT_CHARS,
    STEP_CONFIGS,
    AnyStep,
    MessageStep,
    ReachStep,
    step_names,
)
from onelane.tools.registry.arguments.errors import nearest, reason_of


@dataclass(frozen=True, slots=True)
class SequenceStep:
    """A step of a sequence.

    Args:
        index: its place
        step_type: what it does
        delay_hours: how long after the step before
        config: what it says
    """

    index: int
    step_type: TemplateStepType
    delay_hours: int
    config: AnyStep

    @property
    def is_action(self) -> bool:
        """Whether it reaches the person."""
        return isinstance(self.config, MessageStep | ReachStep)


@dataclass(frozen=True, slots=True)
class OutreachSequence:
    """A sequence as it is carried out."""

    name: str
    platform: Platform
    template_type: TemplateType
    settings: SequenceSettings
    steps: tuple[SequenceStep, ...]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """What was given for the template's parameters at activation."""

    @property
    def channel(self) -> Channel:
        """By which way people are reached."""
        return CHANNEL_OF[self.platform]

    @property
    def places(self) -> dict[str, int]:
        """The steps by label; `end` lies behind the last one."""
        labels = {step.config.label: step.index for step in self.steps if step.config.label}
        return {**labels, END: len(self.steps)}

    @property
    def first_message(self) -> int | None:
        """The index of the first step that reaches the person."""
        return next((step.index for step in self.steps if step.is_action), None)


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template as it is written, or as a version keeps it."""

    name: str
    platform: Platform | None
    template_type: TemplateType
    config: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]
    """Each with `step_type`, `config` and `delay_hours`."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def read_sequence(source: TemplateSource) -> tuple[OutreachSequence | None, list[Problem]]:
    """A sequence, and what is wrong with how it is written; None when it can't be read at all."""
    problems: list[Problem] = []
    settings = _read(SequenceSettings, settings_in(dict(source.config)), SETTING_NAMES, None, problems)
    steps = [_step(index, step, problems) for index, step in enumerate(source.steps)]
    whole = [step for step in steps if step is not None]
    if settings is None or len(whole) < len(steps):
        return None, problems
    return _sequence_of(source, settings, whole), problems


def readable_part(source: TemplateSource) -> OutreachSequence:
    """The steps of a sequence that can be read, at their own places, without its settings."""
    steps = [_step(index, step, []) for index, step in enumerate(source.steps)]
    return _sequence_of(source, SequenceSettings(), [step for step in steps if step is not None])


def _sequence_of(source: TemplateSource, settings: SequenceSettings, steps: Sequence[SequenceStep]) -> OutreachSequence:
    values = source.config.get("values")
    return OutreachSequence(
        name=source.name,
        platform=source.platform or Platform.GMAIL,
        template_type=source.template_type,
        settings=settings,
        steps=tuple(steps),
        starts_at=source.starts_at,
        ends_at=source.ends_at,
        values=cast("Mapping[str, str]", values) if isinstance(values, dict) else {},
    )


def _step(index: int, step: Mapping[str, Any], problems: list[Problem]) -> SequenceStep | None:
    step_type = TemplateStepType(step["step_type"])
    config: dict[str, Any] = step["config"]
    if _is_too_long(config):
        text = f"a text has more than {LONGEST_TEXT_CHARS:,} characters"
        problems.append(problem(ProblemCode.TEXT_TOO_LONG, text, index))
        return None
    kind = STEP_CONFIGS[step_type]
    read = _read(kind, {k: v for k, v in config.items() if v is not None}, step_names(kind), index, problems)
    return None if read is None else SequenceStep(index, step_type, int(step["delay_hours"]), read)


def _is_too_long(config: Mapping[str, Any]) -> bool:
    inner = config.get("variants")
    variants = cast("list[object]", inner) if isinstance(inner, list) else []
    texts = [config, *(cast("Mapping[str, Any]", each) for each in variants if isinstance(each, dict))]
    return any(isinstance(value, str) and len(value) > LONGEST_TEXT_CHARS for each in texts for value in each.values())


def _read(
    kind: type[Any], config: dict[str, Any], names: Sequence[str], step: int | None, problems: list[Problem]
) -> Any:
    model = cast("type[BaseModel]", kind)
    try:
        return model.model_validate(config)
    except ValidationError as error:
        problems += [_problem(detail, names, step) for detail in error.errors()]
        return None


def _problem(detail: ErrorDetails, names: Sequence[str], step: int | None) -> Problem:
    place = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden" and is_tracked(str(detail["loc"][-1])):
        return problem(ProblemCode.NEEDS_TRACKING, str(NeedsTracking()), step)
    if detail["type"] == "extra_forbidden":
        near = nearest(str(detail["loc"][0]), names) if len(detail["loc"]) == 1 else ""
        return problem(ProblemCode.BAD_CONFIG, f"there is no setting {place[:80]!r}.{near}", step)
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, NeedsTracking):
        return problem(ProblemCode.NEEDS_TRACKING, str(cause), step)
    reason = reason_of(detail)
    return problem(ProblemCode.BAD_CONFIG, f"{place[:80]}: {reason}" if place else reason, step)
