"""REST within the process: each request goes through the whole web server but for the socket."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from onelane.server.app import Onelane
from onelane.server.http.asgi import WebApp, create_web_app
from tests.worlds.product import PERSON_KEY


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request was answered.

    Args:
        status: of HTTP
        content: the body as it came
    """

    status: int
    content: bytes

    @property
    def is_yes(self) -> bool:
        """Whether it went well."""
        return self.status < 300

    @property
    def body(self) -> Any:
        """The body, where it is JSON."""
        return orjson.loads(self.content)


class RestDoor:
    """The REST face of an open product.

    Args:
        onelane: the product
        loop: where requests are carried out
    """

    def __init__(self, onelane: Onelane, loop: asyncio.AbstractEventLoop) -> None:
        self.onelane = onelane
        self._loop = loop
        self._made: WebApp | None = None

    def get(self, path: str, **query: object) -> Answered:
        """Ask for something."""
        return self.ask("GET", path, query=query)

    def post(self, path: str, **body: object) -> Answered:
        """Do something."""
        return self.ask("POST", path, body=body)

    def ask(
        self, method: str, path: str, *, query: dict[str, object] | None = None, body: dict[str, Any] | None = None
    ) -> Answered:
        """One request, with the person's key."""
        content = b"" if body is None else orjson.dumps(body)
        headers = [(b"host", b"127.0.0.1:8765"), (b"x-onelane-person", PERSON_KEY.encode())]
        if body is not None:
            headers.append((b"content-type", b"application/json"))
        said = urlencode({name: value for name, value in (query or {}).items() if value is not None})
        return self._loop.run_until_complete(self._answered(method, path, said.encode(), headers, content))

    async def _answered(
        self, method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], content: bytes
    ) -> Answered:
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query,
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8765),
        }
        status, parts = 0, list[bytes]()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return Answered(status, b"".join(parts))

    @property
    def _app(self) -> WebApp:
        if self._made is None:
            self._made = create_web_app(self.onelane)
        return self._made
