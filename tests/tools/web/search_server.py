"""A search engine's server on loopback: it answers what it is told to, and notes what it was asked."""

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request.

    Args:
        method: in capitals
        path: with the query
        headers: their names in lower case
        body: as it came
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Engine:
    """A running server.

    Args:
        url: its base URL
        status: what it answers with
        body: what it answers
        headers: sent besides
        asked: the requests, in order
    """

    url: str
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    asked: list[Asked] = field(default_factory=list[Asked])


@contextmanager
def serving_engine() -> Generator[Engine]:
    """Serve on loopback."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.engine = Engine(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.engine
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    engine: Engine

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""

    def _answer(self) -> None:
        assert isinstance(self.server, _Server)
        engine = self.server.engine
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        engine.asked.append(Asked(self.command, self.path, headers, body))
        self.send_response_only(engine.status)
        for name, value in {"Content-Length": str(len(engine.body)), **engine.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(engine.body)
