"""Streams of a model's answers: one thread reads all streams; a caller that waits for one can be stopped.

The read waits in an event loop, because only there a call can be abandoned at any moment, also before the first byte:
closing a socket under a thread that reads from it does not wake that thread.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, cast

from pydantic import SecretStr

from onelane.server.agent.claude.assembly import Assembly, StrangeAnswer, clean_message, whole_text
from onelane.server.agent.model import Delta, DeltaKind, Json, ModelAnswer, StopReason, cost_usd, usage_of
from onelane.tools.registry.ports.trust import trusted_certificates

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

SILENCE_S = 300.0
"""How long nothing at all may come; the provider sends a ping every few seconds, a local model may read that long."""
CONNECT_S = 10.0
_NO_STREAMS = frozenset({"application/json", "text/html"})
_OPENAI_END = "[DONE]"
CLOSE_S = 0.3
"""So long closing connections may take when the process ends, which does it anyway."""


class StreamCut(Exception):
    """The stream ended before the answer did."""


class StreamError(Exception):
    """The provider says within its answer that something went wrong.

    Args:
        error: its error, such as `{"type": "overloaded_error", "message": "Overloaded"}`
    """

    def __init__(self, error: object) -> None:
        fields = cast("Json", error) if isinstance(error, dict) else {"message": error}
        self.kind = str(fields["type"]) if fields.get("type") else None
        self.said = str(fields.get("message") or cast("object", error))
        super().__init__(self.said)


@dataclass(frozen=True, slots=True)
class Begun:
    """The answer begins; the input tokens are known."""

    raw_usage: Json


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is complete."""

    message: Json
    request_id: str | None
    has_usage: bool


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

    def read_by(self, task: "Future[None]") -> None:
        """Know who reads it."""
        self._reading = task


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
        loop.run_until_complete(self._end())
        loop.close()

    async def _end(self) -> None:
        other_tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in other_tasks:
            task.cancel()
        await asyncio.gather(*other_tasks, return_exceptions=True)
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
        answer = await self._open_client().messages.create(**body, stream=True)
        try:
            stream.put(await _whole(answer.response, stream))
        finally:
            await answer.close()

    def _open_client(self) -> "AsyncAnthropic":
        if self._client is None:
            import anthropic
            import httpx2

            self._client = anthropic.AsyncAnthropic(
                api_key=self._api_key.get_secret_value(),
                base_url=self._base_url,
                max_retries=0,
                timeout=httpx2.Timeout(SILENCE_S, connect=CONNECT_S),
                http_client=anthropic.DefaultAsyncHttpxClient(verify=trusted_certificates()),
            )
        return self._client


async def _whole(response: "httpx2.Response", stream: Stream) -> Ended:
    """Hand over the pieces of an answer; the whole of it once it is complete.

    Raises:
        StreamCut: it ended before that
        StreamError: the provider says within it that something went wrong
        StrangeAnswer: it is no answer of the Messages API
    """
    request_id = response.headers.get("request-id")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _NO_STREAMS:
        return Ended(_of_text(await response.aread(), kind), request_id, has_usage=True)
    assembly, pieces = Assembly(), _Pieces()
    async for event in _events(response):
        assembly.add(event)
        for news in pieces.of(event):
            stream.put(news)
    if not assembly.is_complete:
        # A connection that is closed in good order looks like an end.
        raise StreamCut("The stream ended before the answer did.")
    try:
        return Ended(assembly.whole_answer(), request_id, assembly.has_usage)
    except ValueError as error:
        raise StreamCut("The stream holds what is no JSON.") from error


async def _events(response: "httpx2.Response") -> AsyncIterator[Json]:
    """The events of a stream, each as the provider wrote it; halves of characters come through."""
    from anthropic import AsyncStream

    async for sse in AsyncStream.raw_events(response):
        if not sse.data or sse.data.strip() == _OPENAI_END:
            continue
        data = _event(sse.data)
        if data.get("type") == "error" or ("error" in data and "type" not in data):
            raise StreamError(data.get("error"))
        yield data


def _event(data: str) -> Json:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StreamCut("The stream holds what is no JSON.") from error
    if not isinstance(event, dict):
        raise StrangeAnswer("An event is no object.")
    return cast("Json", event)


def _of_text(body: bytes, kind: str) -> Json:
    """The answer of a gateway that does not stream."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StrangeAnswer(f"It is {kind}, and no stream.") from error
    if isinstance(message, dict) and "error" in message:
        raise StreamError(cast("Json", message)["error"])
    if not isinstance(message, dict):
        raise StrangeAnswer(f"It is {kind}, and no stream.")
    return clean_message(cast("Json", message))


class _Pieces:
    """What of the events the caller wants to know, with whole characters."""

    def __init__(self) -> None:
        self._kind: DeltaKind = "text"
        self._half = ""

    def of(self, event: Json) -> Iterator[Event]:
        """What an event tells."""
        match event.get("type"):
            case "message_start":
                usage = event["message"].get("usage")
                yield Begun(cast("Json", usage) if isinstance(usage, dict) else {})
            case "content_block_start" if event["content_block"].get("type") in ("tool_use", "server_tool_use"):
                yield Delta("tool", str(event["content_block"].get("name") or ""))
            case "content_block_delta":
                yield from self._of_delta(event["delta"])
            case _:
                pass

    def _of_delta(self, delta: Json) -> Iterator[Event]:
        kind: DeltaKind = "thinking" if delta.get("type") == "thinking_delta" else "text"
        if delta.get("type") not in ("thinking_delta", "text_delta"):
            return
        text = (self._half if kind == self._kind else "") + str(delta.get(kind) or "")
        # The second half of a character may come with the next piece.
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        self._kind = kind
        if whole_piece := whole_text(text.removesuffix(self._half) if self._half else text):
            yield Delta(kind, whole_piece)


def answer_of(message: Json, *, asked: str, request_id: str | None, has_usage: bool) -> ModelAnswer:
    """The answer that a finished stream has become.

    Args:
        message: whole and cleaned
        asked: the model that was asked, whose price holds where the provider names none
        request_id: the provider's name for the request
        has_usage: whether the provider said what it used; unknown is never free
    """
    model = str(message.get("model") or asked)
    usage = message.get("usage")
    raw_usage: Json = cast("Json", usage) if isinstance(usage, dict) else {}
    return ModelAnswer(
        content=[block for block in message["content"] if not _is_empty(block)],
        # A gateway may leave it out, and what is there is then all there is.
        stop_reason=cast("StopReason", message.get("stop_reason") or "end_turn"),
        usage=usage_of(raw_usage),
        cost_usd=cost_usd(model, raw_usage) if has_usage and raw_usage else None,
        model=model,
        asked=asked,
        request_id=request_id,
        raw_usage=raw_usage,
    )


def _is_empty(block: Json) -> bool:
    # The provider gives such blocks now and then, but takes none back.
    return block["type"] == "text" and not block["text"]
