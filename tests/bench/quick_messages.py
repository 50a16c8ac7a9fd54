"""A stand-in for the Messages API that takes no time worth measuring, however long the conversation has become.

    python -m tests.bench.quick_messages

It prints its port. What it answers is made of the same events as the answers of `tests.server.agent`, and only once: a
thought and a call of the one tool, as often as the first message says ("Take 200 turns."), and then a last word. A
request is not parsed: which turn it is follows from how many answers it holds. `GET /times` gives when each request was
there in full and when its answer had been sent, by the machine's monotonic clock, and forgets them.
"""

import json
import re
import socketserver
import threading
import time
from collections.abc import Sequence
from functools import cache

from tests.bench.one_tool import MODEL
from tests.server.agent.messages_stream import Message
from tests.server.agent.script import Json, Part, Request, calls, says, thinks

_TURNS = re.compile(rb"Take (\d+) turns")
_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nrequest-id: req_1\r\ncontent-length: {length}\r\n\r\n"


class QuickMessages(socketserver.ThreadingTCPServer):
    """Serves any number of clients, and notes when."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Client)
        self._guard = threading.Lock()
        self._times: list[tuple[float, float]] = []

    def note(self, arrived: float, answered: float) -> None:
        """A request came and was answered."""
        with self._guard:
            self._times.append((arrived, answered))

    def take_times(self) -> Sequence[tuple[float, float]]:
        """All so far, oldest first; from now on they are noted anew."""
        with self._guard:
            taken, self._times = self._times, []
        return taken


class _Client(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            body = self.rfile.read(self._length())
            arrived = time.monotonic()
            if line.startswith(b"GET"):
                self.wfile.write(_whole("application/json", json.dumps(self._server.take_times())))
            else:
                self.wfile.write(_answer(body))
                self._server.note(arrived, time.monotonic())

    @property
    def _server(self) -> QuickMessages:
        assert isinstance(self.server, QuickMessages)
        return self.server

    def _length(self) -> int:
        """Read the headers; how long the body is."""
        length = 0
        while (line := self.rfile.readline().lower()) not in (b"\r\n", b""):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return length


def _answer(body: bytes) -> bytes:
    wanted = _TURNS.search(body)
    turn = body.count(b'"assistant"')
    return _turn(turn, is_last=wanted is None or turn >= int(wanted[1]))


@cache
def _turn(number: int, *, is_last: bool) -> bytes:
    name = f"Number {number}"
    asks: list[Part] = [thinks(f"{name} comes next, so I look it up."), calls("look_up", name=name)]
    before: list[Json] = [{"role": "assistant", "content": []}] * number
    request = Request({"model": MODEL, "messages": [{"role": "user", "content": "Go."}, *before]})
    events = Message(request, [says("That was all.")] if is_last else asks).events()
    sent = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events if isinstance(each, dict)]
    return _whole("text/event-stream; charset=utf-8", "".join(sent))


def _whole(kind: str, body: str) -> bytes:
    return (_HEAD.format(kind=kind, length=len(body)) + body).encode()


def main() -> None:
    """Serve until the process is told to stop."""
    with QuickMessages() as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
