"""The catalogue of all tools, in the order of `tools/list`.

Apart from `app`, which puts everything together: a chat client is told of the tools before anything else is needed.
"""

from importlib import import_module

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
    "workflows.schedules",
    "overview",
    "research.research",
    "research.pages",
    "people.extraction",
    "people.found_people",
    "workflows.progress",
)
"""What people ask for most comes first, for models read a list from its top. All other modules follow by name."""


def all_tools() -> Registry:
    """Every tool there is."""
    first = [f"onelane.tools.{name}" for name in LISTED_FIRST]
    others = [name for name in modules_with("tool", "onelane.tools") if name not in first]
    return Registry(*map(import_module, [*first, *others]))
