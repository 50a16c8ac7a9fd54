"""The registry: what tools there are.

See docs/house.md, "One function, four faces".

A tool is a function marked with `@tool`; the mark leaves it as it is. MCP, REST, the command line, the embedded agent
and the run's record are derived from what the registry reads off it.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from onelane.tools.registry.argument_errors import nearest
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.gate.gate import Gate
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_spec import SPEC, ToolSpec


class Registry:
    """All tools, from the modules that hold them.

    Args:
        modules: in the order in which tools are listed
    """

    def __init__(self, *modules: ModuleType) -> None:
        self._tools = {found.name: found for module in modules for found in _tools_of(module)}
        self.gate = Gate(self._tools.values())

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __getitem__(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            NotFound: there is none; it names the nearest
        """
        if name not in self._tools:
            raise NotFound(f"There is no tool {name!r}.{nearest(name, self._tools)}")
        return self._tools[name]


def _tools_of(module: ModuleType) -> Iterator[Tool]:
    for name, value in vars(module).items():
        mark = getattr(value, SPEC, None)
        # A tool that another module imported belongs to the module that defines it.
        if isinstance(mark, ToolSpec) and value.__module__ == module.__name__:
            yield Tool(name, value, mark)


def modules_with(decorator: str, package: str) -> list[str]:
    """The modules, in a package or in one folder below it, that have a function with this decorator; sorted.

    Args:
        decorator: its name, as it stands at the beginning of a line
        package: the package's full name
    """
    spec, mark = find_spec(package), f"\n@{decorator}(".encode()
    folders = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
    # Looking for the mark in the text takes milliseconds; to import every module and look there takes half a second.
    return sorted(
        ".".join((package, *file.relative_to(folder).with_suffix("").parts))
        for folder in folders
        for file in (*folder.glob("*.py"), *folder.glob("*/*.py"))
        if mark in file.read_bytes()
    )
