"""Search or jump: pages by their names, then people and runs by their words."""

from collections.abc import Mapping
from dataclasses import dataclass

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.places import PLACES, Place
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


def read(visit: Visit) -> Mapping[str, object]:
    """What fits, places first."""
    asked = visit.query.get("q", "").strip()[:200]
    words = asked.lower().split()
    places = map(_place, PLACES)
    found = [place for place in places if all(word in place.label.lower() for word in words)]
    if asked:
        found += [*_people(visit, asked), *_runs(visit, asked)]
    return {"asked": asked, "hits": found[: _MOST + (0 if asked else len(PLACES))]}


def _place(place: Place) -> Hit:
    label = f"{place.name}: {place.about}" if place.about else place.name
    return Hit(label, place.icon, place.href, f"g {place.key}" if place.key else "")


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
