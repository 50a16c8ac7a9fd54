"""The settings of the run type `agent` (docs/agent.md, "The loop")."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated

from pydantic import Field, StringConstraints

from onelane.server.agent.model import Effort
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.run_config import RunConfig
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.toolbox import Registry

TOKENS_AN_ANSWER = 16_000


class AgentConfig(RunConfig):
    """The settings of an agent run."""

    goal: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100_000)] = Field(
        description="what to reach, in words"
    )
    system_prompt: str = Field(
        default="", max_length=100_000, description="more that the model is told before all else"
    )
    tools: Sequence[str] | None = Field(
        default=None, description="names of tools and toolsets; without them all that agents may use"
    )
    max_tokens: int = Field(
        default=TOKENS_AN_ANSWER, ge=256, le=128_000, description="the most that one answer may have"
    )
    effort: Effort | None = Field(default=None, description="how much work the model should put in")


def tools_of(config: AgentConfig, registry: Registry) -> list[Tool]:
    """The tools that a run may use, in the registry's order, which keeps the provider's cache warm.

    Raises:
        BadRequest: the config names one that there is not
    """
    agent_tools = [tool for tool in registry if tool.spec.agents]
    if config.tools is None:
        return agent_tools
    known_names = {tool.name for tool in agent_tools} | {tool.spec.toolset for tool in agent_tools}
    for name in config.tools:
        if name not in known_names:
            near = get_close_matches(name, known_names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(sorted(known_names))}."
            raise BadRequest(f"Agents have no tool or toolset {name!r}.{hint}")
    return [tool for tool in agent_tools if tool.name in config.tools or tool.spec.toolset in config.tools]
