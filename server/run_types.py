"""What can be run: every run type that there is, in the order in which they are listed."""

from onelane.server.agent.agent import agent
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.research.run_types import enrich, prune, search
from onelane.tools.sync.sync_run import sync
from onelane.tools.workflows.sequence_type import SEQUENCE


def all_run_types(**means: object) -> RunTypes:
    """Every run type there is.

    Args:
        means: what agent runs work with besides tools; without it their settings can be read, and nothing be run
    """
    return RunTypes(sync, enrich, search, prune, SEQUENCE, agent.given(**means))
