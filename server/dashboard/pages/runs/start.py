"""Starting something: bringing people in from a file, or carrying out a template."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.workflows.templates import TemplateType

_BY_ITSELF = {
    TemplateType.ENRICHMENT: "enrich",
    TemplateType.PROSPECTING: "search",
    TemplateType.PRUNING: "prune",
}
"""The run type that carries out such a template once; people are enrolled in the others."""


def read(visit: Visit) -> Mapping[str, object]:
    """What can be started."""
    templates = visit.call("list_templates", status="active", page_size=100)["data"]
    return {
        "folders": [folder.name for folder in visit.onelane.settings.readable_dirs],
        "accounts": visit.call("list_accounts")["data"],
        "templates": [each for each in templates if each["templateType"] in _BY_ITSELF],
    }


def sync(visit: Visit, form: Form) -> Done:
    """Bring in what an export file holds, or what came into an account's mailbox."""
    run = visit.call(
        "start_sync",
        sub_type=form.text("sub_type") or None,
        file=form.text("file") or None,
        platform_account_id=form.text("account") or None,
    )
    return Done(f"{run['title']} has begun.", f"/dashboard/workflows/{run['id']}")


def run_template(visit: Visit, form: Form) -> Done:
    """Carry out a template once."""
    template = visit.call("get_template", template_id=form.text("template"))
    kind = _BY_ITSELF[TemplateType(template["templateType"])]
    run = visit.call("start_run", workflow_type=kind, template_id=template["id"])
    return Done(f"{run['title']} has begun.", f"/dashboard/workflows/{run['id']}")


PAGE = Page("/dashboard/start", "start.html", read, section="workflows", acts={"sync": sync, "run": run_template})
