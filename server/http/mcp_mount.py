"""The protocol's server inside the web server, at `/mcp` (docs/protocol.md, "Over HTTP")."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from onelane.server.http.guards import MOST_BODY_BYTES

if TYPE_CHECKING:
    from mcp.server import MCPServer


SESSION_SECONDS = 15 * 60
"""A session in which nothing is asked and nothing is listened to for so long ends; its client begins a new one."""
MOST_SESSIONS = 500
PATIENCE_SECONDS = 0.5
"""So long everything else that a start needs comes first, unless somebody asks."""


class McpMount:
    """Builds the MCP server in the background, since that takes half a second.

    Args:
        build: makes the protocol's server; called once, in a thread
    """

    def __init__(self, build: "Callable[[], MCPServer[Any]]") -> None:
        self._build = build
        self._app: ASGIApp | None = None
        self._is_wanted = anyio.Event()
        self._is_ready = anyio.Event()

    async def run(self) -> None:
        """Put it together and let it answer, until cancelled."""
        with anyio.move_on_after(PATIENCE_SECONDS):
            await self._is_wanted.wait()
        server = await to_thread.run_sync(self._build, abandon_on_cancel=True)
        # The manager of sessions comes into being with the application, and its lifespan never runs by itself here.
        self._app = _application(server)
        async with server.session_manager.run():
            self._is_ready.set()
            await anyio.sleep_forever()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, once the server is there."""
        self._is_wanted.set()
        await self._is_ready.wait()
        if self._app is not None:
            # White space around a header's value is none of it, but httptools leaves it there (RFC 9110 5.5).
            headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
            await self._app({**scope, "headers": headers}, receive, send)


def _application(server: "MCPServer[Any]") -> ASGIApp:
    from mcp.server.transport_security import TransportSecuritySettings

    # Our own guards stand in front of everything and know the host; two lists of hosts would soon be two truths.
    unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return server.streamable_http_app(
        transport_security=unguarded,
        max_request_body_size=MOST_BODY_BYTES,
        session_idle_timeout=SESSION_SECONDS,
        max_sessions=MOST_SESSIONS,
    )
