"""Schedules: what starts by itself and when, how it went the last time, and a new one."""

from collections.abc import Mapping
from typing import Any

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.template_choices import templates_for_runs
from onelane.server.dashboard.totals import totals_of
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.errors import BadRequest
from onelane.tools.workflows.firing import start_now

PATH = "/dashboard/schedules"
PAGE_SIZE = 50


def read(visit: Visit) -> Mapping[str, object]:
    """The schedules, newest first, and what a new one can start."""
    page = visit.call("list_schedules", page_size=PAGE_SIZE, cursor=visit.query.get("after") or None)
    return {
        "totals": totals_of(visit),
        "schedules": page["data"],
        "next_cursor": page.get("nextCursor"),
        "templates": templates_for_runs(visit),
    }


def switch(visit: Visit, form: Form) -> Done:
    """Switch one on or off."""
    is_on = form.text("enabled") == "yes"
    schedule = visit.call("set_schedule", schedule_id=form.text("id"), enabled=is_on)
    return Done(f"{schedule['name']} is {'on' if is_on else 'off'}.", visit.path)


def run(visit: Visit, form: Form) -> Done:
    """Start its run now; its own instants stay."""
    run_id = start_now(visit.onelane.toolbox.services, form.text("id"))
    return Done("It has begun.", f"/dashboard/workflows/{run_id}")


def create(visit: Visit, form: Form) -> Done:
    """Make a new one, of a template or of an export file."""
    schedule = visit.call("set_schedule", **_work(form), **when_of(form), name=form.text("name") or None)
    return Done(f"{schedule['name']} is on: {schedule['timing']}.", visit.path)


def when_of(form: Form) -> dict[str, str]:
    """When it starts, as the form says it."""
    values = {name: form.text(name) for name in ("cron", "at", "timezone")}
    return {name: value for name, value in values.items() if value}


def _work(form: Form) -> dict[str, Any]:
    template, file = form.text("template"), form.text("file")
    if bool(template) == bool(file):
        raise BadRequest("Choose a template, or name a file to bring in: one of the two. Nothing was set.")
    if template:
        return {"template_id": template}
    config = {"syncSubType": form.text("sub_type"), "file": file}
    return {
        "workflow_type": WorkflowType.SYNC.value,
        "config": {name: value for name, value in config.items() if value},
    }


PAGE = Page(PATH, "schedules.html", read, section="workflows", acts={"switch": switch, "run": run, "create": create})
