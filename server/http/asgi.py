"""The web server: REST, the protocol over HTTP, events and the documents, behind the guards (docs/routes.md)."""

import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.engine.duties import Duties
from onelane.server.http.cross_origin import MCP_PATHS
from onelane.server.http.documents import document_routes
from onelane.server.http.events import HEARTBEAT_SECONDS, RunEvents
from onelane.server.http.guards import CannotListen, Guards, check_listening
from onelane.server.http.late_app import LateApp
from onelane.server.http.mcp_mount import McpMount
from onelane.server.http.person.entrance import Entrance
from onelane.server.http.problems import ProblemEdge
from onelane.server.listening import ListeningNote

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from onelane.server.app import Onelane

LOOPBACK = "127.0.0.1"
BuildDashboard = Callable[[Backend, Entrance, RunEvents], list[BaseRoute]]
"""Makes the routes of the dashboard."""


class WebApp:
    """The ASGI application.

    Args:
        app: what answers
        events: the streams, which end when the server stops
    """

    def __init__(self, app: ASGIApp, events: RunEvents) -> None:
        self._app = app
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or carry out the lifespan."""
        await self._app(scope, receive, send)

    def end_streams(self) -> None:
        """End what would not end by itself."""
        self._events.close()


def create_web_app(
    onelane: Backend,
    build_mcp: "Callable[[], MCPServer[Any]] | None" = None,
    build_dashboard: BuildDashboard | None = None,
    *,
    host: str = LOOPBACK,
    heartbeat_s: float = HEARTBEAT_SECONDS,
    duties: Duties | None = None,
) -> WebApp:
    """Put the web server together.

    Args:
        onelane: what it is the face of
        build_mcp: makes the protocol's server, which is offered at /mcp
        build_dashboard: makes the pages for people, to which / leads then
        host: what it will listen on; it may be called by this name
        heartbeat_s: seconds after which a silent stream of events says that it is there
        duties: what this process does in the background; nothing by default
    """
    events = RunEvents(onelane.changes, heartbeat_s=heartbeat_s)
    mcp = None if build_mcp is None else McpMount(build_mcp)
    api = LateApp(lambda: _api_of(onelane, events))
    routes: list[BaseRoute] = [
        *_pages(onelane, events, build_dashboard),
        *document_routes(
            onelane.registry, duties or Duties(), home="/docs" if build_dashboard is None else "/dashboard"
        ),
    ]
    if mcp is not None:
        routes += [Route(path, mcp) for path in sorted(MCP_PATHS)]

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(api.run)
            if mcp is not None:
                tasks.start_soon(mcp.run)
            yield
            tasks.cancel_scope.cancel()

    router = Router(routes, redirect_slashes=False, default=api, lifespan=lifespan)
    settings = onelane.settings
    guards = Guards(router, host=host, api_token=settings.api_token, hosts=settings.known_hosts)
    return WebApp(ProblemEdge(guards), events)


def _api_of(onelane: Backend, events: RunEvents) -> ASGIApp:
    from onelane.server.http.api import api_of

    return api_of(onelane, events)


def _pages(onelane: Backend, events: RunEvents, build_dashboard: BuildDashboard | None) -> list[BaseRoute]:
    """The dashboard, where there is one."""
    if build_dashboard is None:
        return []
    return build_dashboard(
        onelane, Entrance(onelane.toolbox.services.person_key, onelane.toolbox.database.clock()), events
    )


def serve(
    onelane: "Onelane",
    build_mcp: "Callable[[Onelane], MCPServer[Any]]",
    build_dashboard: BuildDashboard | None = None,
    *,
    host: str = LOOPBACK,
    port: int,
    works: bool = True,
    on_listening: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM), then end within two seconds.

    Args:
        onelane: what to serve; whoever opened it closes it
        build_mcp: makes the protocol's server; the faces do not know each other, so whoever starts the server brings it
        build_dashboard: makes the pages for people
        host: where to listen; anything but loopback needs a token
        port: where to listen; 0 takes a free one
        works: execute runs and schedules too, where this process may
        on_listening: told the address once connections are taken

    Raises:
        CannotListen: there is no token, or the port is taken
        ExecutionLost: this process can't carry out runs any more
    """
    from onelane.server.http.http_server import HttpServer

    check_listening(host, onelane.settings.api_token)
    listening = _listening_socket(host, port)
    port = listening.getsockname()[1]
    onelane.settings.listens_at(port)
    note = ListeningNote(onelane.settings.home)
    duties = onelane.engine.duties
    app = create_web_app(onelane, lambda: build_mcp(onelane), build_dashboard, host=host, duties=duties)

    def begin() -> None:
        onelane.toolbox.services.person_key.make_sure()
        note.keep(port)
        on_listening(_url_of(listening))
        if works:
            onelane.engine.serve()

    def end() -> None:
        note.end()
        # Answers that are under way end meanwhile.
        onelane.engine.hold()
        app.end_streams()

    server = HttpServer(app, on_listening=begin, on_stopping=end)
    duties.call_at_end(server.leave)
    server.run(sockets=[listening])
    duties.check()


def _listening_socket(host: str, port: int) -> socket.socket:
    name = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in name else socket.AF_INET
        listening = socket.create_server((name, port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotListen(
            f"Onelane can't listen on {host}:{port}: {reason}. Another one may be running there; choose another --port."
        ) from error
    listening.setblocking(False)
    return listening


def _url_of(listening: socket.socket) -> str:
    host, port, *_ = listening.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
