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
        addresses: list[str] = []
        errors: list[OSError] = []

        def ask() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                addresses.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
            except (OSError, UnicodeError) as error:
                errors.append(error if isinstance(error, OSError) else OSError(str(error)))

        # The system's resolver takes no time limit of ours and can't be stopped, so that it is left behind.
        thread = threading.Thread(target=ask, name="onelane-resolve", daemon=True)
        thread.start()
        thread.join(timeout_s)
        if thread.is_alive():
            raise TimeoutError("no answer from the name server")
        if errors:
            raise errors[0]
        return addresses

    def connect(self, ip: str, port: int, timeout_s: float) -> socket.socket:
        """Connect; what is given is an IP address, so that no name is looked up."""
        connection = socket.create_connection((ip, port), timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
