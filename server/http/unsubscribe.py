"""The page on which a letter's recipient unsubscribes (docs/sequences.md, "Unsubscribing").

Whoever has the address may use it. What it answers says nothing about whether a token exists.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from threading import Lock

from anyio import to_thread
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.http.bodies import read_body, send_body
from onelane.server.http.guards import MOST_BODY_BYTES, too_large
from onelane.server.http.problems import Refused, not_allowed
from onelane.tools.outreach.stopping.suppressing import unsubscribe

UNSUBSCRIBE_PATH = "/u/{token}"
MOST_A_MINUTE = 120
"""Of one address: mail programs that unsubscribe for their people come from few."""
_MINUTE_SECONDS = 60.0
_MOST_ADDRESSES = 10_000

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>Unsubscribe</title></head>
<body style="font-family: sans-serif; max-width: 32em; margin: 4em auto; padding: 0 1em">
{content}
</body>
</html>
"""
_ASKS = """<h1>Unsubscribe</h1>
<p>Press the button, and you get no more of these messages.</p>
<form method="post"><button type="submit">Unsubscribe</button></form>"""
_DONE = """<h1>Done</h1>
<p>You get no more of these messages.</p>"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _POLICY.encode()),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
]


class UnsubscribePath:
    """`/u/{token}`: GET asks, POST unsubscribes.

    Args:
        onelane: whose letters they are
        seconds: a clock that nobody sets
    """

    def __init__(self, onelane: Backend, seconds: Callable[[], float] = time.monotonic) -> None:
        self._onelane = onelane
        self._limit = MinuteLimit(MOST_A_MINUTE, seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            Refused: the method is another one, or this address asks too often
        """
        method = scope["method"]
        if method not in ("GET", "HEAD", "POST"):
            raise not_allowed(method, ["GET", "POST"])
        client = scope.get("client")
        if not self._limit.takes(client[0] if client else ""):
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many requests from this address. Try again in a minute.",
                [(b"retry-after", b"60")],
            )
        if method == "POST":
            # Nothing in the body is needed, nor that all of it arrives: the request itself says everything.
            with suppress(ClientDisconnect):
                await read_body(receive, MOST_BODY_BYTES, too_large)
            await to_thread.run_sync(unsubscribe, self._onelane.toolbox.services, scope["path_params"]["token"])
        page = _PAGE.format(content=_DONE if method == "POST" else _ASKS)
        await send_body(send, HTTPStatus.OK, page.encode(), _HEADERS)


class MinuteLimit:
    """So many a minute for each address.

    Args:
        most: how many
        seconds: a clock that nobody sets
    """

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._guard = Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def takes(self, address: str) -> bool:
        """Whether one more is taken from this address now."""
        minute = int(self._seconds() // _MINUTE_SECONDS)
        with self._guard:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            if address not in self._counts and len(self._counts) >= _MOST_ADDRESSES:
                return False
            count = self._counts[address] = self._counts.get(address, 0) + 1
        return count <= self._most
