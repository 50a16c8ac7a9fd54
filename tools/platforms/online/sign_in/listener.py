"""Waits on this machine for the person's browser to come back from a sign-in (docs/platforms.md, "Signing in")."""

import queue
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from onelane.tools.platforms.online.failures import PersonMustAct
from onelane.tools.platforms.online.sign_in.redirect import NotOurs
from onelane.tools.registry.errors import BadRequest, ToolError

_REQUEST_SECONDS = 10
"""So long a browser may take to say what it wants."""
ReadQuery = Callable[[str], str]


class PortTaken(BadRequest):
    """Another program uses the port to which the browser would come back."""

    code = "port_taken"


class TimeOver(PersonMustAct):
    """Nobody signed in in time. Nothing was changed; start again."""

    code = "timed_out"


class Answered(NotOurs):
    """This sign-in has its answer already. Look where you began: Onelane says there whether you are signed in."""


class Listener:
    """Takes the browser's answer, once.

    Args:
        server: what listens
        redirect_url: where, to the letter
    """

    def __init__(self, server: "_Server", redirect_url: str) -> None:
        self._server = server
        self.redirect_url = redirect_url

    def expect(self, read: ReadQuery) -> None:
        """Say how the answer is known; before that nothing is one, so say it before anybody is sent to the platform.

        Args:
            read: gives the code in a query; NotOurs for one that is not about this sign-in
        """
        self._server.read = read

    def wait(self, timeout_seconds: float) -> str:
        """Wait for the code that the browser brings.

        Args:
            timeout_seconds: for so long

        Raises:
            TimeOver: nobody came in time
            ToolError: it was closed, or the person or the platform said no
        """
        try:
            answer = self._server.answers.get(timeout=timeout_seconds)
        except queue.Empty:
            raise TimeOver from None
        if isinstance(answer, ToolError):
            raise answer
        return answer

    def give_up(self) -> None:
        """Let whoever waits stop, for another sign-in has begun in its place; an answer that came before counts."""
        self._server.give_up(PersonMustAct("Another sign-in was begun in the place of this one."))


@contextmanager
def listening(redirect_url: str, *, takes_any_port: bool) -> Generator[Listener]:
    """Listen for the browser until the end of the block.

    Args:
        redirect_url: where it comes back to: http on loopback
        takes_any_port: whether it may be another port when this one is taken

    Raises:
        PortTaken: another program has it
    """
    with _bind(redirect_url, takes_any_port=takes_any_port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield Listener(server, _with_port(redirect_url, server.server_address[1]))
        finally:
            server.shutdown()
            thread.join()


def _bind(redirect_url: str, *, takes_any_port: bool) -> "_Server":
    parts = urlsplit(redirect_url)
    host, port = parts.hostname or "127.0.0.1", 80 if parts.port is None else parts.port
    kind = _ServerOfSix if ":" in host else _Server
    try:
        return kind((host, port), parts.path or "/")
    except OSError as error:
        if takes_any_port:
            return kind((host, 0), parts.path or "/")
        raise PortTaken(
            f"Port {port} of this machine is in use, and the browser would come back there. Close the other program "
            "or the other sign-in and try again, or use --paste. Another port is possible too: set "
            "ONELANE_OAUTH_REDIRECT_URL, and register the same address at the platform."
        ) from error


def _with_port(redirect_url: str, port: int) -> str:
    parts = urlsplit(redirect_url)
    if parts.port == port:
        return redirect_url
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return urlunsplit(parts._replace(netloc=f"{host}:{port}"))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows this would let two programs have the port.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, address: tuple[str, int], path: str) -> None:
        self.path = path
        self.read: ReadQuery = _refuse_query
        self.answers: queue.Queue[str | ToolError] = queue.Queue()
        self.guard = threading.Lock()
        self.is_answered = False
        self.closed_text: str | None = None
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is nothing to talk about, and its request may hold a code."""

    def taken(self, query: str) -> str | ToolError:
        """What a query brings, which counts once.

        Raises:
            NotOurs: nothing about this sign-in, or not for the first time
        """
        with self.guard:
            answer: str | ToolError
            try:
                answer = self.read(query)
            except NotOurs:
                raise
            except ToolError as error:
                answer = error
            if self.is_answered:
                raise Answered(self.closed_text)
            self.is_answered = True
            return answer

    def give_up(self, reason: ToolError) -> None:
        """Take no answer any more, unless there was one."""
        with self.guard:
            if not self.is_answered:
                self.is_answered = True
                self.closed_text = reason.message
                self.answers.put(reason)


class _ServerOfSix(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - the standard library's own pattern
    timeout = _REQUEST_SECONDS

    def do_GET(self) -> None:
        path, _, query = self._target.partition("?")
        if path != self.server.path:
            self._say(HTTPStatus.NOT_FOUND, "There is nothing here.")
            return
        try:
            answer = self.server.taken(query)
        except NotOurs as error:
            self._say(HTTPStatus.BAD_REQUEST, error.message)
            return
        success_text = "Your answer has arrived. Look where you began: Onelane says there whether you are signed in."
        self._say(HTTPStatus.OK, success_text if isinstance(answer, str) else answer.message)
        self.server.answers.put(answer)

    @property
    def _target(self) -> str:
        """What was asked for, to the letter; `path` of the standard library puts slashes at the beginning together."""
        return self.requestline.split()[1]

    def _refuse(self) -> None:
        self._say(HTTPStatus.METHOD_NOT_ALLOWED, "Only a browser that comes back from a sign-in is awaited here.")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _refuse  # noqa: N815 - names of the standard library

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request of a browser; the standard library's own pages repeat what was asked."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._refuse()
        else:
            self._say(HTTPStatus(code), "That is no request of a browser.")

    def _say(self, status: HTTPStatus, text: str) -> None:
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Onelane</title><p>{_escape(text)}</p>'
        body = b"" if self.command == "HEAD" else page.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def version_string(self) -> str:
        """The name of what answers."""
        return "Onelane"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing is written: what was asked holds a code."""


_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


def _escape(text: str) -> str:
    import html

    return html.escape(text)


def _refuse_query(query: str) -> str:
    raise NotOurs
