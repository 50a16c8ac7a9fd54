"""A stand-in for the Messages API: real HTTP, answers from a script, and the refusals of the real one.

    with serving_messages(Script([says("hello")])) as api:
        Claude(SecretStr(KEY), base_url=api.url)

Or as a process of its own, which outlives whoever asks it, and prints its port:

    python -m tests.server.agent.messages_api --port 0 --journal FILE --script tests.server.agent.scripts:HELLO
"""

import argparse
import importlib
import json
import select
import signal
import socket
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from tests.server.agent.messages_journal import Exchange, Journal, Outcome
from tests.server.agent.messages_rules import Refused, check
from tests.server.agent.messages_stream import Message
from tests.server.agent.script import (
    Answering,
    Breaks,
    Fails,
    Json,
    NoSuchTurn,
    Paced,
    Part,
    Raw,
    Request,
    Script,
    Waits,
)

KEY = "sk-ant-a-key-for-tests-0123456789"
PING_S = 0.05


class Left(Exception):
    """The client has hung up."""


class Cut(Exception):
    """The script ends the stream here."""


@dataclass(frozen=True)
class MessagesApi:
    """A running stand-in."""

    url: str
    journal: Journal


@contextmanager
def serving_messages(
    script: Answering | Script,
    *,
    journal: Path | None = None,
    port: int = 0,
    key: str = KEY,
    event_delay_ms: float = 0,
) -> Generator[MessagesApi]:
    """Serve for the length of a block.

    Args:
        script: what is answered
        journal: a file for what happened, beside the memory
        port: 0 for a free one
        key: the only one that is let in
        event_delay_ms: before each event of a stream
    """
    server = _Server(("127.0.0.1", port), script, Journal(journal), key, event_delay_ms / 1000)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield MessagesApi(f"http://127.0.0.1:{server.server_address[1]}", server.journal)
    finally:
        server.is_closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], script: Answering, journal: Journal, key: str, event_delay_s: float
    ) -> None:
        self.script, self.journal, self.key, self.event_delay_s = script, journal, key, event_delay_s
        self.is_closing = threading.Event()
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 0.5
    """A connection that is kept open is let go after this, so that the server can end."""
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - only this server makes handlers of this kind

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        exchange: Exchange | None = None
        try:
            request = self._request(sent)
            exchange = self.server.journal.begin(request)
            self._answer(request, exchange)
        except Refused as refused:
            self._refuse(refused.status, refused.kind, refused.message, {})
            if exchange is not None:
                self._end(exchange, "refused", refused.status)
        except (Left, ConnectionError, TimeoutError):
            self.close_connection = True
            if exchange is not None:
                self._end(exchange, "left", 200, Message(Request(exchange.body or {}), self._parts(exchange)).usage)

    def do_GET(self) -> None:
        self._refuse(404, "not_found_error", "Not found", {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent calls it so
        """The journal has it."""

    def _request(self, sent: bytes) -> Request:
        if self.path.partition("?")[0] != "/v1/messages":
            raise Refused("Not found", status=404, kind="not_found_error")
        # The SDK sends the key as a bearer token; other clients, as the manual says, in a header of its own.
        if self.server.key not in (self.headers.get("x-api-key"), (self.headers.get("authorization") or "")[7:]):
            raise Refused("invalid x-api-key", status=401, kind="authentication_error")
        if self.headers.get("anthropic-version") is None:
            raise Refused("anthropic-version: header is required")
        try:
            body = json.loads(sent)
        except ValueError:
            raise Refused("The request body is not valid JSON.") from None
        check(body)
        return Request(body)

    def _parts(self, exchange: Exchange) -> Sequence[Part]:
        return self.server.script(Request(exchange.body or {}))

    def _answer(self, request: Request, exchange: Exchange) -> None:
        try:
            parts = self.server.script(request)
        except NoSuchTurn as over:
            raise Refused(str(over)) from None
        trouble = _trouble(parts, exchange.attempt)
        if isinstance(trouble, Fails):
            self._refuse(trouble.status, trouble.kind, trouble.message, trouble.headers)
            return self._end(exchange, "refused", trouble.status)
        raw = next((part for part in parts if isinstance(part, Raw)), None)
        if raw is not None:
            self._send_raw(raw)
            return self._end(exchange, "whole", 200, {})
        message = Message(request, parts)
        if not request.body.get("stream"):
            self._send(200, message.whole, {})
            return self._end(exchange, "whole", 200, message.usage)
        outcome = self._stream(message, exchange, trouble)
        return self._end(exchange, outcome, 200, message.usage)

    def _send_raw(self, raw: Raw) -> None:
        events = "".join(f"data: {json.dumps(event)}\n\n" for event in raw.events)
        data = (events if raw.body is None else raw.body).encode()
        self.send_response(200)
        self.send_header("content-type", raw.kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, message: Message, exchange: Exchange, trouble: Breaks | None) -> Outcome:
        self._begin_stream(exchange)
        try:
            self._send_events(message, trouble)
        except Cut:
            self.close_connection = True
            if trouble is not None and trouble.is_tidy:
                self._chunk(b"")
            else:
                # Without the last chunk, and without a word.
                self.connection.shutdown(socket.SHUT_RDWR)
            return "cut"
        self._chunk(b"")
        return "whole"

    def _send_events(self, message: Message, trouble: Breaks | None) -> None:
        sent, pace = 0, None
        for event in message.events():
            if isinstance(event, Paced):
                pace = event.permits
            elif isinstance(event, Waits):
                self._wait(event)
            else:
                if trouble is not None and sent >= trouble.after_events:
                    self._break(trouble)
                self._keep_pace(pace)
                self._event(event)
                sent += 1

    def _break(self, trouble: Breaks) -> None:
        if trouble.error is not None:
            self._event({"type": "error", "error": {"type": trouble.error, "message": trouble.error}})
        raise Cut

    def _keep_pace(self, pace: threading.Semaphore | None) -> None:
        if self.server.event_delay_s:
            self.server.is_closing.wait(self.server.event_delay_s)
        while pace is not None and not pace.acquire(timeout=PING_S):
            self._stay()

    def _wait(self, wait: Waits) -> None:
        while not wait.until.wait(PING_S):
            self._stay()
            if not wait.is_silent:
                self._event({"type": "ping"})

    def _stay(self) -> None:
        """Wait on, while there is someone to wait for."""
        ready, _, _ = select.select([self.connection], [], [], 0)
        if self.server.is_closing.is_set() or (ready and not self.connection.recv(1, socket.MSG_PEEK)):
            raise Left

    def _begin_stream(self, exchange: Exchange) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("request-id", f"req_{exchange.number}")
        self.end_headers()

    def _event(self, event: Json) -> None:
        self._chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _refuse(self, status: int, kind: str, message: str, headers: Any) -> None:
        self._send(status, {"type": "error", "error": {"type": kind, "message": message}}, headers)

    def _send(self, status: int, answer: Json, headers: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": len(data), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def _end(self, exchange: Exchange, outcome: Outcome, status: int, usage: Json | None = None) -> None:
        self.server.journal.end(exchange, outcome, status=status, usage=usage)


def _trouble(parts: Sequence[Part], attempt: int) -> Fails | Breaks | None:
    """What goes wrong at this attempt; several troubles come one after the other."""
    for part in parts:
        if isinstance(part, Fails | Breaks):
            if attempt <= part.times:
                return part
            attempt -= int(part.times)
    return None


def main() -> None:
    """Serve until the process is told to stop; what was answered is in the journal by then."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--journal", type=Path)
    options.add_argument("--script", required=True, help="module:name")
    options.add_argument("--key", default=KEY)
    options.add_argument("--event-delay-ms", type=float, default=0)
    given = options.parse_args()
    module, _, name = given.script.partition(":")
    script = cast("Answering", getattr(importlib.import_module(module), name))
    with (
        suppress(KeyboardInterrupt),
        serving_messages(
            script, journal=given.journal, port=given.port, key=given.key, event_delay_ms=given.event_delay_ms
        ) as api,
    ):
        print(api.url.rpartition(":")[2], flush=True)  # noqa: T201 - whoever started it reads the port here
        threading.Event().wait()


if __name__ == "__main__":
    main()
