"""A real `onelane serve` on a free port."""

import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager

from tests.acceptance.processes import WAIT_S, Home


@contextmanager
def serving(home: Home, *options: str) -> Generator[str]:
    """The address of a server that answers; it is stopped in the end."""
    port = free_port()
    process = home.start("serve", "--port", str(port), *options)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(process, address)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_it_answers(process: "subprocess.Popen[str]", address: str) -> None:
    for _ in range(WAIT_S * 10):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            pass
        else:
            return
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(process.communicate())
    raise AssertionError("the server does not answer")
