"""Everything below `/api`, and where people unsubscribe; apart from `asgi`, for it imports every tool there is."""

from starlette.routing import Route, Router
from starlette.types import ASGIApp

from onelane.server.backend import Backend
from onelane.server.http.events import RunEvents
from onelane.server.http.exports import EXPORT_PATH, ExportPath
from onelane.server.http.paths import Answerer, routes_of
from onelane.server.http.person.operations import PERSON_OPERATIONS
from onelane.server.http.person.person_operation import PersonAnswer
from onelane.server.http.problems import not_found
from onelane.server.http.rest import tool_answerers
from onelane.server.http.unsubscribe import UNSUBSCRIBE_PATH, UnsubscribePath


def api_of(onelane: Backend, events: RunEvents) -> ASGIApp:
    """Answers programs.

    Args:
        onelane: what it is the face of
        events: which runs change
    """
    routes = [
        *routes_of([*tool_answerers(onelane), *_person_answerers(onelane)]),
        Route("/api/events", events),
        Route(UNSUBSCRIBE_PATH, UnsubscribePath(onelane)),
        Route(EXPORT_PATH, ExportPath(lambda: onelane.toolbox.database)),
    ]
    return Router(routes, redirect_slashes=False, default=not_found)


def _person_answerers(onelane: Backend) -> list[Answerer]:
    return [Answerer(each.method, each.path, PersonAnswer(each, onelane)) for each in PERSON_OPERATIONS]
