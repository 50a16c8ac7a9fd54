"""Commands, and modules of the tests, that are born by fork of a process that has imported everything.

Nine tenths of the time in which a command starts go into imports, and the suite starts hundreds of commands. No module
of ours works or reads its surroundings when it is imported, so that a fork is what a process from nothing becomes. That
each command also imports all that it needs is seen by the tests that start it from nothing (`onelane` in
`tests.acceptance.processes`), as whoever has no Linux does throughout.

usage: python -m tests.acceptance.forks SOCKET

The fork server: each message on the socket that it inherited says how a command begins, with its stdin, stdout and
stderr; the answer is the command's process, which is then a child of whoever asked.
"""

import ctypes
import fcntl
import gc
import inspect
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Literal, TextIO

PROJECT = Path(__file__).resolve().parent.parent.parent
_LIBRARIES = (
    "alembic.command",
    "anthropic",
    "anyio.from_thread",
    "apscheduler.schedulers.background",
    "apscheduler.triggers.interval",
    "httpx2",
    "jinja2",
    "mcp.server.mcpserver",
    "mcp.server.stdio",
    "mcp_types",
    "psycopg",
    "pydantic_settings",
    "rich.console",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlmodel",
    "starlette.applications",
    "typer",
    "uvicorn",
)
_LONGEST_MESSAGE = 200_000
_SETTINGS = inspect.signature(vars(subprocess.Popen)["_execute_child"])
_PIPES = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
_SET_CHILD_SUBREAPER = 36


COMMAND = "onelane.server.cli"
"""The module that is `onelane`."""


class ForkedProcess(subprocess.Popen[str]):
    """`python -m` with a module and its arguments, as `subprocess.Popen` would start it, but forked.

    Args:
        module: what is carried out
        arguments: what is typed after it
        more: as for `Popen`: `env`, `cwd`, `stdin`, `stdout`, `stderr`, `start_new_session` (a terminal that is stdin
            becomes the session's own)
    """

    _close_pipe_fds: Callable[..., None]

    def __init__(self, module: str, arguments: Sequence[str], **more: Any) -> None:
        super().__init__([module, *arguments], text=True, **more)

    def _execute_child(self, *settings: Any) -> None:
        """Called by `Popen` with all of its settings by position; their names are the same in each Python."""
        named: dict[str, Any] = _SETTINGS.bind(self, *settings).arguments
        streams = [named["p2cread"], named["c2pwrite"], named["errwrite"]]
        request = {
            "module": named["args"][0],
            "arguments": list(named["args"][1:]),
            "cwd": str(named["cwd"] or Path.cwd()),
            "env": dict(os.environ if named["env"] is None else named["env"]),
            "is_session": bool(named["start_new_session"]),
        }
        self.pid = _forked(request, [own if stream == -1 else stream for own, stream in enumerate(streams)])
        self._child_created = True
        self._close_pipe_fds(*(named[name] for name in _PIPES))


def _forked(request: Mapping[str, Any], streams: Sequence[int]) -> int:
    """A new command's process. It comes to us when its parent, a fork of the server, has ended."""
    server, _ = _server()
    _adopt(True)
    try:
        socket.send_fds(server, [json.dumps(request).encode()], streams)
        answer = server.recv(100)
    finally:
        _adopt(False)
    assert answer, "the fork server has ended; what it says stands on stderr"
    return int(answer)


def _adopt(does: bool) -> None:
    """Whether processes whose parent has ended come to us, as they else do to the machine's first process."""
    assert ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, int(does), 0, 0, 0) == 0


@cache
def _server() -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """The server, and our end of its socket: it ends with that."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        command = [sys.executable, "-m", "tests.acceptance.forks", str(its.fileno())]
        process = subprocess.Popen(command, cwd=PROJECT, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)
    return ours, process


def _serve(requests: socket.socket) -> tuple[str, list[str]] | None:
    """Fork for each message. A fork gets its module and what was typed, the server nothing: nobody asks any more."""
    while True:
        message, streams, _, _ = socket.recv_fds(requests, _LONGEST_MESSAGE, 3)
        if not message:
            return None
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child == 0:
                os.close(reading)
                os.close(writing)
                requests.close()
                return _begun(json.loads(message), streams)
            os.write(writing, str(child).encode())
            os._exit(0)
        for descriptor in (*streams, writing):
            os.close(descriptor)
        os.waitpid(between, 0)
        requests.send(os.read(reading, 100))
        os.close(reading)


def _begun(request: dict[str, Any], streams: Sequence[int]) -> tuple[str, list[str]]:
    """Become the process that was asked for, and give its module and what was typed."""
    for own, stream in enumerate(streams):
        os.dup2(stream, own)
        os.close(stream)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    if request["is_session"]:
        os.setsid()
        take_terminal()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdin, sys.stdout, sys.stderr = _stream(0, "r"), _stream(1, "w"), _stream(2, "w")
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    return request["module"], list(request["arguments"])


def take_terminal() -> None:
    """Make the terminal that is stdin, if it is one, that of this session: Ctrl-C reaches its processes as in life."""
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _stream(descriptor: int, mode: Literal["r", "w"]) -> TextIO:
    """As Python opens it at its start."""
    errors = "backslashreplace" if descriptor == 2 else "strict"
    buffering = 1 if descriptor == 2 or os.isatty(descriptor) else -1
    return open(descriptor, mode, buffering, encoding="utf-8", errors=errors, closefd=False)


def _our_modules() -> Iterator[str]:
    """All of the product but its migrations, which alembic reads, and what begins the command."""
    for package in ("onelane.storage", "onelane.tools", "onelane.server"):
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if not (".migrations" in module.name or module.name.endswith(".__main__")):
                yield module.name


def _main() -> tuple[str, list[str]] | None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    for module in (*_LIBRARIES, *_our_modules()):
        import_module(module)
    assert threading.active_count() == 1, "a process with threads can't be forked safely"
    # The collector of a fork need not look through what is there, and its pages stay shared.
    gc.freeze()
    return _serve(requests)


if __name__ == "__main__":
    request = _main()
    if request is not None:
        module, typed = request
        sys.argv = ["onelane" if module == COMMAND else module, *typed]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
