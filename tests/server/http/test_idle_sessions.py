"""Sessions of the protocol that nobody uses any more end by themselves."""

from typing import Any

import anyio
import httpx2

from onelane.server.http.mcp_mount import McpMount
from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from tests.server.houses import house

BEGIN = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
AT_MOST = 500


async def test_a_session_that_asks_nothing_for_its_time_ends(sqlite_database: Database) -> None:
    assert await ended_sessions(McpMount(lambda: build_mcp(house(sqlite_database)), idle_seconds=0.001))


async def test_a_session_whose_time_is_not_over_goes_on(sqlite_database: Database) -> None:
    assert not await ended_sessions(McpMount(lambda: build_mcp(house(sqlite_database))), at_most=20)


async def ended_sessions(mount: McpMount, at_most: int = AT_MOST) -> bool:
    """Whether a session ends while it is asked a little now and then."""
    transport, has_ended = httpx2.ASGITransport(mount), False
    async with anyio.create_task_group() as tasks, httpx2.AsyncClient(transport=transport) as client:
        tasks.start_soon(mount.run)
        begun = await asked(client, "initialize", {}, **BEGIN)
        session = {"mcp-session-id": begun.headers["mcp-session-id"]}
        while not has_ended and (at_most := at_most - 1) > 0:
            has_ended = (await asked(client, "ping", session)).status_code == 404
        tasks.cancel_scope.cancel()
    return has_ended


async def asked(client: httpx2.AsyncClient, method: str, headers: dict[str, str], **params: Any) -> httpx2.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    accepts = {"accept": "application/json, text/event-stream", **headers}
    return await client.post("http://localhost/mcp", json=body, headers=accepts)
