"""The steps of a sequence, as their configs say them (docs/sequences.md, "Steps")."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.template.conditions import Condition, read_condition

END = "end"
"""The label that ends a sequence."""
LONGEST_TEXT_CHARS = 50_000

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def _condition(value: object) -> object:
    return read_condition(value)


def _local(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("write it as a local time, such as 2026-12-01T09:00")
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("write it as a local time, such as 2026-12-01T09:00") from error
    if at.tzinfo is not None:
        raise ValueError("it is a local time where the contact lives, and has no zone of its own")
    return at.replace(microsecond=0)


ConditionValue = Annotated[Condition, BeforeValidator(_condition)]
LocalTime = Annotated[datetime, BeforeValidator(_local)]


class StepConfig(BaseModel):
    """What any step takes."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        arbitrary_types_allowed=True,
    )

    label: Label | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """The labels that it may jump to."""
        return ()


class Variant(BaseModel):
    """One of several wordings."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    weight: Annotated[int, Field(ge=0, le=1000, strict=True)] = 1
    subject: str | None = None
    text: str | None = None


def _check_weights(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    if variants and not sum(variant.weight for variant in variants):
        raise ValueError("one of them must weigh more than 0")
    if len({variant.name for variant in variants}) < len(variants):
        raise ValueError("each needs a name of its own")
    return variants


class MessageStep(StepConfig):
    """A message that is sent."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    same_thread: bool = False
    variants: Annotated[tuple[Variant, ...], Field(max_length=20), AfterValidator(_check_weights)] = ()


class ReachStep(StepConfig):
    """A connect, follow, like or comment: done by the person, with a text that is prepared."""

    text: str | None = None
    note: str | None = None
    url: Annotated[str, StringConstraints(max_length=2000)] | None = None

    @property
    def words(self) -> str | None:
        """What is said."""
        return self.text if self.text is not None else self.note


class WaitStep(StepConfig):
    """A pause: for so long, until a time, or for something to be so; without any of that, for its `delay_hours`."""

    hours: Annotated[float, Field(ge=0, le=24 * 3650)] | None = None
    days: Annotated[int, Field(ge=0, le=3650, strict=True)] | None = None
    business_days: Annotated[int, Field(ge=0, le=2600, strict=True)] | None = None
    until: LocalTime | None = None
    until_met: ConditionValue | None = Field(default=None, alias="for")
    timeout_days: Annotated[int, Field(ge=0, le=3650, strict=True)] | None = None
    otherwise: Label | None = Field(default=None, alias="else")

    @model_validator(mode="after")
    def _says_one(self) -> "WaitStep":
        values = [self.hours, self.days, self.business_days, self.until, self.until_met]
        if sum(value is not None for value in values) > 1:
            raise ValueError("a wait says one of hours, days, businessDays, until or for")
        if self.until_met is None and (self.timeout_days is not None or self.otherwise is not None):
            raise ValueError("timeoutDays and else belong to a wait that says for")
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """Where it goes on when its time is over."""
        return () if self.otherwise is None else (self.otherwise,)


class ConditionStep(StepConfig):
    """A fork: a question, and where to go on."""

    question: ConditionValue = Field(alias="if")
    then: Label | None = None
    otherwise: Label | None = Field(default=None, alias="else")

    @property
    def targets(self) -> tuple[str, ...]:
        """Where it may go on."""
        return tuple(label for label in (self.then, self.otherwise) if label is not None)


AnyStep = MessageStep | ReachStep | WaitStep | ConditionStep

STEP_CONFIGS: dict[TemplateStepType, type[AnyStep]] = {
    TemplateStepType.MESSAGE: MessageStep,
    TemplateStepType.CONNECT: ReachStep,
    TemplateStepType.FOLLOW: ReachStep,
    TemplateStepType.LIKE: ReachStep,
    TemplateStepType.COMMENT: ReachStep,
    TemplateStepType.WAIT: WaitStep,
    TemplateStepType.CONDITION: ConditionStep,
}


def step_names(kind: type[BaseModel]) -> list[str]:
    """The settings that a step takes, as configs spell them."""
    return [field.alias or name for name, field in kind.model_fields.items()]
