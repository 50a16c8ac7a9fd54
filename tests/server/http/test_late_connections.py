"""How long a connection may take, and how many there may be in all, told by a clock of the test's own."""

import asyncio
from time import monotonic
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from onelane.server.http.connections import BODY_SECONDS, HEAD_SECONDS, MOST_CONNECTIONS, LimitedConnection, end_late

HALF_HEAD = b"GET /healthz HTTP/1.1\r\nHost: loc"
HALF_BODY = b"POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
REFUSED = {
    "silent": (b"", HEAD_SECONDS),
    "half a head": (HALF_HEAD, HEAD_SECONDS),
    "half a body": (HALF_BODY, BODY_SECONDS),
}


class Wire(asyncio.Transport):
    """The other end of a connection, which keeps what it was told.

    Args:
        address: whose it is
    """

    def __init__(self, address: str = "192.0.2.1") -> None:
        super().__init__({"peername": (address, 4711), "sockname": ("192.0.2.9", 80)})
        self.told = b""
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.told += bytes(data)

    def close(self) -> None:
        """Close it."""
        self.is_closed = True

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self.is_closed

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads a body to its end."""
    while (await receive()).get("more_body"):
        pass


def connected(config: Config, state: ServerState, address: str = "192.0.2.1") -> tuple[LimitedConnection, Wire]:
    connection, wire = LimitedConnection(config, state, {}), Wire(address)
    connection.connection_made(wire)
    return connection, wire


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_is_not_all_there_in_time_is_refused(kind: str) -> None:
    sent, seconds = REFUSED[kind]
    config, state = Config(reading, log_config=None), ServerState()
    config.load()
    connection, wire = connected(config, state)
    if sent:
        connection.data_received(sent)
    end_late(state.connections, monotonic() + seconds - 5)
    assert (wire.told, wire.is_closed) == (b"", False)
    end_late(state.connections, monotonic() + seconds + 1)
    assert wire.told.startswith(b"HTTP/1.1 408 ")
    assert wire.is_closed


async def test_of_more_connections_than_there_may_be_in_all_the_oldest_that_waits_goes() -> None:
    config, state = Config(reading, log_config=None), ServerState()
    config.load()
    wires = [connected(config, state, f"192.0.{at // 250}.{at % 250}")[1] for at in range(MOST_CONNECTIONS)]
    assert not any(wire.is_closed for wire in wires)
    _, last = connected(config, state, "198.51.100.1")
    assert [at for at, wire in enumerate(wires) if wire.is_closed] == [0]
    assert wires[0].told.startswith(b"HTTP/1.1 503 ")
    assert not last.is_closed
