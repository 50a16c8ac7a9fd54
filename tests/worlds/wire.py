"""Connections inside the process: what the product sends is answered at once, in the same thread.

The product's end is a real socket object whose other end is a double of a server. Nothing waits: a server that stays
silent costs the world's time and not ours.
"""

import select
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.worlds.clock import WorldClock


class Talk(ABC):
    """A server's side of one connection, which hears lines.

    Args:
        say: sends bytes to the client
        cut: closes the connection
    """

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self._heard = b""

    @abstractmethod
    def begin(self) -> None:
        """Say what a server says first."""

    @abstractmethod
    def line(self, line: bytes) -> None:
        """Hear a line, with its end."""

    def take(self, data: bytes) -> bytes:
        """Hear what is no line, such as a literal; what is left is given back. By default there is nothing such."""
        return data

    def hear(self, data: bytes) -> None:
        """Hear bytes."""
        self._heard += data
        while True:
            self._heard = self.take(self._heard)
            end = self._heard.find(b"\n")
            if end < 0 or self.wire is None or self.wire.is_cut:
                return
            line, self._heard = self._heard[: end + 1], self._heard[end + 1 :]
            self.line(line)

    def say(self, data: bytes) -> None:
        """Send bytes to the client."""
        if self.wire is not None:
            self.wire.put(data)

    def cut(self) -> None:
        """Close the connection."""
        if self.wire is not None:
            self.wire.cut()


class Wire(socket.socket):
    """The product's end of a connection to a double.

    Args:
        talk: the server's side
        clock: pays for silence
        on_send: told before anything is sent; it may raise OSError
    """

    @classmethod
    def to(cls, talk: Talk, clock: WorldClock, timeout_seconds: float) -> "Wire":
        """A connection to a server."""
        near, far = socket.socketpair()
        wire = cls(near.family, near.type, near.proto, fileno=near.detach())
        far.setblocking(False)
        wire._open(talk, clock, far)
        wire.settimeout(timeout_seconds)
        talk.wire = wire
        talk.begin()
        return wire

    def _open(self, talk: Talk, clock: WorldClock, far: socket.socket) -> None:
        self._talk = talk
        self._clock = clock
        self._far = far
        self._waiting = b""
        self.is_cut = False
        self._is_to_end = False

    def put(self, data: bytes) -> None:
        """Let bytes come in."""
        self._waiting += data
        self._flush()

    def cut(self) -> None:
        """Let the server's side end, behind what it has said."""
        self.is_cut = True
        self._flush()

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Hand bytes to the server."""
        if self.is_cut:
            raise BrokenPipeError(32, "Broken pipe")
        self._talk.hear(bytes(data))

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Read what the server said; where it is silent, the time-out has passed at once."""
        self._flush()
        waits = self.gettimeout()
        if waits != 0 and not select.select([self], [], [], 0)[0]:
            self._clock.pass_by(timedelta(seconds=waits or 0))
            raise TimeoutError("timed out")
        return super().recv_into(buffer, nbytes, flags)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Read what the server said, as `recv_into` does."""
        buffer = bytearray(bufsize)
        return bytes(buffer[: self.recv_into(buffer)])

    def close(self) -> None:
        """Let go of both ends."""
        self._far.close()
        super().close()

    def _flush(self) -> None:
        if self._far.fileno() < 0:
            return
        while self._waiting:
            try:
                sent = self._far.send(self._waiting)
            except BlockingIOError:
                return
            except OSError:
                self._waiting = b""
                break
            self._waiting = self._waiting[sent:]
        if self.is_cut:
            self._far.close()


Answer = Callable[[], Talk]
"""Makes the server's side of a new connection. OSError where nobody listens."""


class Exchange:
    """Where names lead: every host and port of the world has a server behind it, or nobody.

    Args:
        clock: the world's
    """

    def __init__(self, clock: WorldClock) -> None:
        self._clock = clock
        self.servers: dict[tuple[str, int], Answer] = {}

    def dial(self, host: str, port: int, timeout_seconds: float) -> socket.socket:
        """Connect; as `Machine.dial`."""
        answer = self.servers.get((host, port))
        if answer is None:
            raise ConnectionRefusedError(111, "Connection refused")
        return Wire.to(answer(), self._clock, timeout_seconds)
