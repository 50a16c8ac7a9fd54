"""One fetch with its redirects: each name resolved once, each address checked.

Import it where it is used: it brings httpx2.
"""

import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import httpcore2
import httpx2

from onelane.tools.web.deadline import Deadline
from onelane.tools.web.decoding import bare, is_text
from onelane.tools.web.ip_addresses import is_public
from onelane.tools.web.locations import BadUrl, Location
from onelane.tools.web.network import Network
from onelane.tools.web.pinned_transport import PinnedBackend
from onelane.tools.web.refusals import (
    BadRedirect,
    EndlessRedirects,
    NotText,
    TooLarge,
    TooSlow,
    Unreachable,
    not_public,
)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KIND = re.compile(r"[a-z]{1,15}/[a-z0-9.+-]{1,40}")
_READABLE_CODINGS = frozenset({"", "identity", "gzip", "deflate"})


class Request(NamedTuple):
    """What is asked for, and what is taken.

    Args:
        headers: sent besides Host, which is ours
        most_bytes: as many are read, counted when unpacked
        cut: what is longer is cut off there and no error
        text: anything that is no text is refused before it is read
    """

    headers: Mapping[str, str]
    most_bytes: int
    cut: bool = False
    text: bool = False


class HttpAnswer(NamedTuple):
    """The answer to a request.

    Args:
        location: where it was found
        status: the HTTP status
        headers: their names in lower case; of several with one name the last, of Set-Cookie none
        body: unpacked
        redirects: the addresses on the way, without the last
    """

    location: Location
    status: int
    headers: Mapping[str, str]
    body: bytes
    redirects: Sequence[str] = ()

    @property
    def leads_to(self) -> str | None:
        """Where a redirect sends us, as it says it."""
        return self.headers.get("location") if self.status in _REDIRECTS else None

    @property
    def content_type(self) -> str:
        """The header, with its parameters."""
        return self.headers.get("content-type", "")


class RedirectChain:
    """The network access of one fetch.

    Args:
        network: resolves names and opens sockets
        trust: the certificates that are believed; made when the first page asks for it
        deadline: for everything together
        most_redirects: how often it is sent on
    """

    def __init__(
        self, network: Network, trust: Callable[[], ssl.SSLContext], deadline: Deadline, most_redirects: int
    ) -> None:
        self.deadline = deadline
        self._network = network
        self._trust = trust
        self._most_redirects = most_redirects
        self._addresses: dict[str, Sequence[str]] = {}

    def follow(self, start: Location, request: Request, before: Callable[[Location], None]) -> HttpAnswer:
        """Ask, and go on to where the answers lead.

        Args:
            start: where to begin
            request: what is asked for
            before: asked about each address before anything is sent there; it raises to stop

        Raises:
            ToolError: an address must not be asked, or does not answer as it should
        """
        way = [start]
        while True:
            before(way[-1])
            answer = self._ask(way[-1], request)
            if answer.leads_to is None:
                return answer._replace(redirects=tuple(location.url for location in way[:-1]))
            way.append(_next(way[-1], answer.leads_to))
            if way[-1] in way[:-1] or len(way) > self._most_redirects + 1:
                raise EndlessRedirects

    def _ask(self, location: Location, request: Request) -> HttpAnswer:
        host, target = location.host.encode(), location.target.encode()
        with self._connection(location) as connection:
            url = httpcore2.URL(scheme=location.scheme, host=host, port=location.port, target=target)
            try:
                with connection.stream("GET", url, headers=list(_headers(location, request).items())) as response:
                    return _read(location, response, request)
            except httpcore2.TimeoutException as error:
                raise TooSlow from error
            except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.DecodingError) as error:
                raise _unreachable(location, error) from error

    def _connection(self, location: Location) -> httpcore2.HTTPConnection:
        return httpcore2.HTTPConnection(
            httpcore2.Origin(location.scheme.encode(), location.host.encode(), location.port),
            ssl_context=self._trust() if location.scheme == "https" else None,
            network_backend=PinnedBackend(self._network, self._checked_addresses(location), self.deadline),
        )

    def _checked_addresses(self, location: Location) -> Sequence[str]:
        """The addresses of a host, each of them public: what a name leads to beside one that is not is a trap."""
        addresses = self._addresses.get(location.host)
        if addresses is None:
            addresses = [location.host] if location.is_numeric else self._resolve(location)
            if not addresses or not all(map(is_public, addresses)):
                raise not_public(location)
            self._addresses[location.host] = addresses
        return addresses

    def _resolve(self, location: Location) -> Sequence[str]:
        try:
            return list(self._network.resolve(location.host, location.port, self.deadline.remaining_s))
        except TimeoutError as error:
            raise TooSlow from error
        except OSError as error:
            raise Unreachable(
                f"There is no site {location.host}, or its name can't be looked up. Check the spelling."
            ) from error


def _next(location: Location, reference: str) -> Location:
    try:
        return location.leading_to(reference)
    except BadUrl as error:
        raise BadRedirect(f"{location.host} leads on to an address that is not fetched. {error.message}") from error


def _headers(location: Location, request: Request) -> dict[str, str]:
    # A connection serves one request: the next may be of another host, and would have to be checked anyway.
    own_headers = {"Host": location.authority, "Accept-Encoding": "gzip, deflate", "Connection": "close"}
    return {**request.headers, **own_headers}


def _read(location: Location, response: httpcore2.Response, request: Request) -> HttpAnswer:
    headers = {name.decode("ascii", "replace").lower(): _header_text(value) for name, value in response.headers}
    headers.pop("set-cookie", None)
    answer = HttpAnswer(location, response.status, headers, b"")
    if answer.leads_to is not None:
        return answer
    if request.text and not is_text(answer.content_type):
        raise _no_text(answer.content_type)
    body = _unpack(response, headers, request)
    if request.text and not is_text(answer.content_type, body[:1024]):
        raise _no_text("")
    return answer._replace(body=body)


def _header_text(value: bytes) -> str:
    # They should be ASCII; where they are not, browsers take redirects for UTF-8.
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _unpack(response: httpcore2.Response, headers: Mapping[str, str], request: Request) -> bytes:
    # Nobody packs twice, except to make a small body large twice over.
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in _READABLE_CODINGS:
        raise NotText("The site packs that page in a way that nobody asked it for. Use another page.")
    length = headers.get("content-length", "")
    if not request.cut and length.isdecimal() and int(length[:15]) > request.most_bytes:
        raise _too_large(request)
    packed_response = httpx2.Response(
        200, headers=[("Content-Encoding", coding)], content=_limited_pieces(response, request)
    )
    return _first_bytes(packed_response, request)


def _first_bytes(packed_response: httpx2.Response, request: Request) -> bytes:
    body = bytearray()
    for piece in packed_response.iter_bytes():
        body += piece
        if len(body) > request.most_bytes:
            if not request.cut:
                raise _too_large(request)
            break
    return bytes(body[: request.most_bytes])


def _limited_pieces(response: httpcore2.Response, request: Request) -> Iterator[bytes]:
    """The body as it comes; a packed one can be endless and still unpack to nothing."""
    total = 0
    for piece in response.iter_stream():
        total += len(piece)
        yield piece
        if total > 2 * request.most_bytes:
            raise _too_large(request)


def _too_large(request: Request) -> TooLarge:
    return TooLarge(f"That page is larger than {request.most_bytes / 1e6:g} MB. Use a smaller page of the site.")


def _no_text(content_type: str) -> NotText:
    kind = bare(content_type)
    # Of what a site says in its headers only what looks like a kind is repeated.
    description = kind if _KIND.fullmatch(kind) else "of a kind that the site does not tell"
    return NotText(
        f"What is at that address is {description}, which is no text. Only pages, feeds and other text are read."
    )


def _unreachable(location: Location, error: Exception) -> Unreachable:
    if isinstance(error.__cause__, ssl.SSLError):
        return Unreachable(f"{location.host} has no valid certificate, so its pages are not trusted. Use another site.")
    if isinstance(error, httpcore2.ConnectError):
        return Unreachable(f"{location.host} does not answer. Check the address, or try again later.")
    return Unreachable(f"{location.host} broke off in the middle, or does not speak HTTP. Try again later.")
