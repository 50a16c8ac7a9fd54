"""Sends what a browser is answered: pages under a strict policy, files that it may keep, what came of a form."""

import gzip
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

import orjson
from starlette.types import Send

from onelane.server.dashboard.assets import Asset
from onelane.server.http.bodies import Header, send_body
from onelane.server.http.request_arguments import Headers

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_SAFE: tuple[Header, ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""Goes with every page: nothing but this server's own is loaded, and no other page frames it."""
_NO_STORE: Header = (b"cache-control", b"no-store")
_OWN_WINDOW = (b"cross-origin-opener-policy", b"same-origin")
_KEEP_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_GZIP = (b"content-encoding", b"gzip")
_WORTH_ZIPPING_BYTES = 1400
_PLAIN = "/?&=%#+,;:@~"
"""What stays as it is in an address."""


async def send_page(
    send: Send, headers: Headers, text: str, status: HTTPStatus = HTTPStatus.OK, more_headers: Sequence[Header] = ()
) -> None:
    """Send a page, which is about people: nobody keeps it."""
    body, more = text.encode(), [_NO_STORE, (b"vary", b"Accept-Encoding"), *more_headers]
    if len(body) > _WORTH_ZIPPING_BYTES and _takes_gzip(headers):
        body = gzip.compress(body, compresslevel=4, mtime=0)
        more.append(_GZIP)
    await _send(send, status, body, "text/html; charset=utf-8", more)


async def send_asset(send: Send, headers: Headers, asset: Asset) -> None:
    """Send a file."""
    is_zipped = _takes_gzip(headers)
    more = [_KEEP_FOR_EVER, (b"vary", b"Accept-Encoding"), *([_GZIP] if is_zipped else [])]
    await _send(send, HTTPStatus.OK, asset.zipped if is_zipped else asset.body, f"{asset.kind}; charset=utf-8", more)


async def send_outcome(send: Send, status: HTTPStatus, sentence: str, to: str) -> None:
    """Tell a script what came of a form."""
    await _send(send, status, orjson.dumps({"said": sentence, "to": to}), "application/json", [_NO_STORE])


async def send_on(send: Send, to: str, more: Sequence[Header] = ()) -> None:
    """Send a browser on, after a form or a link."""
    location = (b"location", quote(to, safe=_PLAIN).encode())
    await _send(send, HTTPStatus.SEE_OTHER, b"", "text/html", [_NO_STORE, location, *more])


def _takes_gzip(headers: Headers) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in headers)


async def _send(send: Send, status: HTTPStatus, body: bytes, kind: str, more: list[Header]) -> None:
    await send_body(send, status, body, [(b"content-type", kind.encode()), *_SAFE, _OWN_WINDOW, *more])
