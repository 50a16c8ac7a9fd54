"""What the config of an enrich, search or prune run says, read once and complained about in its own words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.argument_errors import explained
from onelane.tools.registry.argument_limits import refuse_oversized
from onelane.tools.registry.budgets import BUDGETS, BudgetStop, check_budgets, run_budget
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.models import Models
from onelane.tools.registry.record import Json, RunEnd
from onelane.tools.registry.run import Run

PASSED_OVER = frozenset({*BUDGETS, "model", "extractModel", "platformAccountId"})
"""Keys that any run's config may have, and that are read elsewhere."""


class Mode(StrEnum):
    """Who reads."""

    RULES = "rules"
    MODEL = "model"
    AUTO = "auto"


class RunConfig(BaseModel):
    """What a config may say; anything else is refused with the nearest name."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True)


Config = TypeVar("Config", bound=RunConfig)
ContactIds = Annotated[tuple[str, ...], Field(max_length=10_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


def read_config(kind: type[Config], config: Mapping[str, Any]) -> Config:
    """The config of a run, as its body takes it.

    Raises:
        BadRequest: a value is not right, or a key is unknown; it names the nearest one
    """
    refuse_oversized(config)
    check_budgets(config)
    own = {name: value for name, value in config.items() if name not in PASSED_OVER and value is not None}
    try:
        return kind.model_validate(own)
    except ValidationError as error:
        raise explained(error, _names(kind), _spelled) from error


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


def ended_by_budget(execution: Run, stop: BudgetStop, result: Json) -> RunEnd:
    """How a run ends whose budget is used up: with what it has, as its config says (docs/agent.md, "Budgets")."""
    if run_budget(execution.config).then == "pause":
        return RunEnd(RunStatus.PAUSED, reason=stop.message)
    return RunEnd(RunStatus.COMPLETED, result=result | {"stoppedBy": stop.message}, reason=stop.message)


def _names(kind: type[BaseModel]) -> list[str]:
    """The keys that there are, those inside others with a dot."""
    found: list[str] = []
    for name, field in kind.model_fields.items():
        found.append(name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += [f"{name}.{each}" for each in inner.model_fields]
    return found


def _spelled(name: str) -> str:
    return ".".join(to_camel(part) for part in name.split("."))
