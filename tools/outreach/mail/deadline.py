"""A limit for the whole of a conversation with a server, however slowly it drips."""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from threading import Timer


@contextmanager
def deadline(seconds: float, sock: Callable[[], socket.socket | None]) -> Generator[None]:
    """So long and no longer: then the connection is cut, and whoever reads from it is told that it broke.

    Args:
        seconds: how long
        sock: gives the connection, as soon as there is one
    """
    timer = Timer(seconds, _cut_connection, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut_connection(sock: Callable[[], socket.socket | None]) -> None:
    connection = sock()
    if connection is not None:
        with suppress(OSError):
            # Below TLS, whose own way of ending belongs to the thread that reads.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
