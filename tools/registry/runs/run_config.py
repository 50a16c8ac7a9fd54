"""The settings of a run: what any run takes, and how a config is read and refused."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from onelane.tools.registry.arguments.errors import explained
from onelane.tools.registry.budgets import BudgetLimits, RunBudget, check_budgets
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.models import Models
from onelane.tools.registry.runs.record import Json
from onelane.tools.registry.tool import refuse_oversized

FILE, ALLOWED = "file", "allowed"
"""The names in a run's config (docs/sync.md, "Files"): the file, and the folders that it must lie in; null for any."""
FEED = "feed"
"""The name in a run's config: the address of a feed (docs/sync.md, "Feeds")."""


class Mode(StrEnum):
    """Whether rules or a model read."""

    RULES = "rules"
    MODEL = "model"
    AUTO = "auto"


ModelName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RunConfig(BaseModel):
    """The settings that any run takes; a run type adds its own. Anything else is refused with the nearest name."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True)

    also: ClassVar[Mapping[str, str]] = {}
    """Other names under which settings are understood, such as those of a tool's arguments."""

    budget: RunBudget | None = Field(
        default=None,
        description="what it may spend: turns, tokens, usd, minutes, toolCalls, sends; then says complete or pause",
    )
    template_budget: BudgetLimits | None = Field(
        default=None, description="what all runs of its template may spend together"
    )
    day_budget: BudgetLimits | None = Field(
        default=None, description="what all runs of its template may spend in one day"
    )
    model: ModelName | None = Field(default=None, description="the model that works")
    extract_model: ModelName | None = Field(default=None, description="the model that reads texts")
    platform_account_id: str | None = Field(
        default=None, description="the user's account that it is about, when it is known"
    )

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """What a run of this config does, in a few words; empty when its settings say nothing of that."""
        return str(config.get("goal") or "")


Config = TypeVar("Config", bound=RunConfig)
ContactIds = Annotated[tuple[str, ...], Field(max_length=10_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


def read_config(kind: type[Config], config: Mapping[str, Any]) -> Config:
    """The settings of a run, as its function takes them.

    Raises:
        BadRequest: a value is not right, a required one is missing, or a name is unknown; it says the nearest one
    """
    refuse_oversized(config)
    check_budgets(config)
    try:
        return kind.model_validate(_said_values(config))
    except ValidationError as error:
        raise explained(error, _names(kind), _kept_name, kind) from error


def with_kept_names(kind: type[BaseModel], config: Mapping[str, Any]) -> Json:
    """A config with the names that it is kept with, however they were spelled; unknown ones stay as they came."""
    names, inner = _spellings(kind)
    result: Json = {}
    for name, value in config.items():
        key = names.get(name, name)
        model = inner.get(key)
        result[key] = (
            value if model is None or not isinstance(value, dict) else with_kept_names(model, cast("Json", value))
        )
    return result


@cache
def _spellings(kind: type[BaseModel]) -> tuple[Mapping[str, str], Mapping[str, type[BaseModel] | None]]:
    """How each setting is kept, by its spellings, and which model those have that hold others."""
    names = {name: field.alias or to_camel(name) for name, field in kind.model_fields.items()}
    names |= {to_camel(name): key for name, key in names.items()} | getattr(kind, "also", {})
    return names, {names[name]: _model_of(field.annotation) for name, field in kind.model_fields.items()}


def _model_of(annotation: object) -> type[BaseModel] | None:
    options = (annotation, *get_args(annotation))
    return next((each for each in options if isinstance(each, type) and issubclass(each, BaseModel)), None)


def check_settings(kind: type[RunConfig], config: Mapping[str, Any]) -> list[str]:
    """See whether each setting of a config is right; which required ones are not there yet, as they are spelled.

    Raises:
        BadRequest: a value is not right, or a name is unknown
    """
    refuse_oversized(config)
    check_budgets(config)
    try:
        kind.model_validate(_said_values(config))
    except ValidationError as error:
        details = error.errors()
        if wrong := [detail for detail in details if detail["type"] != "missing"]:
            raise explained(wrong, _names(kind), _kept_name, kind) from error
        return [_kept_name(".".join(map(str, detail["loc"]))) for detail in details]
    return []


def setting_names(kind: type[RunConfig]) -> list[str]:
    """The settings that a config of this kind may say: its own, then those that any run takes."""
    own = [name for name in kind.model_fields if name not in RunConfig.model_fields]
    return [to_camel(name) for name in (*own, *RunConfig.model_fields)]


def asks_model(mode: Mode, models: Models) -> bool:
    """Whether a run in this mode asks a language model.

    Raises:
        NoModel: it must, and there is none
    """
    if mode is Mode.RULES:
        return False
    try:
        models.check()
    except ToolError:
        if mode is Mode.MODEL:
            raise
        return False
    return True


def _said_values(config: Mapping[str, Any]) -> Json:
    """What is said: null and an empty text are nothing, and where a file may lie is Onelane's own note."""
    return {
        name: _said_values(cast("Json", value)) if isinstance(value, dict) else value
        for name, value in config.items()
        if name != ALLOWED and value not in (None, "")
    }


def _names(kind: type[BaseModel]) -> Iterable[str]:
    """The keys that there are, those inside others with a dot."""
    names: list[str] = []
    for name, field in kind.model_fields.items():
        names.append(name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names += [f"{name}.{each}" for each in inner.model_fields]
    return names


def _kept_name(name: str) -> str:
    return ".".join(to_camel(part) for part in name.split("."))
