"""Search or jump: pages by their names, then people, runs and templates by their words."""

from collections.abc import Mapping
from dataclasses import dataclass

from onelane.server.dashboard.page import Page, address_if_there
from onelane.server.dashboard.visit import Visit

_MOST = 9
_OF_A_KIND = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """Something to jump to.

    Args:
        label: how it is called
        icon: its picture
        href: where it is
        keys: the keys that lead there too
    """

    label: str
    icon: str
    href: str
    keys: str = ""


PLACES = (
    Hit("Dashboard", "layout-dashboard", "/dashboard", "g d"),
    Hit("Workflows", "git-branch", "/dashboard/workflows", "g w"),
    Hit("Start a run", "play", "/dashboard/start"),
    Hit("Outbound: what waits for approval", "hand", "/dashboard/outbound", "g o"),
    Hit("Templates", "layers", "/dashboard/templates", "g t"),
    Hit("Schedules", "calendar", "/dashboard/schedules"),
    Hit("Contacts", "users", "/dashboard/contacts", "g c"),
    Hit("Content", "file-text", "/dashboard/content", "g n"),
    Hit("Settings", "settings", "/dashboard/settings", "g s"),
    Hit("Help", "circle-question-mark", "/dashboard/help"),
)


def read(visit: Visit) -> Mapping[str, object]:
    """What fits, places first."""
    asked = visit.query.get("q", "").strip()[:200]
    words = asked.lower().split()
    places = [place for place in PLACES if address_if_there(place.href)]
    found = [place for place in places if all(word in place.label.lower() for word in words)]
    if asked:
        found += [*_people(visit, asked), *_runs(visit, asked)]
    return {"asked": asked, "hits": found[: _MOST + (0 if asked else len(PLACES))]}


def _people(visit: Visit, asked: str) -> list[Hit]:
    people = visit.call("search_contacts", query=asked, page_size=_OF_A_KIND)["data"]
    return [Hit(_person(each), "user", f"/dashboard/contacts/{each['id']}") for each in people]


def _person(contact: Mapping[str, str | None]) -> str:
    about = [contact.get("title"), contact.get("company")]
    return " · ".join(part for part in (contact["name"], *about) if part)


def _runs(visit: Visit, asked: str) -> list[Hit]:
    runs = visit.call("list_runs", q=asked, page_size=_OF_A_KIND)["data"]
    return [
        Hit(f"{each['title']} · {each['status']}", "git-branch", f"/dashboard/workflows/{each['id']}") for each in runs
    ]


PAGE = Page("/dashboard/jump", "jump.html", read)
