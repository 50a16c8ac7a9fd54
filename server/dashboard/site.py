"""The dashboard as an ASGI application: who may look, who may act, and what they are sent."""

from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.http.events import RunEvents
from onelane.server.http.guards import has_token
from onelane.server.http.late_app import LateApp
from onelane.server.http.person.entrance import ENTER, Entrance, PersonSession, session_cookie
from onelane.server.http.problems import Refused, not_allowed

if TYPE_CHECKING:
    from onelane.server.dashboard.page_handler import PageHandler

HOME = "/dashboard"
EVENTS = "/dashboard/events"
EXPORT = "/dashboard/export"
"""As `GET /api/export`, where the session's cookie reaches."""


def routes_of(onelane: Backend, entrance: Entrance, events: RunEvents) -> list[BaseRoute]:
    """The routes of the dashboard: itself, its stream of events, its exports, and everything below it."""
    site = Site(onelane, entrance)
    exports = LateApp(lambda: _exports_of(onelane))
    return [
        Route(EVENTS, ForReaders(site, events.with_commits)),
        Route(EXPORT, ForReaders(site, exports)),
        Route(HOME, site),
        Route(f"{HOME}/{{rest:path}}", site),
    ]


def _exports_of(onelane: Backend) -> ASGIApp:
    from onelane.server.http.exports import ExportPath

    return ExportPath(lambda: onelane.toolbox.database)


class Site:
    """Answers everything at `/dashboard` and below it.

    Args:
        onelane: what is shown
        entrance: knows the person's sessions
    """

    def __init__(self, onelane: Backend, entrance: Entrance) -> None:
        self._onelane = onelane
        self._entrance = entrance
        self._clock = onelane.toolbox.database.clock

    @cached_property
    def _handler(self) -> "PageHandler":
        # Templates and icons take a tenth of a second, and many a server is never looked at.
        from onelane.server.dashboard.page_handler import PageHandler

        return PageHandler(self._onelane)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            Refused: the method is not one of these, or what was sent is no form
        """
        handler = await to_thread.run_sync(lambda: self._handler)
        session = self.session_of(scope)
        if scope["method"] == "POST":
            await handler.hear(scope, receive, send, session)
        elif scope["method"] not in ("GET", "HEAD"):
            raise not_allowed(scope["method"], ["GET", "POST"])
        elif handler.has_asset(scope["path"]):
            await handler.send_asset(scope, send)
        elif scope["path"] == ENTER:
            await self._enter(handler, scope, send)
        elif self.may_look(session) and handler.may_see(scope["path"], session):
            await handler.show(scope, send, session)
        else:
            await handler.turn_away(scope, send)

    async def _enter(self, handler: "PageHandler", scope: Scope, send: Send) -> None:
        link = parse_qs(scope["query_string"].decode("latin-1")).get("link", [""])[0]
        secret = self._entrance.enter(link, self._clock()) if scope["method"] == "GET" else None
        if secret is None:
            await handler.turn_away(scope, send)
        else:
            await handler.let_in(scope, send, HOME, session_cookie(secret))

    def session_of(self, scope: Scope) -> PersonSession | None:
        """The session of whoever asks."""
        return self._entrance.session_of(scope["headers"], self._clock())

    def may_look(self, session: PersonSession | None) -> bool:
        """Whether whoever asks may read: on loopback without a token everybody may, as on REST."""
        return session is not None or not has_token(self._onelane.settings.api_token)


class ForReaders:
    """Something else for those alone who may look.

    Args:
        site: knows who may
        app: what they get
    """

    def __init__(self, site: Site, app: ASGIApp) -> None:
        self._site = site
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            Refused: whoever asks may not look
        """
        if not self._site.may_look(self._site.session_of(scope)):
            raise Refused(HTTPStatus.FORBIDDEN, "Only the person may see this. onelane dashboard prints them a link.")
        await self._app(scope, receive, send)
