"""A person's browser, as far as a sign-in needs one: it opens an address and goes where that leads."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows.

    Args:
        status: the HTTP status
        headers: their names in lower case
        text: the page itself
    """

    status: int
    headers: Mapping[str, str]
    text: str


def visit(address: str, method: str = "GET") -> Page:
    """Open an address, and follow nothing."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, parts._replace(scheme="", netloc="", fragment="").geturl())
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Page(answer.status, headers, answer.read().decode())
    finally:
        connection.close()


def agree(address: str) -> str:
    """Agree at a platform's sign-in page; where that leads."""
    return visit(address).headers["location"]
