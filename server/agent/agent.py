"""The run type `agent`: a language model works towards a goal with tools (docs/agent.md)."""

from typing import TYPE_CHECKING

from onelane.server.agent.config import AgentConfig, tools_of
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_type import run_type
from onelane.tools.registry.toolbox import Toolbox

if TYPE_CHECKING:
    from onelane.server.agent.agent_run import AgentRuns


def check_agent(config: AgentConfig, toolbox: Toolbox, agents: "AgentRuns") -> None:
    """An agent needs tools that there are, and a model to ask.

    Raises:
        ToolError: the config names a tool that there is not, or there is no model
    """
    tools_of(config, toolbox.registry)
    agents.model.check()


@run_type(
    WorkflowType.AGENT,
    config=AgentConfig,
    check=check_agent,
    # What to write is for a model to find out; there are no contacts that could go through steps.
    carries_out=TemplateType.CONTENT,
    client_may_drive=True,
)
def agent(run: Run, config: AgentConfig, toolbox: Toolbox, agents: "AgentRuns") -> RunEnd:
    """Work towards a goal with a language model and tools."""
    return agents.loop(run, toolbox).run()
