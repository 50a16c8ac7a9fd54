"""Short ids on the command line: a command takes the beginning or the end of an id, where only one is so."""

from collections.abc import Mapping
from typing import Any

from onelane.storage.database.engine import Database
from onelane.storage.short_ids import ids_meant
from onelane.tools.registry.errors import BadRequest


def full_id(database: Database, typed: str) -> str:
    """The whole id for what was typed; what is no short id is left as it is.

    Raises:
        BadRequest: more than one id is meant
    """
    if "_" not in typed:
        return typed
    with database.read() as session:
        meant = ids_meant(session, typed)
    if len(meant) > 1:
        raise BadRequest(f"{typed} may be {' or '.join(meant)}. Type more of it.")
    return meant[0] if meant else typed


def with_full_ids(database: Database, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A tool's arguments, with whole ids where they name something by its id.

    Raises:
        BadRequest: more than one id is meant
    """
    return {name: _full(database, value) if _names_by_id(name) else value for name, value in arguments.items()}


def _names_by_id(argument: str) -> bool:
    return argument == "id" or argument.endswith(("_id", "_ids"))


def _full(database: Database, value: Any) -> Any:
    if isinstance(value, str):
        return full_id(database, value)
    if isinstance(value, list):
        return [_full(database, each) for each in value]  # pyright: ignore[reportUnknownVariableType] - JSON
    return value
