"""Starting something: bringing people in from a file or a platform, or carrying out a template."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.template_choices import run_type_of, templates_for_runs
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.tools.registry.errors import BadRequest


def read(visit: Visit) -> Mapping[str, object]:
    """What can be started."""
    return {
        "folders": [folder.name for folder in visit.onelane.settings.readable_dirs],
        "accounts": visit.call("list_accounts")["data"],
        "templates": templates_for_runs(visit),
    }


def sync(visit: Visit, form: Form) -> Done:
    """Bring in what an export file holds, or what the platform says when it is asked."""
    run = visit.call(
        "start_sync",
        sub_type=form.text("sub_type") or None,
        file=form.text("file") or None,
        platform_account_id=form.text("account") or None,
        max_pages=_most_pages(form.text("pages")),
        full=form.text("full") == "yes",
    )
    return Done(f"{run['title']} has begun.", f"/dashboard/workflows/{run['id']}")


def _most_pages(text: str) -> int | None:
    page_limit = whole_number(text)
    if text and page_limit is None:
        raise BadRequest("Write the most pages as a number, or nothing for all. Nothing was started.")
    return page_limit


def run_template(visit: Visit, form: Form) -> Done:
    """Carry out a template once."""
    template = visit.call("get_template", template_id=form.text("template"))
    run_type = run_type_of(template)
    if run_type is None:
        raise BadRequest("No run carries out such a template by itself: people are put into it. Nothing was started.")
    run = visit.call("start_run", workflow_type=run_type.value, template_id=template["id"])
    return Done(f"{run['title']} has begun.", f"/dashboard/workflows/{run['id']}")


PAGE = Page("/dashboard/start", "start.html", read, section="workflows", acts={"sync": sync, "run": run_template})
