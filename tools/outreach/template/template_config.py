"""The settings of a sequence, as its template's config says them (docs/sequences.md, "Settings")."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from onelane.tools.outreach.template.conditions import Condition, read_condition
from onelane.tools.people.contact_filter import ContactFilter
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.times.week import DAY_SECONDS, WEEK, Weekday, days_in, seconds_of_day
from onelane.tools.registry.times.zones import zone_named

DEFAULT_UNSUBSCRIBE_LINE = "If you would rather not hear from me again: {{ unsubscribe }}"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True)


def _known_zone(name: str) -> str:
    try:
        return zone_named(name).key
    except BadRequest as error:
        raise ValueError(error.message) from error


def _known_region(code: str) -> str:
    country, _, part = code.upper().partition("-")
    from holidays import list_supported_countries

    regions = list_supported_countries(include_aliases=False)
    if country not in regions or (part and part not in regions[country]):
        raise ValueError(f"there are no holidays of {code!r}; write it like DE or US-CA")
    return f"{country}-{part}" if part else country


Weekdays = Annotated[tuple[Weekday, ...], BeforeValidator(days_in)]
SecondOfDay = Annotated[int, BeforeValidator(seconds_of_day), Field(ge=0, le=DAY_SECONDS)]
ZoneName = Annotated[str, StringConstraints(max_length=100), AfterValidator(_known_zone)]
Region = Annotated[str, StringConstraints(max_length=10), AfterValidator(_known_region)]
Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Seconds = Annotated[int, Field(ge=0, le=7 * DAY_SECONDS, strict=True)]


class Window(_Settings):
    """On which days, and between which times of the day, something may go."""

    days: Weekdays = WEEK
    start: SecondOfDay = Field(default=0, alias="from")
    end: SecondOfDay = Field(default=DAY_SECONDS, alias="to")

    @property
    def weekdays(self) -> frozenset[int]:
        """The days as Python counts them: Monday is 0."""
        return frozenset(WEEK.index(day) for day in self.days)

    @property
    def is_impossible(self) -> bool:
        """Whether it is never open."""
        return not self.days or self.start >= self.end


class Caps(_Settings):
    """How many may go."""

    per_day: Count | None = None
    per_hour: Count | None = None
    new_per_day: Count | None = None


class Spacing(_Settings):
    """How far apart two messages of an account go."""

    seconds: Seconds = 0
    jitter_seconds: Seconds = 0


class Reenroll(_Settings):
    """When somebody may enter again."""

    after_days: Annotated[int, Field(ge=0, le=36_500, strict=True)]


class MaxLateness(_Settings):
    """What happens with a step that is too late."""

    hours: Annotated[float, Field(ge=0, le=24 * 365)] = 72
    then: Literal["shift", "skip"] = "shift"


def _condition(value: object) -> object:
    return read_condition(value)


class SequenceSettings(_Settings):
    """What a template's config says about its sequence. Anything else is refused with the nearest name."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    account_id: str | None = None
    approval: Literal["each", "version"] = "each"
    time_zone: ZoneName | None = None
    window: Window | None = None
    holidays: tuple[Region, ...] = ()
    caps: Caps = Caps()
    daily_limit: Count | None = None
    spacing: Spacing = Spacing()
    exclusive: bool = True
    reenroll: Reenroll | None = None
    enroll_where: ContactFilter | None = None
    goal: Annotated[Condition, BeforeValidator(_condition)] | None = None
    consent: Literal["any", "recorded"] = "any"
    max_lateness: MaxLateness = MaxLateness()
    on_missing: Literal["block", "skip_step", "remove"] = "block"
    on_account_reply: Literal["ignore", "pause", "stop"] = "ignore"
    out_of_office_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 7
    expires_hours: Annotated[int, Field(ge=1, le=24 * 365, strict=True)] = 168
    undo_seconds: Annotated[int, Field(ge=0, le=DAY_SECONDS, strict=True)] | None = None
    unsubscribe_line: Annotated[str, StringConstraints(max_length=2000)] | None = None
    sender: Annotated[str, StringConstraints(max_length=200)] | None = None

    @property
    def per_day(self) -> int | None:
        """The most in a day; `dailyLimit` says the same."""
        limits = [limit for limit in (self.caps.per_day, self.daily_limit) if limit is not None]
        return min(limits, default=None)


SETTING_NAMES = tuple(field.alias or name for name, field in SequenceSettings.model_fields.items())
NOT_SETTINGS = frozenset(
    {
        "workflowType", "parameters", "about", "values", "platform", "templateType", "budget", "templateBudget",
        "dayBudget", "model", "extractModel", "platformAccountId",
    }
)  # fmt: skip
"""What a template's config may say besides: what any run takes, and what a version notes of its template."""


def settings_in(config: dict[str, Any]) -> dict[str, Any]:
    """The part of a config that is about the sequence."""
    return {name: value for name, value in config.items() if name not in NOT_SETTINGS and value is not None}
