"""An httpcore2 backend that connects to a checked address only, within one deadline.

Import it where it is used: it brings httpcore2.
"""

import socket
import ssl
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import httpcore2

from onelane.tools.web.deadline import Deadline
from onelane.tools.web.network import Network


class PinnedBackend(httpcore2.NetworkBackend):
    """Connects to addresses that were resolved before; it looks up no name.

    Args:
        network: opens the socket
        addresses: checked by the caller; tried in this order
        deadline: for connecting, and for each read and write after that
    """

    def __init__(self, network: Network, addresses: Sequence[str], deadline: Deadline) -> None:
        self._network = network
        self._addresses = addresses
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers."""
        latest_error: OSError = OSError("no address")
        for ip in self._addresses:
            try:
                return _Stream(self._network.connect(ip, port, self._deadline.remaining_s), self._deadline)
            except OSError as error:
                latest_error = error
        raise httpcore2.ConnectError(str(latest_error)) from latest_error


class _Stream(httpcore2.NetworkStream):
    """A socket that ends at the deadline, even when the other side sends byte by byte."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _errors_as(httpcore2.ReadTimeout, httpcore2.ReadError):
            self._connection.settimeout(self._deadline.remaining_s)
            return self._connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _errors_as(httpcore2.WriteTimeout, httpcore2.WriteError):
            self._connection.settimeout(self._deadline.remaining_s)
            self._connection.sendall(buffer)

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            with _errors_as(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                self._connection.settimeout(self._deadline.remaining_s)
                secure = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        return _Stream(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return None


@contextmanager
def _errors_as(
    timeout_error: type[httpcore2.TimeoutException], network_error: type[httpcore2.NetworkError]
) -> Generator[None]:
    """Say in httpcore2's words what the operating system complains about."""
    try:
        yield
    except TimeoutError as error:
        raise timeout_error(str(error)) from error
    except OSError as error:
        raise network_error(str(error)) from error
