"""The tools, called through the registry as every face calls them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from onelane.storage.database.engine import Database
from onelane.storage.workflows.approvals import Door
from onelane.tools.registry.context import Caller, Engine, Face, Services
from onelane.tools.registry.gate import answers
from onelane.tools.registry.result import Result
from onelane.tools.registry.toolbox import Registry
from onelane.tools.registry.toolbox import Toolbox as ProductToolbox
from tests.engines import idle_engine

Wanted = TypeVar("Wanted", bound=Result)


@dataclass(frozen=True)
class Toolbox:
    """Some tools on a database.

    Args:
        registry: the tools
        services: what they work with
    """

    registry: Registry
    services: Services

    @property
    def product(self) -> ProductToolbox:
        """The same, as faces and runs get it."""
        return ProductToolbox(self.registry, self.services)

    @property
    def database(self) -> Database:
        """What the tools work on."""
        return self.services.database

    def call(self, kind: type[Wanted], name: str, /, **arguments: object) -> Wanted:
        """What a tool answers to a model in a chat; `kind` is what that must be."""
        return self.call_as(Caller(Face.MCP), kind, name, **arguments)

    def call_as(self, caller: Caller, kind: type[Wanted], name: str, /, **arguments: object) -> Wanted:
        """What a tool answers to this caller."""
        result = self.product.call(name, arguments, caller)
        assert isinstance(result, kind)
        return result

    def question(self, name: str, /, **arguments: object) -> str | None:
        """What a person is asked before a tool is called."""
        return self.product.confirmation(name, arguments, Caller(Face.MCP))


def toolbox(
    database: Database,
    *modules: ModuleType,
    import_dirs: Sequence[Path] = (),
    read_only: bool = False,
    engine: Engine | None = None,
) -> Toolbox:
    """The tools of these modules; without another engine, with one that takes runs in and carries out none."""
    services = Services(database, engine or idle_engine(database, dirs=import_dirs), import_dirs, read_only)
    return Toolbox(Registry(*modules), services)


def allow(tools: Toolbox, caller: Caller, name: str, /, **arguments: object) -> None:
    """Let a person say yes to a call that needs one."""
    key = tools.services.person_key
    question = tools.product.question(name, arguments, caller)
    assert question is not None
    with tools.database.write() as session:
        answers.answer(session, tools.services, answers.ask(session, key, question).id, allow=True, via=Door.CLI)
