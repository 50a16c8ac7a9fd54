"""A limit for the whole of a conversation with a server, however slowly it drips."""

import imaplib
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from threading import Event, Timer


@contextmanager
def deadline(seconds: float, sock: Callable[[], socket.socket | None]) -> Generator[None]:
    """So long and no longer: then the connection is cut, and whoever reads from it is told why.

    Args:
        seconds: how long
        sock: gives the connection, as soon as there is one

    Raises:
        TimeoutError: it took longer
    """
    is_over = Event()
    timer = Timer(seconds, _cut_connection, [sock, is_over])
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, imaplib.IMAP4.error, EOFError) as error:
        if is_over.is_set():
            raise TimeoutError("no answer in time") from error
        raise
    finally:
        timer.cancel()


def _cut_connection(sock: Callable[[], socket.socket | None], is_over: Event) -> None:
    is_over.set()
    connection = sock()
    if connection is not None:
        with suppress(OSError):
            # Below TLS, whose own way of ending belongs to the thread that reads.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
