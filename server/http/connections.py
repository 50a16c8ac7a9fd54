"""Connections that have limits before anybody has said who they are (docs/routes.md, "Guards").

uvicorn reads a head of any length for any time, and goes on reading a body that was refused. Here each connection
counts what it is sent, and the server looks once a second for those that are late.
"""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from uvicorn.config import HTTP_PROTOCOLS, Config
from uvicorn.importer import import_from_string
from uvicorn.server import ServerState

from onelane.server.http.guards import MOST_BODY_BYTES

MOST_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
BODY_SECONDS = 60.0
MOST_CONNECTIONS = 1000
MOST_FROM_ONE_ADDRESS = 700
MOST_HEADS, MOST_HEADS_FROM_ONE_ADDRESS = 200, 100
"""So many heads may be on their way at once; whoever has kept us waiting longest gives way to the next."""
MOST_UPLOAD_BYTES = 2 * MOST_BODY_BYTES
"""So much is read of a body with the sizes of its chunks, and of one that was answered before it was all there: whoever
is still sending can't hear that it is too large, and a connection that is closed then loses the answer."""

_REFUSALS = {
    408: b"The request took too long to arrive. Send it in one go.",
    413: b"The body is larger than it may be. Send less.",
    431: b"The head of the request is larger than 64 kB. Send fewer and shorter headers.",
    503: b"There are too many connections. Close some, or try again later.",
}
_PHRASES = {
    408: b"Request Timeout",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}
_CODES = {408: b"too_slow", 413: b"too_large", 431: b"too_large", 503: b"unavailable"}

if TYPE_CHECKING:

    class _Protocol(asyncio.Protocol):
        """uvicorn's protocol for HTTP, as far as it is used here: the one of httptools, or the one of h11."""

        cycle: Any
        transport: asyncio.Transport
        client: tuple[str, int] | None
        connections: set[Any]

        def __init__(
            self,
            config: Config,
            server_state: ServerState,
            app_state: dict[str, Any],
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> None: ...

        def on_response_complete(self) -> None: ...

else:
    _Protocol = import_from_string(HTTP_PROTOCOLS["auto"])


class LimitedConnection(_Protocol):
    """A connection that waits for a request only so long and reads only so much of it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or let another one go for it."""
        super().connection_made(transport)
        self._since = monotonic()
        self._head_bytes = 0
        self._body_bytes = 0
        self._is_over = False
        if len(self.connections) > MOST_FROM_ONE_ADDRESS:
            self._make_room(self._others(), MOST_FROM_ONE_ADDRESS, MOST_CONNECTIONS)

    @property
    def address(self) -> str:
        """Whose connection it is, as far as its address says."""
        return self.client[0] if self.client else ""

    @property
    def is_in_body(self) -> bool:
        """Whether there is a head and its body is still on its way."""
        return self.cycle is not None and self.cycle.more_body

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is being answered: it says nothing, or has not said all."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    @property
    def has_half_a_head(self) -> bool:
        """Whether a request has begun and nobody knows yet what it is."""
        return self._head_bytes > 0

    def data_received(self, data: bytes) -> None:
        """Read what was sent, as far as it may be."""
        while data and not self._is_over:
            if self.is_in_body:
                self._take_body(data)
                return
            room = MOST_HEAD_BYTES - self._head_bytes
            self._take_head(data[:room])
            data = data[room:]

    def _take_head(self, data: bytes) -> None:
        if not self._head_bytes:
            self._since = monotonic()
        self._head_bytes += len(data)
        if self._parse(data):
            return
        if self._head_bytes >= MOST_HEAD_BYTES:
            self.refuse(431)
        elif self._head_bytes == len(data):
            heads = [other for other in self._others() if other.has_half_a_head]
            self._make_room(heads, MOST_HEADS_FROM_ONE_ADDRESS, MOST_HEADS)

    def _take_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._body_bytes > MOST_UPLOAD_BYTES:
            self.refuse(413)
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> bool:
        """Let uvicorn have it; whether a head was completed."""
        before = self.cycle
        super().data_received(data)
        return self._is_new(before)

    def _is_new(self, before: object) -> bool:
        """Whether another request is being answered than before; then it is counted anew."""
        is_new = self.cycle is not before
        if is_new:
            self._head_bytes, self._body_bytes, self._since = 0, 0, monotonic()
        return is_new

    def on_response_complete(self) -> None:
        """Go on with the next request, whose head h11 may have kept until now."""
        before = self.cycle
        super().on_response_complete()
        self._is_new(before)

    def end_if_late(self, now: float) -> None:
        """Let the connection go if it has taken too long to say what it wants."""
        if not self.is_waiting or self._is_over:
            return
        # An idle connection that has been answered before is closed by uvicorn.
        if self.cycle is None or self.has_half_a_head:
            if now - self._since > HEAD_SECONDS:
                self.refuse(408)
        elif self.is_in_body and now - self._since > BODY_SECONDS:
            self.refuse(408)

    def refuse(self, status: int) -> None:
        """Say why, unless nothing was asked or an answer has begun, and close."""
        if self._is_over:
            return
        self._is_over = True
        may_say = self.cycle is None or self.has_half_a_head or not self.cycle.response_started
        if may_say and not self.transport.is_closing():
            self.transport.write(_refusal(status))
        self.transport.close()

    def _others(self) -> list["LimitedConnection"]:
        return [other for other in cast("set[LimitedConnection]", self.connections) if other is not self]

    def _make_room(self, others: list["LimitedConnection"], most_alike: int, most: int) -> None:
        """Keep to what one address, and all of them, may have beside this connection.

        Of those that wait the oldest goes; where all are being answered, this one goes.
        """
        alike = [other for other in others if other.address == self.address]
        for connections, limit in ((alike, most_alike), (others, most)):
            open_connections = [other for other in connections if not other.is_over]
            if len(open_connections) < limit:
                continue
            oldest = min((other for other in open_connections if other.is_waiting), key=_since, default=self)
            oldest.refuse(503)

    @property
    def is_over(self) -> bool:
        """Whether it is being closed."""
        return self._is_over

    @property
    def since(self) -> float:
        """Since when it has been waiting for what comes."""
        return self._since


def end_late(connections: Iterable[object], now: float) -> None:
    """Let those go that have taken too long."""
    for connection in list(connections):
        if isinstance(connection, LimitedConnection):
            connection.end_if_late(now)


def _since(connection: LimitedConnection) -> float:
    return connection.since


def _refusal(status: int) -> bytes:
    body = b'{"error":"%s","code":"%s"}' % (_REFUSALS[status], _CODES[status])
    return (
        b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncache-control: no-store\r\n"
        b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (status, _PHRASES[status], len(body), body)
    )
