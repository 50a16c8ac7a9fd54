"""Guards of the server: hosts and origins (against DNS rebinding), the token, limits on size.

A page in the person's browser can reach a server on loopback. Its `Origin` is foreign, or, when its name was made to
point at this machine, its `Host` is; both are refused. A token is needed besides wherever others than
this machine can reach the server (docs/routes.md, "Guards").
"""

import hmac
from collections.abc import Collection, Iterable, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from onelane.server.http.cross_origin import MCP_PATHS, allow, is_preflight, readable_by
from onelane.server.http.problems import Refused
from onelane.tools.registry.loopback import is_loopback

MOST_BODY_BYTES = 4 * 1024 * 1024
OPEN_PATHS = frozenset({"/healthz"})
"""What answers without a token: it says nothing but that the server is there."""
OPEN_BELOW = "/u/"
"""Where people unsubscribe who have nothing but the address: no token, and no page that has to be ours."""
PERSON_PATHS = "/dashboard"
"""A browser sends no token; what answers here and below asks for the person's own session instead."""

_FOREIGN_HOST = (
    "This server does not answer to that host name. If it is the name of a proxy or container of yours, start the "
    "server with ONELANE_ALLOWED_HOSTS set to it."
)
_FOREIGN_ORIGIN = (
    "Pages of other sites may not use this server. If the page is yours, start the server with its host, and its port "
    "where that is not the usual one, in ONELANE_ALLOWED_HOSTS."
)
_PACKED = "A packed body is not read. Send it as it is, without Content-Encoding."
_ONCE = frozenset(
    {b"authorization", b"content-encoding", b"content-length", b"content-type", b"mcp-session-id", b"origin"}
    | {b"x-onelane-person", b"x-onelane-run"}
)
"""Headers by which somebody is let in or held back: of two, one reader takes the first and another the last."""
_AS_IT_IS = frozenset({b"", b"identity"})
_ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - listening on these is what is looked for
_PORTS = {"http": 80, "https": 443}
_AUTHENTICATE = (b"www-authenticate", b'Bearer realm="onelane"')


class CannotListen(Exception):
    """The server can't listen as it was asked to; the message says why and what to do."""


def check_listening(host: str, api_token: SecretStr | None) -> None:
    """Refuse to listen where others than this machine can reach the server, unless they need a token.

    Raises:
        CannotListen: `host` is not loopback and there is no token
    """
    if not has_token(api_token) and not is_loopback(host):
        raise CannotListen(
            f"Onelane does not listen on {host or 'all addresses'} without a token: everyone who reaches it could read "
            "and change everything. Set ONELANE_API_TOKEN, which clients then send as a bearer token, or use "
            "--host 127.0.0.1."
        )


class Guards:
    """Checks each request before it reaches a face.

    Args:
        app: everything inside
        host: the host that the server was told to listen on; it may be called by this name too
        api_token: what clients must send as a bearer token, if anything
        hosts: more names by which it may be called, such as that of a proxy in front of it
    """

    def __init__(self, app: ASGIApp, *, host: str, api_token: SecretStr | None, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._host = host.strip("[]").lower()
        self._places = frozenset(map(_given_place, hosts))
        self._names = frozenset({self._host.rstrip("."), *(name for name, _ in self._places)})
        self._token = _bytes_of(api_token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it.

        Raises:
            Refused: it is refused
        """
        if scope["type"] == "http":
            by_name = self._let_in(scope["headers"], is_open=scope["path"].startswith(OPEN_BELOW))
            if b"origin" in by_name and scope["path"] in MCP_PATHS:
                # A browser asks without any token, and it is only told what it may send.
                if is_preflight(scope, by_name):
                    await allow(send, by_name)
                    return
                send = readable_by(by_name[b"origin"], send)
            self._check(scope["path"], by_name)
        await self._app(scope, receive, send)

    def _let_in(self, headers: Iterable[tuple[bytes, bytes]], *, is_open: bool) -> dict[bytes, bytes]:
        """The headers of a request by whose host and origin it may come in; what is open takes any origin."""
        by_name: dict[bytes, bytes] = {}
        hosts = 0
        for name, value in headers:
            if name in _ONCE and name in by_name:
                raise Refused(HTTPStatus.BAD_REQUEST, f"The header {name.decode()} comes twice. Send it once.")
            by_name[name] = value
            hosts += name == b"host"
        # Two Host headers are how one of them is hidden.
        if hosts != 1 or not self._is_ours(by_name[b"host"].decode("latin-1")):
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, _FOREIGN_HOST)
        host = by_name[b"host"].decode("latin-1")
        if b"origin" in by_name:
            is_strange = not self._is_our_origin(by_name[b"origin"].decode("latin-1"), host)
        else:
            is_strange = _is_part_of_foreign_page(by_name)
        if is_strange and not is_open:
            raise Refused(HTTPStatus.FORBIDDEN, _FOREIGN_ORIGIN)
        return by_name

    def _check(self, path: str, by_name: Mapping[bytes, bytes]) -> None:
        if self._token and path not in OPEN_PATHS and not (path.startswith(OPEN_BELOW) or _is_for_person(path)):
            _check_token(self._token, by_name.get(b"authorization", b""))
        _check_length(by_name.get(b"content-length", b"0"))
        _check_coding(by_name.get(b"content-encoding", b""))

    def _is_our_origin(self, origin: str, host: str) -> bool:
        """Whether a page comes from this server: its own host and port, and not just from this machine.

        A proxy may speak to us under a name of its own; the name that browsers know is then one of the given ones.
        """
        scheme, _, rest = origin.partition("://")
        if scheme not in _PORTS or not self._is_ours(rest):
            return False
        name, port = _place(rest, _PORTS[scheme])
        if (name, port) in self._places or (name, port) == _place(host, _PORTS[scheme]):
            return True
        return (name, None) in self._places and port == _PORTS[scheme]

    def _is_ours(self, host: str) -> bool:
        try:
            # Splitting finds the port, and the brackets of an IPv6 address; a path or a name in it is no host.
            parts = urlsplit(f"//{host}")
            name, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if name is None or parts.netloc != host or "@" in host:
            return False
        name = name.rstrip(".")
        return is_loopback(name) or name in self._names or (self._host in _ANY_ADDRESS and _is_address(name))


def _is_part_of_foreign_page(by_name: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks for a page of another site, which does not say which: for a picture or a script.

    It gets no answer to read, but learns by the time whether a search found somebody. A link that is followed is none.
    """
    is_foreign = by_name.get(b"sec-fetch-site") in (b"cross-site", b"same-site")
    return is_foreign and by_name.get(b"sec-fetch-mode") != b"navigate"


def _check_coding(coding: bytes) -> None:
    if coding.strip().lower() not in _AS_IT_IS:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _PACKED, [(b"accept-encoding", b"identity")])


def _given_place(host: str) -> tuple[str, int | None]:
    """The name and the port that a person has given as one of the server's; without a port, the usual ones count."""
    bare = host.strip().rstrip(".").lower()
    if "[" not in bare and bare.count(":") > 1:
        return bare, None
    try:
        parts = urlsplit(f"//{bare}")
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return bare, None


def _is_for_person(path: str) -> bool:
    # Whoever is sent on from / to the dashboard learns nothing there.
    return path in ("/", PERSON_PATHS) or path.startswith(f"{PERSON_PATHS}/")


def has_token(api_token: SecretStr | None) -> bool:
    """Whether programs must send a token."""
    return bool(_bytes_of(api_token))


def _bytes_of(api_token: SecretStr | None) -> bytes:
    # An empty token is none: nobody who leaves the variable empty means to let everybody in.
    return b"" if api_token is None else api_token.get_secret_value().strip().encode()


def _place(host: str, port: int) -> tuple[str, int]:
    """The name and the port of a host that may leave the port out."""
    parts = urlsplit(f"//{host}")
    return (parts.hostname or "").rstrip("."), port if parts.port is None else parts.port


def _is_address(name: str) -> bool:
    # Rebinding needs a name that its owner can point elsewhere; an address is what it is.
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _check_token(token: bytes, authorization: bytes) -> None:
    scheme, _, sent_token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not hmac.compare_digest(sent_token.strip(), token):
        raise Refused(
            HTTPStatus.UNAUTHORIZED,
            "This server wants its token: send the header Authorization: Bearer, a space, and ONELANE_API_TOKEN.",
            [_AUTHENTICATE],
        )


def _check_length(length: bytes) -> None:
    if not length.isdigit():
        raise Refused(HTTPStatus.BAD_REQUEST, "Content-Length must be a number.")
    if int(length) > MOST_BODY_BYTES:
        raise too_large()


def too_large() -> Refused:
    """What is said to a body that is too large."""
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {MOST_BODY_BYTES // 1024**2} MiB. Send less."
    )
