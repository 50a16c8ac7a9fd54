"""What Onelane offers: every tool there is, in the order in which they are listed.

Apart from `app`, which puts everything together: a chat client is told of the tools before anything else is needed.
"""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from onelane.tools.registry.registry import Registry

LISTED_FIRST = (
    "workflows.runs",
    "workflows.approvals",
    "workflows.agent_runs",
    "workflows.templates",
    "workflows.activation",
    "workflows.enrollments",
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

_MARK = b"\n@tool("


def all_tools() -> Registry:
    """Every tool there is."""
    names = sorted(_modules_with_tools(Path(__file__).parent), key=_place)
    return Registry(*(import_module(f"{__package__}.{name}") for name in names))


def _modules_with_tools(folder: Path) -> Iterable[str]:
    """Modules that stand beside this one, or in a room itself and not in a folder of it."""
    # Looking for the mark in the text takes milliseconds; to import every module and look there takes half a second.
    for file in (*folder.glob("*.py"), *folder.glob("*/*.py")):
        if _MARK in file.read_bytes():
            yield ".".join(file.relative_to(folder).with_suffix("").parts)


def _place(module: str) -> tuple[int, str]:
    return (LISTED_FIRST.index(module) if module in LISTED_FIRST else len(LISTED_FIRST), module)
