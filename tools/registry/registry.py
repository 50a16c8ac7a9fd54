"""The registry: what tools there are, and the only door through which they are called.

See docs/house.md, "One function, four faces".

A tool is a function marked with `@tool`; the mark leaves it as it is. MCP, REST, the command line, the embedded agent
and the run's record are derived from what the registry reads off it.
"""

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from pydantic.alias_generators import to_snake

from onelane.tools.registry import client_runs
from onelane.tools.registry.argument_errors import nearest
from onelane.tools.registry.calls import Call
from onelane.tools.registry.context import Caller, Context, Face, Services
from onelane.tools.registry.errors import Forbidden, NotFound
from onelane.tools.registry.gate.gate import Gate
from onelane.tools.registry.gate.question import Question
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_spec import SPEC, Effect, ToolSpec


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

    def call(self, services: Services, name: str, arguments: Mapping[str, Any], caller: Caller) -> Result:
        """Call a tool: validate, run in one transaction, record.

        Raises:
            ToolError: what the caller can do something about
        """
        return self.prepared(services, name, arguments, caller).run()

    def prepared(
        self,
        services: Services,
        name: str,
        arguments: Mapping[str, Any],
        caller: Caller,
        call_key: str | None = None,
    ) -> Call:
        """A call whose arguments are right, for whoever has a transaction of its own to make it in.

        Args:
            services: what it works with
            name: the tool
            arguments: what it is given
            caller: who calls
            call_key: which call of the caller's run it is; by default the same for the same arguments

        Raises:
            ToolError: there is no such tool, it is switched off, or the arguments are not right
        """
        found = self[name]
        if services.read_only and (found.spec.effect is not Effect.READ or caller.is_host):
            raise Forbidden(f"Onelane runs in read-only mode, so {name} is switched off.")
        empty = [to_snake(name) for name, value in arguments.items() if value is None and caller.face is Face.REST]
        given = found.validated(arguments, caller.face)
        return Call(found, services, caller, given, frozenset(empty), gate=self.gate, call_key=call_key)

    def question(
        self,
        services: Services,
        name: str,
        arguments: Mapping[str, Any],
        caller: Caller,
        call_key: str | None = None,
    ) -> Question | None:
        """What a person must be asked before this call; None when it needs nobody.

        Raises:
            ToolError: the call would fail anyway
        """
        found = self[name]
        if not self.gate.may_ask(found, caller):
            return None
        given = found.validated(arguments, caller.face)
        with services.database.read() as session:
            client_runs.check(session, caller)
            return self.gate.question(session, services, caller, found, given, call_key)

    def confirmation(self, services: Services, name: str, arguments: Mapping[str, Any], caller: Caller) -> str | None:
        """What somebody who calls for themselves is asked first, because something would be lost.

        Raises:
            ToolError: the call would fail anyway
        """
        found = self[name]
        if found.spec.confirm is None:
            return None
        given = found.validated(arguments, caller.face)
        with services.database.read() as session:
            words = found.spec.confirm(Context(session, services, caller), **given)
        return None if words is None else shown_text(words)


def _tools_of(module: ModuleType) -> Iterator[Tool]:
    for name, value in vars(module).items():
        mark = getattr(value, SPEC, None)
        # A tool that another module imported belongs to the module that defines it.
        if isinstance(mark, ToolSpec) and value.__module__ == module.__name__:
            yield Tool(name, value, mark)
