"""Templates: yours with what came of them, those that are ready-made, and a new sequence."""

from collections.abc import Mapping, Sequence
from typing import Any

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.totals import totals_of
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import PlainRow
from onelane.storage.outreach import figures
from onelane.storage.workflows import templates
from onelane.storage.workflows.enrollments import count_by_template
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.entry import SEQUENCES
from onelane.tools.registry.errors import BadRequest

PATH = "/dashboard/templates"
PAGE_SIZE, MOST_READY = 24, 60


def read(visit: Visit) -> Mapping[str, object]:
    """A page of templates, of one type if the address says so, the newest first; the ready-made ones behind yours."""
    kind, page = visit.query.get("templateType") or None, whole_number(visit.query.get("page") or "1", most_digits=5)
    if kind is not None and kind not in set(TemplateType):
        raise BadRequest(f"There is no type {kind[:40]!r}; there are: {', '.join(TemplateType)}.")
    if not page:
        raise BadRequest("Pages are numbered from 1.")
    template_type = None if kind is None else TemplateType(kind)
    with visit.onelane.toolbox.database.read() as session:
        own_page = templates.list_templates(
            session, template_type=template_type, is_system=False, page=page, page_size=PAGE_SIZE
        )
        ready = templates.list_templates(session, template_type=template_type, is_system=True, page_size=MOST_READY)
        own_rows = _with_figures(session, own_page.data)
    return {
        "totals": totals_of(visit),
        "kind": kind,
        "page": page,
        "has_more": page * PAGE_SIZE < own_page.total,
        "yours": own_rows,
        "ready": [_facts(each) for each in ready.data],
        "is_new": bool(visit.query.get("new")),
        "sequence_types": SEQUENCES,
    }


def clone(visit: Visit, form: Form) -> Done:
    """Make a copy that can be changed."""
    copy = visit.call("clone_template", template_id=form.text("id"))
    return Done(f"{copy['name']} is a draft of yours now.", f"{PATH}/{copy['id']}")


def create(visit: Visit, form: Form) -> Done:
    """Begin a new sequence, which has no steps yet."""
    template = visit.call(
        "create_template",
        name=form.text("name"),
        template_type=form.text("template_type"),
        platform=form.text("platform") or None,
    )
    return Done(f"{template['name']} is a draft. Add its first step.", f"{PATH}/{template['id']}")


def _with_figures(session: Session, rows: Sequence[PlainRow]) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    replies, enrollments = figures.count_replies(session, ids), count_by_template(session, ids)
    return [
        {**_facts(row), "replies": replies.get(row["id"]), "enrolled": enrollments.get(row["id"], 0)} for row in rows
    ]


def _facts(template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": template["id"],
        "name": template["name"],
        "description": template["description"] or "",
        "kind": template["template_type"],
        "status": template["status"],
        "changed_at": template["updated_at"],
    }


PAGE = Page(PATH, "templates.html", read, section="workflows", acts={"clone": clone, "create": create})
