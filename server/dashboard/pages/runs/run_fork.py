"""A run anew from one of its steps, with settings that may be changed."""

import json
from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.runs.run_facts import shown_config
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.tools.registry.errors import BadRequest


def read(visit: Visit) -> Mapping[str, object]:
    """The settings, to be edited, and with how many steps the new run begins."""
    run = visit.call("get_run", run_id=visit.places["run_id"], steps_limit=0)
    step_count = min(whole_number(visit.query.get("steps")) or 0, run["stepCount"])
    return {"run": run, "steps": step_count, "config": json.dumps(shown_config(run), indent=2, ensure_ascii=False)}


def fork(visit: Visit, form: Form) -> Done:
    """Start the new run."""
    steps = whole_number(form.text("steps"))
    if steps is None:
        raise BadRequest("Write how many steps the new run takes over, as a number. Nothing was started.")
    run = visit.call("fork_run", run_id=visit.places["run_id"], steps=steps, config=form.text("config"))
    return Done("A new run has begun.", f"/dashboard/workflows/{run['id']}")


PAGE = Page("/dashboard/workflows/{run_id}/fork", "run_fork.html", read, section="workflows", acts={"fork": fork})
