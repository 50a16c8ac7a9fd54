"""The two halves of a connection over stdio, so that each request gets an answer before the process ends.

They wrap the streams of the SDK and cost a look at each message; nothing is copied.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, cast

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse
from pydantic import ValidationError

from onelane.server.unreadable_requests import mended, refusals, without_id

LAST_ANSWERS_SECONDS = 30.0
"""How long what was asked before the input ended may take to be answered. A client that is gone does not wait."""
_NEVER_ANSWERED = frozenset({"subscriptions/listen"})
_CANCELLED = "notifications/cancelled"

_log = logging.getLogger(__name__)

RequestId = int | str


class OpenRequests:
    """The requests that have no answer yet."""

    def __init__(self) -> None:
        self._ids = Counter[RequestId]()
        self._all_answered = anyio.Event()
        self._is_last = False

    def begin(self, request_id: RequestId) -> None:
        """A request came."""
        self._ids[request_id] += 1

    def end(self, request_id: RequestId | None) -> None:
        """It was answered, or nobody wants the answer any more."""
        if request_id is not None and self._ids[request_id] <= 1:
            del self._ids[request_id]
        elif request_id is not None:
            self._ids[request_id] -= 1
        if self._is_last and not self._ids:
            self._all_answered.set()

    async def wait(self) -> None:
        """Wait until all that came is answered, for no more will."""
        self._is_last = True
        if self._ids:
            with anyio.move_on_after(LAST_ANSWERS_SECONDS):
                await self._all_answered.wait()


class _Half:
    """One direction of the connection, which is closed with its block.

    Args:
        inner: the SDK's stream
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def aclose(self) -> None:
        """Let nothing more through."""
        await self._inner.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


class AnsweredInput(_Half):
    """What the client sends.

    Args:
        inner: the SDK's stream
        output: where unreadable requests are answered
        requests: those that are open
    """

    def __init__(self, inner: Any, output: "NotedOutput", requests: OpenRequests) -> None:
        super().__init__(inner)
        self._output = output
        self._requests = requests

    @property
    def last_context(self) -> Any:
        """The context in which the latest message was sent."""
        return self._inner.last_context

    async def receive(self) -> SessionMessage | Exception:
        """The next message that can be read.

        Raises:
            EndOfStream: no more comes, and what came is answered
        """
        while True:
            try:
                item = await self._inner.receive()
            except anyio.EndOfStream:
                await self._requests.wait()
                raise
            taken = await self._taken(item)
            if taken is not None:
                return taken

    async def _taken(self, item: SessionMessage | Exception) -> SessionMessage | Exception | None:
        if isinstance(item, ValidationError):
            whole = mended(item)
            if whole is None:
                await self._refuse(refusals(item))
                return None
            item = whole
        if not isinstance(item, SessionMessage):
            return item
        message = item.message
        if isinstance(message, JSONRPCRequest):
            if message.method not in _NEVER_ANSWERED:
                self._requests.begin(message.id)
        elif isinstance(message, JSONRPCNotification):
            return await self._noticed(item, message)
        return item

    async def _noticed(self, item: SessionMessage, message: JSONRPCNotification) -> SessionMessage | None:
        wrong = without_id(message)
        if wrong is not None:
            await self._refuse([wrong])
            return None
        if message.method == _CANCELLED:
            self._requests.end(cast("RequestId | None", (message.params or {}).get("requestId")))
        return item

    async def _refuse(self, answers: Sequence[JSONRPCError]) -> None:
        for answer in answers:
            _log.warning("A request was refused: %s", answer.error.message)
            await self._output.send(SessionMessage(answer))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


class NotedOutput(_Half):
    """What is sent to the client.

    Args:
        inner: the SDK's stream
        requests: those that are open
    """

    def __init__(self, inner: Any, requests: OpenRequests) -> None:
        super().__init__(inner)
        self._requests = requests

    async def send(self, item: SessionMessage) -> None:
        """Send a message; an answer closes its request."""
        await self._inner.send(item)
        if isinstance(item.message, JSONRPCResponse | JSONRPCError):
            self._requests.end(item.message.id)
