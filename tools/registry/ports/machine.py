"""The port to the machine: work beside other work, connections to mail servers, a clock; tests replace it."""

import socket
import threading
import time
from collections.abc import Callable


class Machine:
    """This machine."""

    def begin(self, name: str, work: Callable[[], object]) -> None:
        """Begin some work beside all other, and don't wait for it.

        Args:
            name: what it is called among the process's threads
            work: does it; what it raises nobody hears

        Raises:
            RuntimeError: there is no thread for it now
        """
        threading.Thread(target=work, name=name, daemon=True).start()

    def dial(self, host: str, port: int, timeout_seconds: float) -> socket.socket:
        """A connection to a mail server. OSError when there is none to be had."""
        connection = socket.create_connection((host, port), timeout_seconds)
        # A final dot follows its letter by itself: without this it waits 40 ms for the letter to be acknowledged.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def seconds(self) -> float:
        """What a clock shows that is never set: for how long something takes."""
        return time.monotonic()


Dial = Callable[[str, int, float], socket.socket]
"""Connects to a host and port within so many seconds; see `Machine.dial`."""
THIS_MACHINE = Machine()
