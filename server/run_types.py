"""What can be run: every run type that there is, in the order of their vocabulary.

A run type in a new module of a room of `tools` is found by its decorator; there is no list to extend.
"""

from importlib import import_module

from onelane.server.agent.agent import agent
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.module_search import modules_with
from onelane.tools.registry.runs.run_type import RunType, RunTypes
from onelane.tools.workflows.sequence_type import SEQUENCE


def all_run_types(**means: object) -> RunTypes:
    """Every run type there is.

    Args:
        means: what agent runs work with besides tools; without it their settings can be read, and nothing be run
    """
    modules = [import_module(name) for name in modules_with("run_type", "onelane.tools")]
    found = [each for module in modules for each in vars(module).values() if isinstance(each, RunType)]
    order = list(WorkflowType)
    declared = sorted([*found, SEQUENCE, agent.given(**means)], key=lambda each: order.index(each.workflow_type))
    return RunTypes(*declared)
