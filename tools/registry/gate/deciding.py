"""A person decides: the transaction in which what they say at a door of theirs takes effect."""

from collections.abc import Generator
from contextlib import contextmanager

from onelane.storage.database.engine import Session
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Forbidden


@contextmanager
def deciding(services: Services) -> Generator[Session]:
    """A writing transaction for what a person decides; their door has seen to it that it is they.

    Raises:
        Forbidden: nothing may be changed here
    """
    if services.read_only:
        raise Forbidden("Onelane runs in read-only mode, so nothing is decided here.")
    with services.database.write() as session:
        yield session
