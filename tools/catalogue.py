"""The catalogue of all tools, in the order of `tools/list`.

Apart from `app`, which puts everything together: a chat client is told of the tools before anything else is needed.
"""

from functools import cache

from onelane.tools.registry.module_search import modules_with
from onelane.tools.registry.toolbox import Registry

LISTED_FIRST = (
    "workflows.runs",
    "workflows.agent_runs",
    "workflows.templates",
    "workflows.activation",
    "workflows.enrollments",
    "outreach.sequences",
    "people.contacts",
    "people.merging",
    "workflows.drafts",
    "sync.sync",
    "sync.account_views",
    "sync.account_connecting",
    "workflows.schedules",
    "overview",
    "research.research",
    "research.pages",
    "people.extraction",
    "people.found_people",
    "workflows.progress",
)
"""What people ask for most comes first, for models read a list from its top. All other modules follow by name."""


@cache
def all_tools() -> Registry:
    """Every tool there is; its module is imported when it is asked for. Always the same, for nothing changes it."""
    modules = modules_with("tool", "onelane.tools")
    first = [f"onelane.tools.{name}" for name in LISTED_FIRST]
    order = [*first, *(name for name in modules if name not in first)]
    return Registry(places={tool: module for module in order for tool in modules[module]})
