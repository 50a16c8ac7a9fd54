"""What can be run: every run type that there is, in the order of their vocabulary.

A run type in a new module of a room of `tools` is found by its decorator; there is no list to extend.
"""

from collections.abc import Mapping
from functools import partial
from importlib import import_module

from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.module_search import modules_with
from onelane.tools.registry.runs.run_type import RunType, RunTypes


def all_run_types(**means: object) -> RunTypes:
    """Every run type there is; they are imported once somebody asks for one.

    Args:
        means: what agent runs work with besides tools; without it their settings can be read, and nothing be run
    """
    return RunTypes(find=partial(_declared, means))


def _declared(means: Mapping[str, object]) -> list[RunType]:
    from onelane.server.agent.agent import agent
    from onelane.tools.research.run_types import enrich
    from onelane.tools.sync.online.x.x_profiles import XProfiles
    from onelane.tools.workflows.sequence_type import SEQUENCE

    # The room of syncs is above the one that enriches.
    whole = {enrich.workflow_type: enrich.with_means(profiles=XProfiles())}
    modules = [import_module(name) for name in modules_with("run_type", "onelane.tools")]
    found = [each for module in modules for each in vars(module).values() if isinstance(each, RunType)]
    found = [whole.get(each.workflow_type, each) for each in found]
    order = list(WorkflowType)
    return sorted([*found, SEQUENCE, agent.with_means(**means)], key=lambda each: order.index(each.workflow_type))
