"""The latest changes of calls and runs, which can be taken back."""

from collections.abc import Collection, Mapping
from contextlib import suppress

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit
from onelane.tools.registry.errors import NotFound


def read(visit: Visit) -> Mapping[str, object]:
    """The latest changes, and what the runs of which they are do."""
    changes = visit.call("list_changes")["data"]
    return {"changes": changes, "titles": run_titles(visit, {each["runId"] for each in changes if each["runId"]})}


def run_titles(visit: Visit, run_ids: Collection[str]) -> Mapping[str, str]:
    """What runs do, in words, by their ids; of one that has been deleted nothing is known."""
    titles: dict[str, str] = {}
    for run_id in run_ids:
        with suppress(NotFound):
            titles[run_id] = visit.call("get_run", run_id=run_id, steps_limit=0)["title"]
    return titles


PAGE = Page("/dashboard/undo", "changes.html", read, section="workflows")
