"""Subscriptions of clients that speak 2025-11-25: `resources/subscribe` and `resources/unsubscribe`.

`MCPServer` offers no way to answer these requests; its low-level server does, and the SDK's own fixtures go that way.
Only this module reaches for it.
"""

from typing import Any

from mcp.server import MCPServer
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp_types import EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

from onelane.server.mcp.updates import Updates


class LegacySubscriptions:
    """Which connection watches what.

    Args:
        updates: notices the changes
    """

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._addresses = dict[Connection, set[str]]()
        updates.listeners.append(self._tell)

    def add_to(self, server: MCPServer[Any]) -> None:
        """Answer both requests; old clients are told that they may subscribe."""
        lowlevel = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - see above
        lowlevel.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        lowlevel.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)

    async def _subscribe(self, ctx: ServerRequestContext[Any, Any], params: SubscribeRequestParams) -> EmptyResult:
        connection = _connection(ctx)
        if connection not in self._addresses:
            self._addresses[connection] = set()
            connection.exit_stack.callback(self._forget, connection)
        uri = str(params.uri)
        if uri not in self._addresses[connection]:
            self._addresses[connection].add(uri)
            await self._updates.begin(uri)
        return EmptyResult()

    async def _unsubscribe(self, ctx: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams) -> EmptyResult:
        uri = str(params.uri)
        addresses = self._addresses.get(_connection(ctx), set())
        if uri in addresses:
            addresses.remove(uri)
            self._updates.end(uri)
        return EmptyResult()

    def _forget(self, connection: Connection) -> None:
        for uri in self._addresses.pop(connection):
            self._updates.end(uri)

    async def _tell(self, uri: str) -> None:
        for connection, uris in list(self._addresses.items()):
            if uri in uris:
                await connection.send_resource_updated(uri)


def _connection(ctx: ServerRequestContext[Any, Any]) -> Connection:
    """The client's connection, which outlives the request; the request's session only lends it."""
    return ctx.session._connection  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - see above
