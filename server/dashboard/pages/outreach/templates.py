"""Templates: yours, and those that are ready-made."""

from collections.abc import Mapping
from typing import Any

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.totals import totals_of
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.workflows import templates
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.errors import BadRequest

PATH = "/dashboard/templates"
PAGE_SIZE = 60


def read(visit: Visit) -> Mapping[str, object]:
    """A page of templates, of one type if the address says so, the newest first."""
    kind, page = visit.query.get("templateType") or None, whole_number(visit.query.get("page") or "1", most_digits=5)
    if kind is not None and kind not in set(TemplateType):
        raise BadRequest(f"There is no type {kind[:40]!r}; there are: {', '.join(TemplateType)}.")
    if not page:
        raise BadRequest("Pages are numbered from 1.")
    with visit.onelane.toolbox.database.read() as session:
        found = templates.list_templates(
            session, template_type=None if kind is None else TemplateType(kind), page=page, page_size=PAGE_SIZE
        )
        shown = [_facts(each) for each in found.data]
    return {
        "totals": totals_of(visit),
        "kind": kind,
        "total": found.total,
        "page": page,
        "has_more": page * PAGE_SIZE < found.total,
        "yours": [each for each in shown if not each["is_system"]],
        "ready": [each for each in shown if each["is_system"]],
    }


def clone(visit: Visit, form: Form) -> Done:
    """Make a copy that can be changed."""
    copy = visit.call("clone_template", template_id=form.text("id"))
    return Done(f"{copy['name']} is a draft of yours now.", f"{PATH}/{copy['id']}")


def _facts(template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": template["id"],
        "name": template["name"],
        "description": template["description"] or "",
        "kind": template["template_type"],
        "status": template["status"],
        "is_system": bool(template["is_system"]),
        "changed_at": template["updated_at"],
    }


PAGE = Page(PATH, "templates.html", read, section="workflows", acts={"clone": clone})
