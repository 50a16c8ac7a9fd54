"""The dashboard: pages for people, each a tool's result and a template (docs/dashboard.md)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from onelane.server.backend import Backend
    from onelane.server.http.events import RunEvents
    from onelane.server.http.person.entrance import Entrance

__all__ = ["build_dashboard"]


def build_dashboard(onelane: "Backend", entrance: "Entrance", events: "RunEvents") -> "list[BaseRoute]":
    """The routes of the dashboard.

    Args:
        onelane: what it shows
        entrance: who may change something
        events: which runs change
    """
    # Pages, templates and icons are made when the first page is asked for; here only their addresses are listed.
    from onelane.server.dashboard.site import routes_of

    return routes_of(onelane, entrance, events)
