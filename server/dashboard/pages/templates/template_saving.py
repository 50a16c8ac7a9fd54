"""Saves what was typed into the form of a template, if nobody has changed it since it was shown, and sets it going."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from onelane.server.dashboard.pages.templates.template_form import WrittenTemplate, seen_of
from onelane.server.dashboard.visit import CALLER, Visit
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.gate.deciding import deciding


class ChangedMeanwhile(Conflict):
    """Nothing was saved: somebody has changed this template since you opened it. What you typed still stands here."""


def save(visit: Visit, template: Mapping[str, Any], typed: WrittenTemplate) -> bool:
    """Save what was typed. False where it says nothing new.

    Args:
        visit: who saves
        template: the template as REST gives it
        typed: what it shall say

    Raises:
        ToolError: it can't say that; or somebody has changed it since it was shown
    """
    changes = _changes(template, typed)
    if typed.seen != seen_of(template):
        raise ChangedMeanwhile
    if not changes:
        return False
    given = {"template_id": template["id"], **changes}
    toolbox = visit.onelane.toolbox
    call = toolbox.prepared("update_template", given, CALLER)
    reading = toolbox.prepared("get_template", {"template_id": template["id"]}, CALLER)
    with deciding(toolbox.services) as session:
        # Looked at once more where nobody else can write.
        if typed.seen != seen_of(orjson.loads(reading.complete(session).contract_json())):
            raise ChangedMeanwhile
        call.complete(session)
    return True


def activate(visit: Visit, template_id: str, values: Mapping[str, str]) -> Mapping[str, Any]:
    """Set a template going with the values of its parameters; what was begun, as REST gives it.

    Raises:
        ToolError: it can't be activated; it says why
    """
    given = {name: value for name, value in values.items() if value}
    return visit.call("activate_template", template_id=template_id, overrides=json.dumps(given))


def _changes(template: Mapping[str, Any], typed: WrittenTemplate) -> dict[str, Any]:
    """What differs from what is saved."""
    changes: dict[str, Any] = {}
    if typed.name != template["name"]:
        changes["name"] = typed.name
    texts = {"description": typed.description, "platform": typed.platform}
    changes |= {name: value for name, value in texts.items() if value and value != template[name]}
    config, steps = typed.config(), typed.saved_steps()
    if config != orjson.loads(template["config"]):
        changes["config"] = json.dumps(config)
    if steps != _saved_steps(template):
        changes["steps"] = [{**each, "config": json.dumps(each["config"])} for each in steps]
    cleared = [name for name, value in texts.items() if not value and template[name]]
    return {**changes, "clear": cleared} if cleared else changes


def _saved_steps(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"step_type": each["stepType"], "config": orjson.loads(each["config"]), "delay_hours": each["delayHours"]}
        for each in template["steps"]
    ]
