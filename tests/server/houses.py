"""An Onelane for tests of its faces: real tools on a real database, an engine that carries out nothing."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from onelane.server.changes import ChangeWatcher
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.person_key import PersonKey
from onelane.tools.registry.toolbox import Registry, Toolbox
from tests.engines import idle_engine

KEY = "the person's own key, long enough for anybody"
"""What the person has, and nobody else."""


@dataclass(frozen=True)
class House:
    """What a face needs of Onelane."""

    settings: Settings
    toolbox: Toolbox

    @property
    def registry(self) -> Registry:
        """The tools."""
        return self.toolbox.registry

    @property
    def changes(self) -> ChangeWatcher:
        """Notices what is committed."""
        return self._changes

    @cached_property
    def _changes(self) -> ChangeWatcher:
        return ChangeWatcher(lambda: self.database)

    @property
    def database(self) -> Database:
        """Where everything is."""
        return self.toolbox.database


def house(database: Database, *modules: ModuleType, read_only: bool = False) -> House:
    """Onelane on this database, with the tools of these modules; with all that the product has when none are named."""
    settings = _settings(read_only=read_only)
    registry = Registry(*modules) if modules else all_tools()
    return House(settings, Toolbox(registry, Services(database, idle_engine(database), [], read_only)))


@cache
def _settings(*, read_only: bool) -> Settings:
    """Those of no home; made once, for that takes as long as a short test."""
    return Settings(home=Path("unused"), read_only=read_only)


def with_services(onelane: House, **services: Any) -> House:
    """The same, whose tools work with these services."""
    return replace(onelane, toolbox=Toolbox(onelane.registry, replace(onelane.toolbox.services, **services)))


def with_person(onelane: House) -> House:
    """The same, whose person has the KEY."""
    return with_services(onelane, person_key=PersonKey(KEY.encode))
