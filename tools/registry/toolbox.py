"""The tools and what they work with: the only way in which a tool is called.

See docs/house.md, "One function, four faces".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onelane.storage.database.engine import Database
from onelane.tools.registry import client_runs
from onelane.tools.registry.calls import Call
from onelane.tools.registry.context import Caller, Context, Services
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.gate.question import Question
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.registry.registry import Registry
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import Effect


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Tools on a database.

    Args:
        registry: the tools
        services: what they work with
    """

    registry: Registry
    services: Services

    @property
    def database(self) -> Database:
        """What the tools work on."""
        return self.services.database

    def call(self, name: str, arguments: Mapping[str, Any], caller: Caller) -> Result:
        """Call a tool: validate, run in one transaction, record.

        Raises:
            ToolError: what the caller can do something about
        """
        return self.prepared(name, arguments, caller).run()

    def prepared(self, name: str, arguments: Mapping[str, Any], caller: Caller, call_key: str | None = None) -> Call:
        """A call whose arguments are right, for whoever has a transaction of its own to make it in.

        Args:
            name: the tool
            arguments: what it is given
            caller: who calls
            call_key: which call of the caller's run it is; by default the same for the same arguments

        Raises:
            ToolError: there is no such tool, it is switched off, or the arguments are not right
        """
        found = self.registry[name]
        if self.services.read_only and (found.spec.effect is not Effect.READ or caller.is_host):
            raise Forbidden(f"Onelane runs in read-only mode, so {name} is switched off.")
        given = found.validated(arguments, caller.face)
        return Call(found, self.services, caller, given, gate=self.registry.gate, call_key=call_key)

    def question(
        self, name: str, arguments: Mapping[str, Any], caller: Caller, call_key: str | None = None
    ) -> Question | None:
        """What a person must be asked before this call; None when it needs nobody.

        Raises:
            ToolError: the call would fail anyway
        """
        found, gate = self.registry[name], self.registry.gate
        if not gate.may_ask(found, caller):
            return None
        given = found.validated(arguments, caller.face)
        with self.database.read() as session:
            client_runs.check(session, caller)
            return gate.question(session, self.services, caller, found, given.values, call_key)

    def confirmation(self, name: str, arguments: Mapping[str, Any], caller: Caller) -> str | None:
        """What somebody who calls for themselves is asked first, because something would be lost.

        Raises:
            ToolError: the call would fail anyway
        """
        found = self.registry[name]
        if found.spec.confirm is None:
            return None
        given = found.validated(arguments, caller.face)
        with self.database.read() as session:
            words = found.spec.confirm(Context(session, self.services, caller), **given.values)
        return None if words is None else shown_text(words)
