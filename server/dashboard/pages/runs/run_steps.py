"""A hundred of a run's steps: what the timeline fills its chunks with, and a page of its own without scripts."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.runs.run import CHUNK
from onelane.server.dashboard.pages.runs.run_facts import steps_of
from onelane.server.dashboard.visit import Visit, whole_number
from onelane.tools.registry.errors import BadRequest


def read(visit: Visit) -> Mapping[str, object]:
    """The steps behind the one with the index `after`."""
    after_text = visit.query.get("after")
    after = whole_number(after_text)
    if after_text and after is None:
        raise BadRequest("after is the index of a step.")
    run_id = visit.places["run_id"]
    page = visit.call("list_run_steps", run_id=run_id, cursor=None if after is None else str(after), limit=CHUNK)
    return {
        "run": visit.call("get_run", run_id=run_id, steps_limit=0),
        "steps": steps_of(visit, page["data"]),
        "first": 0 if after is None else after + 1,
        "next_after": page.get("nextCursor"),
    }


PAGE = Page("/dashboard/workflows/{run_id}/steps", "run_steps.html", read, section="workflows")
