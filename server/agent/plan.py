"""An agent run's plan: what its config says it should do, with what, and how much of it (docs/agent.md, "The loop")."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from onelane.server.agent.model import Effort
from onelane.tools.registry.budgets import check_budgets
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.registry import Registry
from onelane.tools.registry.tool import Tool

TOKENS_AN_ANSWER = 16_000


class AgentPlan(BaseModel):
    """What an agent run should do: its config, as docs/agent.md, "The loop" has it."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    goal: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100_000)]
    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    max_tokens: Annotated[int, Field(ge=256, le=128_000)] = TOKENS_AN_ANSWER
    """The most that one answer may have."""
    system_prompt: Annotated[str, StringConstraints(max_length=100_000)] = ""
    """More that the model is told before all else."""
    tools: Sequence[str] | None = None
    """Names of tools and toolsets; without them all that agents may use."""
    effort: Effort | None = None


def read_plan(config: dict[str, Any]) -> AgentPlan:
    """The plan that a run's config holds.

    Raises:
        BadRequest: it can't be carried out; the message says why
    """
    check_budgets(config)
    try:
        return AgentPlan.model_validate(config)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise BadRequest(
            f"An agent's config needs a goal, in words. What is wrong with this one: {problems}"
        ) from error


def tools_of(plan: AgentPlan, registry: Registry) -> list[Tool]:
    """The tools that a run may use, in the registry's order, which keeps the provider's cache warm.

    Raises:
        BadRequest: the plan names one that there is not
    """
    offered = [tool for tool in registry if tool.spec.agents]
    if plan.tools is None:
        return offered
    known = {tool.name for tool in offered} | {tool.spec.toolset for tool in offered}
    for name in plan.tools:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(sorted(known))}."
            raise BadRequest(f"Agents have no tool or toolset {name!r}.{hint}")
    return [tool for tool in offered if tool.name in plan.tools or tool.spec.toolset in plan.tools]
