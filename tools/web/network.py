"""Name resolution and sockets, as a port that tests can replace."""

import socket
import threading
from collections.abc import Sequence
from typing import Protocol


class Network(Protocol):
    """Resolves names and opens sockets. It checks nothing; its caller must."""

    def resolve(self, host: str, port: int, timeout_s: float) -> Sequence[str]:
        """The IP addresses of a name, best first. OSError when it has none, TimeoutError when nobody answers."""
        ...

    def connect(self, ip: str, port: int, timeout_s: float) -> socket.socket:
        """A connection to exactly this IP address. OSError when there is none to be had."""
        ...


class SystemNetwork:
    """The network of this machine."""

    def resolve(self, host: str, port: int, timeout_s: float) -> Sequence[str]:
        """Ask the system's resolver."""
        found: list[str] = []
        failed: list[OSError] = []

        def ask() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
            except (OSError, UnicodeError) as error:
                failed.append(error if isinstance(error, OSError) else OSError(str(error)))

        # The system's resolver takes no time limit of ours and can't be stopped, so that it is left behind.
        asking = threading.Thread(target=ask, name="onelane-resolve", daemon=True)
        asking.start()
        asking.join(timeout_s)
        if asking.is_alive():
            raise TimeoutError("no answer from the name server")
        if failed:
            raise failed[0]
        return found

    def connect(self, ip: str, port: int, timeout_s: float) -> socket.socket:
        """Connect; what is given is an IP address, so that no name is looked up."""
        connection = socket.create_connection((ip, port), timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
