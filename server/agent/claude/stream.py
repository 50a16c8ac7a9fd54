"""Streams of a model's answers: one thread reads all streams; a caller that waits for one can be stopped.

The read waits in an event loop, because only there a call can be abandoned at any moment, also before the first byte:
closing a socket under a thread that reads from it does not wake that thread.
"""

import asyncio
import threading
from collections.abc import AsyncIterable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from onelane.server.agent.model import Delta, DeltaKind, Json, ModelAnswer, StopReason, cost_usd, usage_of

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types import Message

SILENCE_S = 300.0
"""How long nothing at all may come; the provider sends a ping every few seconds, a local model may read that long."""
CONNECT_S = 10.0
CLOSE_S = 0.3
"""So long closing connections may take when the process ends, which does it anyway."""


class StreamCut(Exception):
    """The stream ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The answer begins; the input tokens are known."""

    raw_usage: Json


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is complete."""

    message: "Message"
    request_id: str | None


Event = Begun | Delta | Ended


class Stream:
    """An answer that is being streamed."""

    def __init__(self) -> None:
        self._events = SimpleQueue[Event | BaseException]()
        self._reading: Future[None] | None = None

    def next(self, timeout_s: float) -> Event | None:
        """What comes next; None when nothing did within the time.

        Raises:
            Exception: whatever ended the stream: an error of the SDK, of the connection, or StreamCut
        """
        try:
            event = self._events.get(timeout=timeout_s)
        except Empty:
            return None
        if isinstance(event, BaseException):
            raise event
        return event

    def abandon(self) -> None:
        """Close the connection, wherever the call is."""
        if self._reading is not None:
            self._reading.cancel()

    def put(self, event: Event | BaseException) -> None:
        """Hand over what came."""
        self._events.put(event)

    def read_by(self, reading: "Future[None]") -> None:
        """Know who reads it."""
        self._reading = reading


class Streams:
    """A client of the Messages API and the thread that it lives in, both begun with the first request.

    Args:
        api_key: what the provider knows us by
        base_url: another place that speaks the Messages API; None for the provider's own
    """

    def __init__(self, api_key: SecretStr, base_url: str | None) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._client: AsyncAnthropic | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def begin(self, body: Json) -> Stream:
        """Send a request, and have its answer read."""
        stream = Stream()
        stream.read_by(asyncio.run_coroutine_threadsafe(self._read(body, stream), self._running_loop()))
        return stream

    def close(self) -> None:
        """Abandon what is under way and end the thread."""
        with self._starting:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CLOSE_S)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._run, args=(self._loop,), name="model", daemon=True)
                self._thread.start()
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()
        loop.run_until_complete(self._ended())
        loop.close()

    async def _ended(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _read(self, body: Json, stream: Stream) -> None:
        try:
            await self._hand_over(body, stream)
        except asyncio.CancelledError:
            stream.put(StreamCut("The call was abandoned."))
            raise
        except Exception as error:  # noqa: BLE001 - it is raised in the caller's thread, which alone can tell what to do
            stream.put(error)

    async def _hand_over(self, body: Json, stream: Stream) -> None:
        async with self._opened().messages.stream(**body) as answer:
            if not await _all_of(answer, stream):
                # A connection that is closed in good order looks like an end to the SDK.
                raise StreamCut("The stream ended before the answer did.")
            stream.put(Ended(await answer.get_final_message(), answer.request_id))

    def _opened(self) -> "AsyncAnthropic":
        if self._client is None:
            import anthropic
            import httpx2

            self._client = anthropic.AsyncAnthropic(
                api_key=self._api_key.get_secret_value(),
                base_url=self._base_url,
                max_retries=0,
                timeout=httpx2.Timeout(SILENCE_S, connect=CONNECT_S),
            )
        return self._client


async def _all_of(answer: AsyncIterable[Any], stream: Stream) -> bool:
    """Hand over all events; whether the last one was among them."""
    is_complete = False
    try:
        async for event in answer:
            is_complete = is_complete or event.type == "message_stop"
            if (news := _news(event)) is not None:
                stream.put(news)
    except ValueError as error:
        raise StreamCut("The stream holds what is no JSON.") from error
    return is_complete


def _news(event: Any) -> Event | None:
    """What of an SDK's event the caller wants to know."""
    if event.type == "message_start":
        return Begun(event.message.usage.to_dict(mode="json"))
    if event.type in ("thinking", "text"):
        kind: DeltaKind = event.type
        return Delta(kind, getattr(event, kind))
    if event.type == "content_block_start" and event.content_block.type in ("tool_use", "server_tool_use"):
        return Delta("tool", event.content_block.name)
    return None


if TYPE_CHECKING:
    from anthropic.types import Message


def answer_of(message: "Message", *, asked: str, request_id: str | None) -> ModelAnswer:
    """The answer that a finished stream has become.

    Args:
        message: the SDK's
        asked: the model that was asked, whose price holds where the provider names none
        request_id: the provider's name for the request
    """
    whole: dict[str, Any] = message.to_dict(mode="json")
    model = whole.get("model") or asked
    raw_usage: Json = whole.get("usage") or {}
    return ModelAnswer(
        content=[block for block in whole["content"] if not _is_empty(block)],
        # A gateway may leave it out, and what is there is then all there is.
        stop_reason=cast("StopReason", whole.get("stop_reason") or "end_turn"),
        usage=usage_of(raw_usage),
        cost_usd=cost_usd(model, raw_usage),
        model=model,
        request_id=request_id,
        raw_usage=raw_usage,
    )


def _is_empty(block: Json) -> bool:
    # The provider gives such blocks now and then, but takes none back.
    return block["type"] == "text" and not block["text"]
