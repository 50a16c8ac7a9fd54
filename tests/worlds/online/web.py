"""The web of a world: every public name leads to one server inside the process, which goes wrong as the seed draws it.

Pages shrink: what stood on a page on one day may be gone on the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from socket import socket
from urllib.parse import urlsplit

from tests.websites import PUBLIC_ADDRESS
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.outside import Outside
from tests.worlds.wire import Talk, Wire

_FAULTS = ("cut", "unavailable", "limit", "silent", "nonsense")
_LONGEST_PAGE = 12


@dataclass
class WorldWeb:
    """The network as tools for the web see it. Implements `Network`.

    Args:
        chance: draws pages and faults
        clock: the world's
        outside: remembers what was asked for
        likely: how many of all requests go wrong
        on_fault: told of each
    """

    chance: Chance
    clock: WorldClock
    outside: Outside
    likely: float
    on_fault: Callable[[str, str], None]
    _requests: int = 0

    def resolve(self, host: str, port: int, timeout_s: float) -> Sequence[str]:
        """Every name is known."""
        return [PUBLIC_ADDRESS]

    def connect(self, ip: str, port: int, timeout_s: float) -> socket:
        """Connect to the one server that there is."""
        if port != 80:
            raise ConnectionRefusedError(111, "Connection refused")
        return Wire.to(WebTalk(self), self.clock, timeout_s)

    def said(self, host: str, path: str) -> bytes | None:
        """What is answered; None for nothing at all."""
        if path == "/robots.txt":
            return _answer(404, "text/plain", "")
        self._requests += 1
        self.outside.addresses_fetched.append((self.clock(), f"http://{host}{path}"))
        key = f"fault/web/{self._requests}"
        fault = ""
        if self.chance.happens(key, self.likely):
            fault = self.chance.of(f"{key}/kind").choice(_FAULTS)
            self.on_fault(key, f"{fault} {host}{path}")
        return self._page(host, path) if not fault else _WRONG[fault]

    def _page(self, host: str, path: str) -> bytes:
        lines = self.chance.of(f"page/{host}{path}/{self.clock():%Y-%m-%d}").randrange(_LONGEST_PAGE)
        people = "".join(f"<p>Person {number} works at {host}.</p>" for number in range(lines))
        return _answer(200, "text/html; charset=utf-8", f"<title>{host}</title><main><h1>Team</h1>{people}</main>")


def _answer(status: int, content_type: str, body: str) -> bytes:
    head = f"HTTP/1.1 {status} so\r\nContent-Type: {content_type}\r\nContent-Length: {len(body.encode())}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


_WRONG: dict[str, bytes | None] = {
    "cut": b"HTTP/1.1 200 so\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<title>Te",
    "unavailable": _answer(503, "text/html", "later"),
    "limit": _answer(429, "text/html", "slower"),
    "silent": None,
    "nonsense": b"what\r\n\r\n",
}


class WebTalk(Talk):
    """One connection.

    Args:
        web: whose server it is
    """

    def __init__(self, web: WorldWeb) -> None:
        super().__init__()
        self._web = web
        self._head: list[str] = []

    def begin(self) -> None:
        """A server on the web says nothing first."""

    def line(self, line: bytes) -> None:
        """Hear the head of a request, and answer it."""
        said = line.strip().decode()
        if said:
            self._head.append(said)
            return
        path = urlsplit(self._head[0].split()[1]).path
        host = next((each.partition(":")[2].strip() for each in self._head if each.lower().startswith("host:")), "")
        self._head = []
        answer = self._web.said(host, path)
        if answer is not None:
            self.say(answer)
            self.cut()
