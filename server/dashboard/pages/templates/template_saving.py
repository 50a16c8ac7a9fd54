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


def save(visit: Visit, template: Mapping[str, Any], form_template: WrittenTemplate) -> bool:
    """Save what was typed. False where it says nothing new.

    Args:
        visit: who saves
        template: the template as REST gives it
        form_template: what it shall say

    Raises:
        ToolError: it can't say that; or somebody has changed it since it was shown
    """
    changes = _changes(template, form_template)
    if form_template.seen != seen_of(template):
        raise ChangedMeanwhile
    if not changes:
        return False
    arguments = {"template_id": template["id"], **changes}
    toolbox = visit.onelane.toolbox
    call = toolbox.prepare("update_template", arguments, CALLER)
    reading = toolbox.prepare("get_template", {"template_id": template["id"]}, CALLER)
    with deciding(toolbox.services) as session:
        # Looked at once more where nobody else can write.
        if form_template.seen != seen_of(orjson.loads(reading.complete(session).contract_json())):
            raise ChangedMeanwhile
        call.complete(session)
    return True


def activate(visit: Visit, template_id: str, values: Mapping[str, str]) -> Mapping[str, Any]:
    """Set a template going with the values of its parameters; what was begun, as REST gives it.

    Raises:
        ToolError: it can't be activated; it says why
    """
    filled_values = {name: value for name, value in values.items() if value}
    return visit.call("activate_template", template_id=template_id, overrides=json.dumps(filled_values))


def _changes(template: Mapping[str, Any], form_template: WrittenTemplate) -> dict[str, Any]:
    """What differs from what is saved."""
    changes: dict[str, Any] = {}
    if form_template.name != template["name"]:
        changes["name"] = form_template.name
    texts = {"description": form_template.description, "platform": form_template.platform}
    changes |= {name: value for name, value in texts.items() if value and value != template[name]}
    config, steps = form_template.config(), form_template.saved_steps()
    if config != orjson.loads(template["config"]):
        changes["config"] = json.dumps(config)
    if steps != _saved_steps(template):
        changes["steps"] = [{**each, "config": json.dumps(each["config"])} for each in steps]
    empty_names = [name for name, value in texts.items() if not value and template[name]]
    return {**changes, "clear": empty_names} if empty_names else changes


def _saved_steps(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"step_type": each["stepType"], "config": orjson.loads(each["config"]), "delay_hours": each["delayHours"]}
        for each in template["steps"]
    ]
