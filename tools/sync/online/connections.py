"""The connections of a sync, which end with it."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from onelane.tools.registry.context import Services

if TYPE_CHECKING:
    import httpx2


@contextmanager
def closing_connections(services: Services) -> Generator[Services]:
    """The same services; the HTTP clients that are opened with them are closed at the end of the block."""
    with ExitStack() as stack:

        def connect() -> "httpx2.Client":
            client = services.online.connect()
            stack.callback(client.close)
            return client

        yield replace(services, online=replace(services.online, connect=connect))
