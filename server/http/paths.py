"""Paths: at each, every method has one who answers; tools and the person's operations may share a path."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from onelane.server.http.problems import not_allowed


class Answerer(NamedTuple):
    """Who answers a method at a path."""

    method: str
    path: str
    app: ASGIApp


class Path:
    """What answers at one path.

    Args:
        apps: by method
    """

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            Refused: the method is not one of these
        """
        method = scope["method"]
        app = self._apps.get("GET" if method == "HEAD" else method)
        if app is None:
            raise not_allowed(method, self._apps)
        await app(scope, receive, send)


def routes_of(answerers: Iterable[Answerer]) -> list[BaseRoute]:
    """A route for each path, those with fixed words before those with parameters in the same place."""
    by_path: dict[str, dict[str, ASGIApp]] = defaultdict(dict)
    for method, path, app in answerers:
        by_path[path][method] = app
    return [Route(path, Path(by_path[path])) for path in sorted(by_path, key=_fixed_words_first)]


def _fixed_words_first(path: str) -> list[bool]:
    return [part.startswith("{") for part in path.split("/")]
