"""A person decides: the transaction in which what they say at a door of theirs takes effect."""

from collections.abc import Generator
from contextlib import contextmanager

from onelane.storage.database.engine import Session
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Forbidden

READ_ONLY = "This Onelane is read-only (ONELANE_READ_ONLY). Nothing was changed."


def check_writable(services: Services, refusal: str = READ_ONLY) -> None:
    """See to it that anything may be changed here.

    Args:
        services: what the settings say
        refusal: what the person is told, where nothing may

    Raises:
        Forbidden: nothing may be changed here
    """
    if services.read_only:
        raise Forbidden(refusal)


@contextmanager
def deciding(services: Services, refusal: str = READ_ONLY) -> Generator[Session]:
    """A writing transaction for what a person decides; their door has seen to it that it is they.

    Args:
        services: the database
        refusal: what they are told, where nothing may be changed

    Raises:
        Forbidden: nothing may be changed here
    """
    check_writable(services, refusal)
    # They are told that it holds: no power cut takes it back.
    with services.database.write(is_durable=True) as session:
        yield session
