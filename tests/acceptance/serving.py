"""A real `onelane serve` on a free port."""

import socket
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager

from tests.acceptance.processes import WAIT_S, Home, until


@contextmanager
def serving(home: Home, *options: str) -> Generator[str]:
    """The address of a server that answers; it is stopped in the end."""
    port = free_port()
    process = home.start("serve", "--port", str(port), *options)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(address), process, every_s=0.1)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
    except OSError:
        # It is not there yet, or is too busy.
        return False
    return True
