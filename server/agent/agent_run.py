"""Agent runs: a goal, a model, tools, and a record of every thought and act (docs/agent.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from onelane.prompts import library
from onelane.server.agent.approval import Approver
from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.server.agent.loop import AgentLoop, Brief
from onelane.server.agent.model import Delta, Model, no_text
from onelane.server.agent.plan import read_plan, tools_of
from onelane.tools.registry.context import Services
from onelane.tools.registry.record import Json, RunEnd
from onelane.tools.registry.registry import Registry
from onelane.tools.registry.run import Run
from onelane.tools.registry.tool_calls import ToolCalls
from onelane.tools.registry.tool_schemas import input_schema


@dataclass(frozen=True)
class AgentBody:
    """What an `agent` run does.

    Args:
        registry: the tools that there are
        services: what they work with
        model: whom to ask
        budget_keeper: who pays
        default_model: which model is asked where neither the run nor its template names one
    """

    registry: Registry
    services: Services
    model: Model
    budget_keeper: RunBudgetKeeper
    default_model: str

    def prepare(self, config: Json) -> None:
        """An agent needs a goal, tools that there are, budgets that can be kept, and a model to ask."""
        tools_of(read_plan(config), self.registry)
        self.model.check()

    def run(self, execution: Run) -> RunEnd:
        """Ask, act, tell, until the goal is reached."""
        return self.loop(execution).run()

    def loop(
        self,
        execution: Run,
        *,
        approver: Approver | None = None,
        on_text: Callable[[Delta], None] = no_text,
    ) -> AgentLoop:
        """The loop that carries out a run, from where its steps left it."""
        tools = ToolCalls(execution, self.registry, self.services)
        return AgentLoop(tools, self._brief(execution), self.model, self.budget_keeper, approver, on_text)

    @cached_property
    def _described(self) -> dict[str, Json]:
        """What models are told of the tools; made once, for it takes as long as ten turns."""
        return {
            tool.name: {"name": tool.name, "description": tool.description, "input_schema": input_schema(tool)}
            for tool in self.registry
            if tool.spec.agents
        }

    def _brief(self, execution: Run) -> Brief:
        plan = read_plan(execution.config)
        system = library.load("agent").filled(today=f"{execution.started_at:%A, %d %B %Y}", more=plan.system_prompt)
        tools = [self._described[tool.name] for tool in tools_of(plan, self.registry)]
        return Brief(plan.model or self.default_model, system, plan.goal, tools, plan.max_tokens, plan.effort)
