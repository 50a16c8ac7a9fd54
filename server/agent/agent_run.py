"""Agent runs: how the loop of a run is put together from its settings (docs/agent.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from onelane.prompts import library
from onelane.server.agent.approval import Approver
from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.server.agent.config import AgentConfig, tools_of
from onelane.server.agent.loop import AgentLoop, Brief
from onelane.server.agent.model import Delta, Model, no_text
from onelane.tools.registry.runs.record import Json
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_config import read_config
from onelane.tools.registry.toolbox import Registry, Toolbox, ToolCalls


@dataclass(frozen=True)
class AgentRuns:
    """What agent runs have in common.

    Args:
        registry: the tools that there are
        model: whom to ask
        budget_keeper: who pays
        default_model: which model is asked where neither the run nor its template names one
    """

    registry: Registry
    model: Model
    budget_keeper: RunBudgetKeeper
    default_model: str

    def loop(
        self,
        run: Run,
        toolbox: Toolbox,
        *,
        approver: Approver | None = None,
        on_text: Callable[[Delta], None] = no_text,
    ) -> AgentLoop:
        """The loop that carries out a run, from where its steps left it."""
        tools = ToolCalls(run, toolbox)
        return AgentLoop(tools, self._brief(run), self.model, self.budget_keeper, approver, on_text)

    @cached_property
    def _descriptions(self) -> dict[str, Json]:
        """What models are told of the tools; made once, for it takes as long as ten turns."""
        return {
            tool.name: {"name": tool.name, "description": tool.description, "input_schema": dict(tool.listed_schema)}
            for tool in self.registry
            if tool.spec.agents
        }

    def _brief(self, run: Run) -> Brief:
        config = read_config(AgentConfig, run.config)
        system = library.load("agent").filled(today=f"{run.started_at:%A, %d %B %Y}", more=config.system_prompt)
        tools = [self._descriptions[tool.name] for tool in tools_of(config, self.registry)]
        model = config.model or self.default_model
        return Brief(model, system, config.goal, tools, config.max_tokens, config.effort)
