"""A template: its steps with their texts, checks, versions, what came of it, and what somebody would get."""

from collections.abc import Mapping
from typing import Any

import orjson

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.outreach import templates as listed
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.workflows.templates import TemplateStatus, TemplateType
from onelane.tools.outreach.entry import is_sequence_type

PEOPLE = 8


def read(visit: Visit) -> Mapping[str, object]:
    """The template; of a sequence also how it is checked, its versions, figures and a preview."""
    template = visit.call("get_template", template_id=visit.places["template_id"])
    is_sequence = is_sequence_type(TemplateType(template["templateType"]), template["config"])
    return {
        "template": template,
        "steps": [_step(each) for each in template["steps"]],
        "config": orjson.loads(template["config"]),
        "is_sequence": is_sequence,
        **(_of_sequence(visit, template["id"]) if is_sequence else {}),
    }


def clone(visit: Visit, form: Form) -> Done:
    """Make a copy of it."""
    copy = visit.call("clone_template", template_id=visit.places["template_id"])
    return Done(f"{copy['name']} is a draft of yours now.", f"{listed.PATH}/{copy['id']}")


def pause(visit: Visit, form: Form) -> Done:
    """Let nothing go on in it."""
    visit.call("update_template", template_id=visit.places["template_id"], status=TemplateStatus.PAUSED.value)
    return Done("Paused.", visit.path)


def resume(visit: Visit, form: Form) -> Done:
    """Let it go on where it was paused."""
    visit.call("update_template", template_id=visit.places["template_id"], status=TemplateStatus.ACTIVE.value)
    return Done("It goes on.", visit.path)


def _of_sequence(visit: Visit, template_id: str) -> dict[str, Any]:
    stats = visit.call("get_template_stats", template_id=template_id)
    by_step = {each["stepIndex"]: each for each in stats["data"][0]["steps"]} if stats["data"] else {}
    return {
        "stats": stats,
        "by_step": by_step,
        "problems": visit.call("lint_template", template_id=template_id)["problems"],
        "versions": visit.call("list_template_versions", template_id=template_id)["data"],
        **_previewed(visit, template_id),
    }


def _previewed(visit: Visit, template_id: str) -> dict[str, Any]:
    """What one person would be sent: who is named in the address, or found by the words in it."""
    words, contact = visit.query.get("who", ""), visit.query.get("contact", "")
    people: list[dict[str, Any]] = []
    if words:
        people = visit.call("search_contacts", query=words[:500], page_size=PEOPLE)["data"]
    chosen = contact or (people[0]["id"] if len(people) == 1 else "")
    preview: dict[str, Any] | None = None
    if chosen:
        preview = visit.call("preview_sequence", template_id=template_id, contact_ids=[chosen])["data"][0]
    return {"who": words, "people": people, "preview": preview}


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = orjson.loads(step["config"])
    texts = {name: str(config[name]) for name in ("subject", "text", "note") if config.get(name)}
    rest = {name: value for name, value in config.items() if name not in texts}
    return {
        "index": step["stepIndex"],
        "kind": step["stepType"],
        "delay_hours": step["delayHours"],
        "subject": texts.pop("subject", None),
        "texts": list(texts.values()),
        "settings": orjson.dumps(rest, option=orjson.OPT_INDENT_2).decode() if rest else "",
    }


PAGE = Page(
    f"{listed.PATH}/{{template_id}}",
    "template.html",
    read,
    section="workflows",
    acts={"clone": clone, "pause": pause, "resume": resume},
)
