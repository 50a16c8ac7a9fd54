"""Search or jump: pages by their names, then people and runs by their words."""

from collections.abc import Mapping
from dataclasses import dataclass

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.places import PLACES, Place
from onelane.server.dashboard.visit import Visit

_MOST_HITS = 9
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


def read(visit: Visit) -> Mapping[str, object]:
    """What fits, places first."""
    query = visit.query.get("q", "").strip()[:200]
    words = query.lower().split()
    places = map(_place, PLACES)
    hits = [place for place in places if all(word in place.label.lower() for word in words)]
    if query:
        hits += [*_people(visit, query), *_runs(visit, query)]
    return {"asked": query, "hits": hits[: _MOST_HITS + (0 if query else len(PLACES))]}


def _place(place: Place) -> Hit:
    label = f"{place.name}: {place.about}" if place.about else place.name
    return Hit(label, place.icon, place.href, f"g {place.key}" if place.key else "")


def _people(visit: Visit, query: str) -> list[Hit]:
    people = visit.call("search_contacts", query=query, page_size=_OF_A_KIND)["data"]
    return [Hit(_person(each), "user", f"/dashboard/contacts/{each['id']}") for each in people]


def _person(contact: Mapping[str, str | None]) -> str:
    about = [contact.get("title"), contact.get("company")]
    return " · ".join(part for part in (contact["name"], *about) if part)


def _runs(visit: Visit, query: str) -> list[Hit]:
    runs = visit.call("list_runs", q=query, page_size=_OF_A_KIND)["data"]
    return [
        Hit(f"{each['title']} · {each['status']}", "git-branch", f"/dashboard/workflows/{each['id']}") for each in runs
    ]


PAGE = Page("/dashboard/jump", "jump.html", read)
