"""The latest changes of calls and runs, which can be taken back."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit


def read(visit: Visit) -> Mapping[str, object]:
    """The latest changes."""
    return {"changes": visit.call("list_changes")["data"]}


PAGE = Page("/dashboard/undo", "changes.html", read, section="workflows")
