"""What a connection may cost before anybody has said who they are (docs/routes.md, "Guards")."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from onelane.server.http.connections import (
    MOST_FROM_ONE_ADDRESS,
    MOST_HEAD_BYTES,
    MOST_HEADS_FROM_ONE_ADDRESS,
    MOST_UPLOAD_BYTES,
)
from onelane.server.http.mcp_mount import MOST_SESSIONS
from tests.proof import FULL

pytestmark = pytest.mark.xdist_group("connections")

SLOW = 500 if FULL else 150
HEAD_MB = 300 if FULL else 40
ALLOWED_MB = 30
LONGEST_S = 0.2 if FULL else 5.0
"""A machine that is busy with other tests gets more; a head that is waited for takes ten."""
START_S = 60
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


WITHOUT_HTTPTOOLS = (
    "import sys; sys.modules['httptools'] = None; from onelane.server.cli.entry_point import main; main()"
)
"""As on Windows, where uvicorn reads requests with h11."""
STARTS = {"httptools": ("-m", "onelane.server.cli"), "h11": ("-c", WITHOUT_HTTPTOOLS)}


class Server:
    """`onelane serve` with a token, as others reach it.

    Args:
        home: where it keeps everything
        parser: what reads its requests
    """

    def __init__(self, home: Path, parser: str) -> None:
        environment = {**os.environ, "ONELANE_HOME": str(home), "ONELANE_API_TOKEN": "open sesame"}
        command = [sys.executable, *STARTS[parser], "serve", "--port", "0", "--no-worker"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split(":")[2].split("/")[0])

    def connect(self) -> socket.socket:
        """A connection of a client that waits a while."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=START_S)

    def answer(self, data: bytes) -> bytes:
        """All that is answered to this until the server closes the connection."""
        with self.connect() as client:
            client.sendall(data)
            return everything(client)

    def normal_s(self) -> float:
        """How long a client waits that does nothing odd."""
        began = time.perf_counter()
        assert b" 200 " in self.answer(HEAD + b"Connection: close\r\n\r\n").split(b"\r\n")[0]
        return time.perf_counter() - began

    def memory_mb(self) -> float:
        """What the process holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


@contextmanager
def running(home: Path, parser: str) -> Generator[Server]:
    started = Server(home, parser)
    try:
        started.normal_s()
        yield started
    finally:
        started.process.terminate()
        started.process.communicate(timeout=START_S)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("home"), "httptools") as started:
        yield started


@pytest.fixture(scope="module")
def server_with_h11(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("home"), "h11") as started:
        yield started


@pytest.fixture(params=["httptools", "h11"])
def either(request: pytest.FixtureRequest, server: Server, server_with_h11: Server) -> Server:
    """A server with the one parser, and one with the other."""
    return server if request.param == "httptools" else server_with_h11


def everything(client: socket.socket) -> bytes:
    parts: list[bytes] = []
    with suppress(ConnectionError):
        while part := client.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def sent_bytes(client: socket.socket, size: int) -> int:
    """How much of so many bytes the server takes before it closes the connection."""
    piece, taken = b"b" * (1 << 16), 0
    with suppress(ConnectionError):
        while taken < size:
            taken += client.send(piece)
    return taken


def test_a_head_that_is_too_long_is_refused(either: Server) -> None:
    answer = either.answer(HEAD + b"X: " + b"b" * MOST_HEAD_BYTES)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.endswith(b'"code":"too_large"}')
    fits = b"X: " + b"b" * (MOST_HEAD_BYTES - 1_000)
    assert b" 200 " in either.answer(HEAD + fits + b"\r\nConnection: close\r\n\r\n").split(b"\r\n")[0]


@pytest.mark.parametrize("start", [b"GET /", HEAD + b"X: ", HEAD + b"X"])
def test_no_more_of_a_head_is_read_than_it_may_have(either: Server, start: bytes) -> None:
    before = either.memory_mb()
    with either.connect() as client:
        client.sendall(start)
        assert sent_bytes(client, HEAD_MB << 20) < HEAD_MB << 20
    grown = either.memory_mb() - before
    sys.stdout.write(f"a head of {HEAD_MB} MB that begins with {start[-10:]!r}: {grown:.1f} MB more\n")
    assert grown < ALLOWED_MB


def test_a_head_that_takes_too_long_is_refused_and_a_silent_connection_closed(
    server: Server, server_with_h11: Server
) -> None:
    with ExitStack() as stack:
        began = time.monotonic()
        slow, silent = ([stack.enter_context(each.connect()) for each in (server, server_with_h11)] for _ in range(2))
        for client in slow:
            client.sendall(HEAD)
        for client in slow + silent:
            assert everything(client).startswith(b"HTTP/1.1 408 ")
        # It is looked once a second who is late; a busy machine may take longer over it.
        assert 9 < time.monotonic() - began < 30


def test_an_upload_that_was_refused_is_not_read_to_its_end(either: Server) -> None:
    with either.connect() as client:
        client.sendall(POST + b"Authorization: Bearer open sesame\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk, taken = b"10000\r\n" + b"b" * 0x10000 + b"\r\n", 0
        with suppress(ConnectionError):
            while taken < 200 << 20:
                client.sendall(chunk)
                taken += len(chunk)
    # What the system itself holds on the way is on top.
    assert taken < MOST_UPLOAD_BYTES + (16 << 20)


def test_whoever_sends_a_little_too_much_hears_so(either: Server) -> None:
    body = b"b" * (5 << 20)
    head = POST + b"Authorization: Bearer open sesame\r\nContent-Length: %d\r\n\r\n" % len(body)
    with either.connect() as client:
        client.sendall(head + body)
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_requests_in_one_go_are_all_answered(server: Server) -> None:
    one, last = HEAD + b"X: " + b"b" * 40_000 + b"\r\n", HEAD + b"Connection: close\r\n\r\n"
    assert server.answer((one + b"\r\n") * 5 + last).count(b"HTTP/1.1 200 ") == 6


def test_requests_in_one_go_are_answered_one_after_the_other_without_httptools(server_with_h11: Server) -> None:
    last = HEAD + b"Connection: close\r\n\r\n"
    assert server_with_h11.answer((HEAD + b"\r\n") * 5 + last).count(b"HTTP/1.1 200 ") == 6


def test_slow_connections_cost_little_and_hold_up_nobody(server: Server) -> None:
    before = server.memory_mb()
    waits: list[float] = []
    with ExitStack() as stack:
        for number in range(SLOW):
            client = stack.enter_context(server.connect())
            with suppress(ConnectionError):
                client.sendall(HEAD + b"X: " + b"b" * 60_000 if number % 2 else POST + b"Content-Length: 100\r\n\r\n{")
            if number % 10 == 0:
                waits.append(server.normal_s())
        grown = server.memory_mb() - before
    sys.stdout.write(f"{SLOW} slow: {grown:.1f} MB, normal clients waited {max(waits) * 1000:.0f} ms at most\n")
    assert grown < ALLOWED_MB
    assert sorted(waits)[len(waits) * 9 // 10] < LONGEST_S


def test_the_oldest_head_on_its_way_gives_way(either: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(either.connect()) for _ in range(MOST_HEADS_FROM_ONE_ADDRESS + 1)]
        for client in clients:
            client.sendall(HEAD)
        assert everything(clients[0]).startswith(b"HTTP/1.1 503 ")
        clients[-1].sendall(b"Connection: close\r\n\r\n")
        assert everything(clients[-1]).startswith(b"HTTP/1.1 200 ")


def test_more_silent_connections_than_one_address_may_have_leave_room_for_others(server: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(MOST_FROM_ONE_ADDRESS + 10)]
        assert server.normal_s() < START_S
        assert everything(clients[0]).startswith(b"HTTP/1.1 503 ")


@pytest.mark.skipif(not FULL, reason="takes a session more than there may be; ONELANE_PROOF=full")
def test_sessions_of_the_protocol_have_a_limit(server: Server) -> None:
    begin = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},'
        b'"clientInfo":{"name":"test","version":"1"}}}'
    )
    head = (
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer open sesame\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        b"Content-Length: %d\r\n\r\n" % len(begin)
    )
    answers = [server.answer(head + begin).split(b" ")[1] for _ in range(MOST_SESSIONS + 1)]
    assert answers == [b"200"] * MOST_SESSIONS + [b"503"]
