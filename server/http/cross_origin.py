"""Lets scripts of pages whose origin is let in use `/mcp`: the preflight, and the headers that they may read.

See docs/routes.md, "Guards". Whether an origin is let in is decided by the guards and by nothing here.
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import Message, Scope, Send

MCP_PATHS = frozenset({"/mcp", "/mcp/"})
_PREFLIGHT = b"access-control-request-method"
_WANTED = b"access-control-request-headers"
_METHODS = b"GET, POST, DELETE"
_EXPOSED = b"Mcp-Session-Id, Mcp-Protocol-Version, WWW-Authenticate, Retry-After"
_DAY_SECONDS = b"86400"


def is_preflight(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks, before a page's own request, if that may be made."""
    return scope["method"] == "OPTIONS" and scope["path"] in MCP_PATHS and _PREFLIGHT in headers


async def allow(send: Send, headers: Mapping[bytes, bytes]) -> None:
    """Answer a preflight: the page's request may be made, with the headers that it names."""
    reply_headers = [
        *_origin_headers(headers[b"origin"]),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", headers.get(_WANTED, b"")),
        (b"access-control-max-age", _DAY_SECONDS),
    ]
    await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": reply_headers})
    await send({"type": "http.response.body", "body": b""})


def readable_by(origin: bytes, send: Send) -> Send:
    """The same, with answers that scripts of this origin may read.

    Args:
        origin: one that is let in
        send: sends an answer
    """

    async def send_readable(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = (*_origin_headers(origin), (b"access-control-expose-headers", _EXPOSED))
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_readable


def _origin_headers(origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"access-control-allow-origin", origin), (b"vary", b"Origin"))
