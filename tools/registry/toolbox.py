"""The tools and what they work with: the only way in which a tool is called.

See docs/house.md, "One function, four faces".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_snake

from onelane.storage.database.engine import Database
from onelane.tools.registry import client_runs
from onelane.tools.registry.calls import Call
from onelane.tools.registry.context import Caller, Context, Face, Services
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.registry import Registry
from onelane.tools.registry.result import Result
from onelane.tools.registry.tool_spec import NEEDS_PERSON, Effect


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

    def prepared(self, name: str, arguments: Mapping[str, Any], caller: Caller) -> Call:
        """A call whose arguments are right, for whoever has a transaction of its own to make it in.

        Raises:
            ToolError: there is no such tool, it is switched off, or the arguments are not right
        """
        found = self.registry[name]
        if self.services.read_only and (found.spec.effect is not Effect.READ or caller.is_host):
            raise Forbidden(f"Onelane runs in read-only mode, so {name} is switched off.")
        empty = [to_snake(name) for name, value in arguments.items() if value is None and caller.face is Face.REST]
        return Call(found, self.services, caller, found.validated(arguments, caller.face), frozenset(empty))

    def question(self, name: str, arguments: Mapping[str, Any], caller: Caller) -> str | None:
        """What a person must be asked before this call; None when nothing is lost by it.

        A run that sends or deletes needs a person each time, whatever the tool itself thinks.

        Raises:
            ToolError: the call would fail anyway
        """
        found = self.registry[name]
        needs_person = caller.run_id is not None and found.spec.effect in NEEDS_PERSON
        if found.spec.confirm is None and not needs_person:
            return None
        given = found.validated(arguments, caller.face)
        with self.database.read() as session:
            client_runs.check(session, caller)
            asked = found.spec.confirm and found.spec.confirm(Context(session, self.services, caller), **given)
        return asked or (client_runs.question_of(name, found.spec.title, given) if needs_person else None)
