"""The person changes settings of the workspace (docs/commands.md, "Settings that can be changed")."""

from collections.abc import Mapping

import orjson
from pydantic import ValidationError

from onelane.storage import saved_settings
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import Via
from onelane.tools.registry.arguments.errors import reason_of
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.gate.deciding import deciding
from onelane.tools.registry.workspace_settings import WorkspaceValues

USUAL = WorkspaceValues()
"""What holds where nobody has said anything."""


def change_workspace(services: Services, changes: Mapping[str, object], *, via: Door) -> None:
    """Save settings; one that is set to the usual is forgotten, so that it follows the usual of later versions.

    Args:
        services: the database, and what the environment says
        changes: the new values, by name
        via: where the person said it

    Raises:
        Forbidden: nothing may be changed here
        BadRequest: a value can't be used; nothing was changed
        Conflict: the environment sets one of them; nothing was changed
    """
    values = _validate(changes)
    with deciding(services) as session:
        now = services.workspace.read(session)
        for name in changes:
            value = getattr(values, name)
            if value == getattr(now, name):
                continue
            if name in services.workspace.overrides:
                raise Conflict(f"{_variable(name)} in the environment sets this: change it there. Nothing was changed.")
            if value == getattr(USUAL, name):
                saved_settings.forget_setting(session, name)
            else:
                saved_settings.save_setting(session, name, orjson.dumps(value).decode(), via=Via(via))


def _validate(changes: Mapping[str, object]) -> WorkspaceValues:
    unknown = sorted(changes.keys() - WorkspaceValues.model_fields.keys())
    if unknown:
        raise BadRequest(f"{unknown[0][:100]} is no setting that can be changed. Nothing was changed.")
    try:
        return WorkspaceValues.model_validate(changes)
    except ValidationError as error:
        first = error.errors()[0]
        reason = reason_of(first).rstrip(".")
        label = WorkspaceValues.model_fields[str(first["loc"][0])].title
        raise BadRequest(f"{label} can't be {first['input']!r:.60}: {reason}. Nothing was changed.") from error


def _variable(name: str) -> str:
    return f"ONELANE_{name.upper()}"
