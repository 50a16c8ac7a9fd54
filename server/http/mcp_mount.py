"""The protocol's server inside the web server, at `/mcp` (docs/protocol.md, "Over HTTP")."""

from codecs import BOM_UTF8
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onelane.server.backend import SESSION_SECONDS
from onelane.server.http.bodies import send_body
from onelane.server.http.guards import MOST_BODY_BYTES
from onelane.tools.registry.json_depth import with_whole_characters

if TYPE_CHECKING:
    from mcp.server import MCPServer


MCP_PATH = "/mcp"
_RESUMED = b"last-event-id"
"""Where a stream shall go on. No events are kept, and the SDK then gives no answer at all: the stream begins anew."""
_ANY_ANSWER = (b"accept", b"application/json, text/event-stream")
MOST_SESSIONS = 500


class McpMount:
    """Builds the MCP server when a client first asks for it: it takes half a second and 30 MB, and most never ask.

    Args:
        build: makes the protocol's server; called once, in a thread
        idle_seconds: a session that asks nothing for so long ends
    """

    def __init__(self, build: "Callable[[], MCPServer[Any]]", idle_seconds: float = SESSION_SECONDS) -> None:
        self._build = build
        self._idle_seconds = idle_seconds
        self._app: ASGIApp | None = None
        self._is_wanted = anyio.Event()
        self._is_ready = anyio.Event()

    async def run(self) -> None:
        """Put it together once it is wanted and let it answer, until cancelled."""
        await self._is_wanted.wait()
        server = await to_thread.run_sync(self._build, abandon_on_cancel=True)
        # The manager of sessions comes into being with the application, and its lifespan never runs by itself here.
        self._app = _application(server, self._idle_seconds)
        async with server.session_manager.run():
            self._is_ready.set()
            await anyio.sleep_forever()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, once the server is there."""
        self._is_wanted.set()
        await self._is_ready.wait()
        if self._app is not None:
            inner_scope = {**scope, "path": MCP_PATH, "raw_path": MCP_PATH.encode(), "headers": _headers(scope)}
            if scope["method"] == "POST":
                receive, body = await _read(receive)
                send = _in_words(send, body)
            await self._app(inner_scope, receive, send)


def _in_words(send: Send, body: bytes) -> Send:
    """Answers as they are, but for the SDK's to JSON that is no request: it shows what its parser says of its types."""
    start: Message | None = None

    async def send_part(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.BAD_REQUEST:
            start = message
        elif start is None:
            await send(message)
        else:
            refusal = _refusal(body) or message.get("body", b"")
            headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
            await send_body(send, HTTPStatus.BAD_REQUEST, refusal, headers)

    return send_part


def _refusal(body: bytes) -> bytes | None:
    """What is said of JSON that is no request; None where the body is none, or is a request."""
    from mcp_types import jsonrpc_message_adapter

    from onelane.server.unreadable_requests import refusals

    try:
        jsonrpc_message_adapter.validate_json(body, by_name=False)
    except ValidationError as error:
        is_json = error.errors(include_url=False)[0]["type"] != "json_invalid"
        answers = refusals(error) if is_json else []
        return answers[0].model_dump_json(exclude={"error": {"data"}}).encode() if answers else None
    return None


async def _read(receive: Receive) -> tuple[Receive, bytes]:
    """What gives the whole body, which has come, and that body.

    Raises:
        ClientDisconnect: whoever sent it went away before its end, which the SDK would log as a fault
    """
    read = _whole(receive)
    messages = [await read()]
    if messages[0]["type"] == "http.disconnect":
        raise ClientDisconnect
    body: bytes = messages[0].get("body", b"")

    async def give() -> Message:
        return messages.pop() if messages else await read()

    return give, body


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers as the SDK wants them, where RFC 9110 lets a client write them in another way."""
    # White space around a header's value is none of it, but httptools leaves it there (RFC 9110 5.5).
    pairs = [(name, value.strip(b" \t")) for name, value in scope["headers"] if name != _RESUMED]
    headers = [(name, value.lower() if name == b"content-type" else value) for name, value in pairs]
    # Who does not say what it takes, takes anything.
    return headers if any(name == b"accept" for name, _ in headers) else [*headers, _ANY_ANSWER]


def _whole(receive: Receive) -> Receive:
    """A body without a byte order mark and without halves of characters, for which the SDK refuses all of it.

    An answer that holds none is a failure, for which the SDK would refuse it, so that whoever asked waited in vain.
    """
    is_read = False

    async def read() -> Message:
        nonlocal is_read
        message = await receive()
        if is_read or message["type"] != "http.request":
            return message
        parts = [message.get("body", b"")]
        while message.get("more_body", False):
            message = await receive()
            if message["type"] != "http.request":
                return message
            parts.append(message.get("body", b""))
            if sum(map(len, parts)) > MOST_BODY_BYTES:
                break
        is_read = True
        body = _repair(b"".join(parts))
        return {**message, "body": body, "more_body": message.get("more_body", False)}

    return read


def _repair(body: bytes) -> bytes:
    from onelane.server.failed_answers import readable_answer  # late: it brings the protocol's types

    if not body.startswith(BOM_UTF8) and b"\\u" not in body:
        return readable_answer(body)
    try:
        return readable_answer(with_whole_characters(body.decode()).encode())
    except UnicodeDecodeError:
        return body


def _application(server: "MCPServer[Any]", idle_seconds: float) -> ASGIApp:
    from mcp.server.transport_security import TransportSecuritySettings

    # Our own guards stand in front of everything and know the host; two lists of hosts would soon be two truths.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return server.streamable_http_app(
        transport_security=security,
        max_request_body_size=MOST_BODY_BYTES,
        session_idle_timeout=idle_seconds,
        max_sessions=MOST_SESSIONS,
    )
