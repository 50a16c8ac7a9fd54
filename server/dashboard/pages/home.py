"""The home: figures, what needs the person, what happened a day, what happens next."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit

PATH = "/dashboard"


def read(visit: Visit) -> Mapping[str, object]:
    """How everything stands."""
    return {"overview": visit.call("overview"), "daily_usd": _daily_usd(visit), "day_address": _day}


def _daily_usd(visit: Visit) -> float | None:
    with visit.onelane.toolbox.database.read() as session:
        return visit.onelane.toolbox.services.workspace.read(session).daily_usd


def _day(day: str) -> str:
    """Where a day's bar leads: the list goes by since when, and from there back."""
    return "/dashboard/workflows?since=30"


PAGE = Page(PATH, "home.html", read, section="home")
