"""A small HTTP server on loopback that answers in a platform's name, keeps a log, and fails when it is told to."""

import re
import socket
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

_SLOW_PAUSE_SECONDS = 0.02


class Fault(StrEnum):
    """How a request goes wrong."""

    CUT = "cut"
    """The connection ends in the middle of the body."""
    UNAVAILABLE = "unavailable"
    """503."""
    SLOW = "slow"
    """The body comes byte by byte."""
    SIGNED_OUT = "signed_out"
    """401."""


@dataclass(frozen=True)
class DoubleRequest:
    """A request as it came.

    Args:
        method: such as GET
        path: without the query
        query: in the order in which it was sent
        headers: their names in lower case
        body: as it came
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    @property
    def bearer(self) -> str | None:
        """The token that it carries."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else None

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class DoubleAnswer:
    """What is answered: JSON, or bytes as they are."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


Handler = Callable[..., DoubleAnswer]
"""Takes the request, and the parts of the path that its route names, as keywords."""


def for_signed_in(
    routes: Mapping[str, Handler], knows: Callable[[str], bool], refusal: DoubleAnswer
) -> dict[str, Handler]:
    """Routes that answer only who carries a good token.

    Args:
        routes: see `Double`
        knows: whether a token is good
        refusal: the answer to everybody else
    """

    def guard(handler: Handler) -> Handler:
        def answer(request: DoubleRequest, **parts: str) -> DoubleAnswer:
            token = request.bearer
            return handler(request, **parts) if token is not None and knows(token) else refusal

        return answer

    return {route: guard(handler) for route, handler in routes.items()}


@dataclass
class Double:
    """One platform's behaviour: routes, a log of what was asked, and faults by the number of the request.

    Args:
        routes: by method and path, such as `GET /2/users/{user_id}/followers`
        faults: what happens at the n-th request, counted from 1
        refused: the answer of the platform to a request that is signed out
    """

    routes: Mapping[str, Handler]
    faults: dict[int, Fault] = field(default_factory=dict[int, Fault])
    refused: DoubleAnswer = field(default_factory=lambda: DoubleAnswer(401, {"error": "unauthorized"}))
    requests: list[DoubleRequest] = field(default_factory=list[DoubleRequest])
    complaints: list[str] = field(default_factory=list[str])
    """What should not have been asked."""
    guard: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, request: DoubleRequest) -> tuple[DoubleAnswer, Fault | None]:
        """Answer a request, one at a time."""
        with self.guard:
            self.requests.append(request)
            fault = self.faults.get(len(self.requests))
            if fault is Fault.UNAVAILABLE:
                return DoubleAnswer(503, b"upstream connect error"), fault
            return (self.refused if fault is Fault.SIGNED_OUT else self._answer(request)), fault

    def _answer(self, request: DoubleRequest) -> DoubleAnswer:
        for route, handler in self.routes.items():
            method, _, pattern = route.partition(" ")
            match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), request.path)
            if match and method == request.method:
                return handler(request, **{name: unquote(value) for name, value in match.groupdict().items()})
        self.complaints.append(f"{request.method} {request.path} is no address of this platform")
        return DoubleAnswer(404, {"title": "Not Found"})


@dataclass(frozen=True)
class RunningDouble:
    """A double that listens.

    Args:
        url: its address, without a slash at the end
    """

    url: str


@contextmanager
def serve_double(double: Double) -> Generator[RunningDouble]:
    """Let a double listen on a free port of loopback until the end of the block."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.double = double
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield RunningDouble(f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    double: Double
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to talk about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - the standard library's own pattern
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qsl(parts.query, keep_blank_values=True)
        request = DoubleRequest(self.command, parts.path, query, headers, body)
        self._send(*self.server.double.answer(request))

    def _send(self, answer: DoubleAnswer, fault: Fault | None) -> None:
        content = answer.content
        self.send_response_only(answer.status)
        date = self.date_time_string()
        headers = {"Date": date, "Content-Type": "application/json; charset=utf-8", **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if fault is Fault.CUT:
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        for piece in _pieces(content, fault):
            self.wfile.write(piece)

    do_GET = do_POST = do_DELETE = do_PUT = _serve  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """The double keeps its own log."""


def _pieces(content: bytes, fault: Fault | None) -> Iterable[bytes]:
    if fault is not Fault.SLOW:
        yield content
        return
    for at in range(len(content)):
        sleep(_SLOW_PAUSE_SECONDS)
        yield content[at : at + 1]
