"""Web sites of our own: a real HTTP server on loopback, and a network on which it looks like the public web.

    with website({"/": "<h1>Hello</h1>", "ada.example.com/cv": page("...", status=410)}) as site:
        network = public_network(site)                       # every name leads to the site ...
        network.names["evil.example.com"] = [["10.0.0.1"]]   # ... unless the test says otherwise
        pages = fetcher(network, database, clock)            # waits by moving the clock on

The rules about addresses are the product's own and stay in force: names resolve to addresses that are really public,
and only the last step, the socket, leads to loopback.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from onelane.storage.database.engine import Database
from onelane.tools.web.fetching import Fetcher, Limits
from onelane.tools.web.network import Network
from tests.databases import Clock

PUBLIC_ADDRESS = "93.184.215.14"
"""Where every name leads on a `public_network`; it is really public."""


@dataclass(frozen=True)
class Visit:
    """A request that a site was sent.

    Args:
        host: the Host header
        path: with the query
        headers: their names in lower case
    """

    host: str
    path: str
    headers: Mapping[str, str]


Body = bytes | Callable[[Visit], Iterable[bytes]]


@dataclass(frozen=True)
class Reply:
    """What a site says at an address; a body that is called gives its pieces one by one, and none is waited for."""

    status: int
    headers: Mapping[str, str]
    body: Body


def page(
    body: str | Body, *, status: int = 200, content_type: str = "text/html; charset=utf-8", **headers: str
) -> Reply:
    """A page. Further headers are given with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body
    return Reply(status, {"Content-Type": content_type, **named} if content_type else named, content)


def redirect(url: str, *, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status, {"Location": url}, b"")


@dataclass
class Website:
    """A running site.

    Args:
        pages: what is at `/path`, or at `host/path` where hosts differ; a bare text is an HTML page
        port: where it listens on loopback
        visits: what it was asked, in order
        on_visit: told of each visit before it is answered
    """

    pages: dict[str, Reply | str]
    port: int
    visits: list[Visit] = field(default_factory=list[Visit])
    on_visit: Callable[[Visit], object] = lambda visit: None

    @property
    def asked(self) -> list[str]:
        """What it was asked, as `host/path`, without robots.txt."""
        return [f"{visit.host}{visit.path}" for visit in self.visits if visit.path != "/robots.txt"]

    def answer(self, visit: Visit) -> Reply:
        """What it says."""
        bare = visit.path.partition("?")[0]
        for key in (f"{visit.host}{visit.path}", f"{visit.host}{bare}", visit.path, bare):
            if key in self.pages:
                found = self.pages[key]
                return found if isinstance(found, Reply) else page(found)
        return page("<title>Not found</title>", status=404)


@contextmanager
def website(pages: Mapping[str, Reply | str], *, tls: ssl.SSLContext | None = None) -> Generator[Website]:
    """Serve these pages on loopback.

    Args:
        pages: what is at `/path`, or at `host/path` where hosts differ; may be changed on the running site
        tls: speak HTTPS with this certificate
    """
    with _Server(("127.0.0.1", 0), _Handler) as server:
        if tls is not None:
            # The handshake belongs into the connection's own thread, or a bad one would stop the server.
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.site = Website(dict(pages), server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.site
        finally:
            server.shutdown()
            thread.join()


@dataclass
class PublicNetwork:
    """A network on which every name leads to one site.

    Args:
        port: of the site, on loopback
        names: what some names resolve to instead, one answer after the other; the last one is repeated
        resolved: the names that were looked up, in order
        connected: the addresses and ports that were connected to, in order
        dead: addresses at which nobody answers
    """

    port: int
    names: dict[str, list[list[str]]] = field(default_factory=dict[str, list[list[str]]])
    resolved: list[str] = field(default_factory=list[str])
    connected: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    dead: set[str] = field(default_factory=set[str])

    def resolve(self, host: str, port: int, timeout_s: float) -> Sequence[str]:
        """The next answer for this name."""
        self.resolved.append(host)
        answers = self.names.get(host, [[PUBLIC_ADDRESS]])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return found

    def connect(self, ip: str, port: int, timeout_s: float) -> socket.socket:
        """Lead any address to the site, so that what should never be connected to is answered, and seen."""
        self.connected.append((ip, port))
        if ip in self.dead:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)


def public_network(site: Website) -> PublicNetwork:
    """A network on which every name leads to this site."""
    return PublicNetwork(site.port)


def fetcher(
    network: Network,
    database: Database,
    clock: Clock,
    *,
    limits: Limits | None = None,
    timer: Callable[[], float] = time.monotonic,
    trust: ssl.SSLContext | None = None,
) -> Fetcher:
    """The product's own fetcher on this network. It waits for its turn by moving the clock on, and so not at all."""
    return Fetcher(
        network,
        database,
        sleep=lambda seconds: clock.advance(seconds=seconds),
        timer=timer,
        limits=limits or Limits(),
        trust=trust,
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Website

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early, as one with limits does, is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer from the site's pages."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        visit = Visit(headers.get("host", ""), self.path, headers)
        site = cast("_Server", self.server).site
        site.visits.append(visit)
        site.on_visit(visit)
        self._send(site.answer(visit), visit)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""

    def _send(self, reply: Reply, visit: Visit) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if isinstance(reply.body, bytes):
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        for piece in [reply.body] if isinstance(reply.body, bytes) else reply.body(visit):
            self.wfile.write(piece)
