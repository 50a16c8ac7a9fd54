"""The home: figures, what needs the person, what happened a day, what happens next."""

from collections.abc import Mapping, Sequence
from typing import Any

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit
from onelane.storage.workflows.schedules import get_schedule
from onelane.tools.workflows.schedule_views import values_of

PATH = "/dashboard"


def read(visit: Visit) -> Mapping[str, object]:
    """How everything stands."""
    overview = visit.call("overview")
    return {
        "overview": overview,
        "daily_usd": _daily_usd(visit),
        "day_address": _day,
        "timings": _timings(visit, overview["nextSchedules"]),
    }


def _timings(visit: Visit, next_schedules: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """When schedules fire, in words, by their ids."""
    with visit.onelane.toolbox.database.read() as session:
        schedules = [get_schedule(session, each["id"]) for each in next_schedules]
    return {each.id: values_of(each)["timing"] for each in schedules if each is not None}


def _daily_usd(visit: Visit) -> float | None:
    with visit.onelane.toolbox.database.read() as session:
        return visit.onelane.toolbox.services.workspace.read(session).daily_usd


def _day(day: str) -> str:
    """Where a day's bar leads: the list goes by since when, and from there back."""
    return "/dashboard/workflows?since=30"


PAGE = Page(PATH, "home.html", read, section="home")
