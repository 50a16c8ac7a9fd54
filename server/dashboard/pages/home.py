"""The home: figures, what needs the person, what happened a day, what happens next."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit

PATH = "/dashboard"
_MOST_SCHEDULES = 100


def read(visit: Visit) -> Mapping[str, object]:
    """How everything stands."""
    return {
        "overview": visit.call("overview"),
        "daily_usd": _daily_usd(visit),
        "day_address": _day,
        "timings": _timings(visit),
    }


def _timings(visit: Visit) -> Mapping[str, str]:
    """When schedules fire, in words, by their ids."""
    return {each["id"]: each["timing"] for each in visit.call("list_schedules", page_size=_MOST_SCHEDULES)["data"]}


def _daily_usd(visit: Visit) -> float | None:
    with visit.onelane.toolbox.database.read() as session:
        return visit.onelane.toolbox.services.workspace.read(session).daily_usd


def _day(day: str) -> str:
    """Where a day's bar leads: the list goes by since when, and from there back."""
    return "/dashboard/workflows?since=30"


PAGE = Page(PATH, "home.html", read, section="home")
