"""Bodies: read up to a size, and sent with their length."""

from collections.abc import Callable, Iterable

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

Header = tuple[bytes, bytes]


async def read_body(receive: Receive, most_bytes: int, too_long: Callable[[], Exception]) -> bytes:
    """The body of a request.

    Args:
        receive: what the server gives
        most_bytes: a longer one is read no further
        too_long: what is raised then

    Raises:
        ClientDisconnect: whoever sent it went away before its end
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            raise too_long()
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def send_body(send: Send, status: int, body: bytes, headers: Iterable[Header]) -> None:
    """Send a whole answer.

    Args:
        send: what the server gives
        status: its status
        body: its body
        headers: all but its length
    """
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
