"""`GET /api/events`: server-sent events that tell which runs change (docs/routes.md, "Events").

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterator

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from onelane.server.changes import ChangeWatcher, Listener
from onelane.server.http.problems import JSON_HEADERS, not_allowed
from onelane.storage.database.rows import PlainRow
from onelane.tools.workflows.run_reading.run_views import Progress

HEARTBEAT_SECONDS = 15.0
"""So often a silent stream says that it is there, so that proxies keep it and leavers are noticed."""

_BEGINNING = b"retry: 2000\n: what changes from now on\n\n"
_HEARTBEAT = b": still here\n\n"
_COMMIT = b"event: change\ndata: {}\n\n"
"""Something was committed: what, a page asks for itself."""


class RunEvents:
    """Tells each client which runs change.

    Args:
        changes: notices them
        heartbeat_s: seconds after which a silent stream says that it is there
    """

    def __init__(self, changes: ChangeWatcher, *, heartbeat_s: float) -> None:
        self._changes = changes
        self._heartbeat_s = heartbeat_s
        self._waits: set[anyio.CancelScope] = set()
        self._is_closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with a stream that ends when the client goes.

        Raises:
            Refused: it is no GET
        """
        await self._answer(scope, receive, send, of_commit=b"")

    async def with_commits(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As a call, but whatever else is committed is an event too: `change`, which says nothing of what it was.

        Raises:
            Refused: it is no GET
        """
        await self._answer(scope, receive, send, of_commit=_COMMIT)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, *, of_commit: bytes) -> None:
        if scope["method"] != "GET":
            raise not_allowed(scope["method"], ["GET"])
        headers = {name.decode(): value.decode() for name, value in JSON_HEADERS if name != b"content-type"}
        # Whatever changes once the answer has begun is told: how things stood before is known by then.
        async with self._changes.listening() as listener:
            stream = self._stream(listener, of_commit)
            response = StreamingResponse(stream, media_type="text/event-stream", headers=headers)
            await response(scope, receive, send)

    def close(self) -> None:
        """End all streams, and those that come: the server stops."""
        self._is_closed = True
        for wait in self._waits:
            wait.cancel()

    async def _stream(self, listener: Listener, of_commit: bytes) -> AsyncIterator[bytes]:
        yield _BEGINNING
        while not self._is_closed:
            yield await self._news(listener, of_commit)

    async def _news(self, listener: Listener, of_commit: bytes) -> bytes:
        """What is to be told next: a sign of life when there was nothing for long, or when the stream is to end."""
        with anyio.move_on_after(self._heartbeat_s) as wait:
            self._waits.add(wait)
            try:
                while not (news := b"".join(map(_event, await listener.changed_runs())) or of_commit):
                    pass
                return news
            finally:
                self._waits.discard(wait)
        return _HEARTBEAT


def _event(row: PlainRow) -> bytes:
    return b"event: run\ndata: " + Progress.of(row).contract_json() + b"\n\n"
