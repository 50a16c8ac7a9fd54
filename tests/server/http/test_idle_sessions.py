"""Sessions of the protocol that nobody uses any more end by themselves."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest

from onelane.server.http.mcp_mount import McpMount
from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from tests.server.houses import house

SDK = logging.getLogger("mcp.server.streamable_http_manager")
BEGIN = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


class Noticing(logging.Handler):
    """Notices that the SDK ends an idle session: asking whether it has would keep the session going."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = anyio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "idle timeout" in record.getMessage():
            self.ended.set()


async def test_a_session_that_asks_nothing_for_its_time_ends(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, SDK.name)
    noticing = Noticing()
    SDK.addHandler(noticing)
    mount = McpMount(lambda: build_mcp(house(sqlite_database)), idle_seconds=0.01)
    try:
        async with begun_session(mount) as (client, session):
            with anyio.fail_after(60):
                await noticing.ended.wait()
            assert (await asked(client, "ping", session)).status_code == 404
    finally:
        SDK.removeHandler(noticing)


async def test_a_session_whose_time_is_not_over_goes_on(sqlite_database: Database) -> None:
    async with begun_session(McpMount(lambda: build_mcp(house(sqlite_database)))) as (client, session):
        for _ in range(20):
            assert (await asked(client, "ping", session)).status_code == 200


@asynccontextmanager
async def begun_session(mount: McpMount) -> AsyncGenerator[tuple[httpx2.AsyncClient, dict[str, str]]]:
    """A client, and the header of a session that it has begun."""
    transport = httpx2.ASGITransport(mount)
    async with anyio.create_task_group() as tasks, httpx2.AsyncClient(transport=transport) as client:
        tasks.start_soon(mount.run)
        answer = await asked(client, "initialize", {}, **BEGIN)
        yield client, {"mcp-session-id": answer.headers["mcp-session-id"]}
        tasks.cancel_scope.cancel()


async def asked(client: httpx2.AsyncClient, method: str, headers: dict[str, str], **params: Any) -> httpx2.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    accepts = {"accept": "application/json, text/event-stream", **headers}
    return await client.post("http://localhost/mcp", json=body, headers=accepts)
