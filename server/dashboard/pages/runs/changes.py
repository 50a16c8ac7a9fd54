"""The latest changes of calls and runs, which can be taken back."""

from collections.abc import Collection, Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit
from onelane.tools.workflows.run_reading.run_rows import run_titles


def read(visit: Visit) -> Mapping[str, object]:
    """The latest changes, and what the runs of which they are do."""
    changes = visit.call("list_changes")["data"]
    return {"changes": changes, "titles": titles_of_runs(visit, {each["runId"] for each in changes if each["runId"]})}


def titles_of_runs(visit: Visit, run_ids: Collection[str]) -> Mapping[str, str]:
    """What runs do, in words, by their ids; of one that has been deleted nothing is known."""
    services = visit.onelane.toolbox.services
    with services.database.read() as session:
        return run_titles(session, services.engine.run_types, run_ids)


PAGE = Page("/dashboard/undo", "changes.html", read, section="workflows")
