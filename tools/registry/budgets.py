"""Budgets as people write them: what a run, a template or a day may spend at most (docs/agent.md, "Budgets")."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from onelane.storage.workflows.budgets import BudgetReached, BudgetUnit, Limits
from onelane.storage.workflows.run_ends import RunEnd
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.arguments.errors import reason_of
from onelane.tools.registry.errors import BadRequest, ToolError

_MS_A_MINUTE = 60_000


def _number(value: object) -> object:
    """A number, also one that is written as text, as models do; a yes or no is none."""
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


Count = Annotated[int, Field(ge=0, le=10**12), BeforeValidator(_number)]
Measure = Annotated[float, Field(ge=0, le=10**9), BeforeValidator(_number)]


class BudgetStop(ToolError):
    """A budget is used up. Give the run a larger one, or be content with what it has."""

    code = "budget_reached"


class BudgetLimits(BaseModel):
    """The most that may be spent; what is left out has no limit."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    turns: Count | None = None
    """Answers of the model."""
    tokens: Count | None = None
    """Read and written, cached or not."""
    usd: Measure | None = None
    minutes: Measure | None = None
    """Of work; while the run is paused none pass."""
    tool_calls: Count | None = None
    sends: Count | None = None

    def limits(self) -> Limits:
        """The same in the units that are counted in."""
        ms = None if self.minutes is None else self.minutes * _MS_A_MINUTE
        limits = {
            BudgetUnit.TURNS: self.turns,
            BudgetUnit.TOKENS: self.tokens,
            BudgetUnit.USD: self.usd,
            BudgetUnit.MS: ms,
            BudgetUnit.TOOL_CALLS: self.tool_calls,
            BudgetUnit.SENDS: self.sends,
        }
        return {unit: limit for unit, limit in limits.items() if limit is not None}


class RunBudget(BudgetLimits):
    """What a run may spend, its child runs included, and what happens when that is reached."""

    then: Literal["complete", "pause"] = "complete"


BUDGETS: Mapping[str, type[BudgetLimits]] = {
    "budget": RunBudget,
    "templateBudget": BudgetLimits,
    "dayBudget": BudgetLimits,
}
"""Where a run's config says them: for the run, for all runs of its template, and for those of a day."""

USUAL_BUDGET = RunBudget(turns=60, usd=5, minutes=120)
"""What a run may spend that was given no budget."""


def check_budgets(config: Mapping[str, Any]) -> None:
    """See whether a config's budgets can be kept to. BadRequest says what is wrong."""
    for name in BUDGETS:
        _read(config, name)


def run_budget(config: Mapping[str, Any]) -> RunBudget:
    """What a run of this config may spend: what it says, and the usual where it says nothing."""
    usual = USUAL_BUDGET.model_dump(exclude_none=True, by_alias=True)
    return RunBudget.model_validate({**usual, **_limits_in(config, "budget")})


def limits_of(config: Mapping[str, Any], name: str) -> Limits:
    """The limits that a config says under one of `BUDGETS`."""
    return run_budget(config).limits() if name == "budget" else _read(config, name).limits()


def names_dollars(config: Mapping[str, Any], name: str) -> bool:
    """Whether somebody asked for a limit in dollars, so that a price that is not known must stop the run."""
    return "usd" in _limits_in(config, name)


def stopped_by_budget(stop: BudgetStop, config: Mapping[str, Any], result: Mapping[str, Any] | None = None) -> RunEnd:
    """How a run ends whose budget is used up: with what it has, or it waits for a larger one, as its config says.

    Args:
        stop: which budget it was
        config: the run's config
        result: what the run has
    """
    if run_budget(config).then == "pause":
        return RunEnd(RunStatus.PAUSED, reason=f"{stop.message} Resume it with a larger budget.")
    run_result = {"message": stop.message, **(result or {}), "stoppedBy": stop.message}
    return RunEnd(RunStatus.COMPLETED, result=run_result, reason=stop.message)


def budget_stop(reached_budget: BudgetReached) -> BudgetStop:
    """That a budget is used up, for people."""
    unit, limit = reached_budget.unit, reached_budget.limit
    if unit is BudgetUnit.USD:
        amount = f"${limit:,.2f}"
    elif unit is BudgetUnit.MS:
        amount = f"{limit / _MS_A_MINUTE:g} minutes"
    else:
        amount = f"{limit:,.0f} {unit.label}"
    return BudgetStop(f"The budget of {amount} {_where(reached_budget.scope.name)} is used up.")


def _where(scope: str) -> str:
    kind, _, rest = scope.partition(":")
    if kind == "run":
        return "for this run"
    if kind == "day":
        return f"for {rest}"
    template, _, day = rest.partition(":")
    return f"for template {template}" + (f" on {day}" if day else "")


def _read(config: Mapping[str, Any], name: str) -> BudgetLimits:
    value: Any = config.get(name) or {}
    try:
        return BUDGETS[name].model_validate(_limits_in(config, name) if isinstance(value, dict) else value)
    except ValidationError as error:
        detail = error.errors()[0]
        place = ".".join(str(part) for part in (name, *detail["loc"]))
        known_names = ", ".join(field.alias or key for key, field in BUDGETS[name].model_fields.items())
        raise BadRequest(f"{place}: {reason_of(detail)}. A budget takes: {known_names}.") from error


def _limits_in(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a budget says: null and an empty text are nothing, so that the usual limit holds."""
    value = config.get(name)
    limits = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return {unit: limit for unit, limit in limits.items() if limit not in (None, "")}
