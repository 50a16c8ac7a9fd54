"""What tests of commands may ask for."""

from collections.abc import Iterator

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from tests.commands import Terminal
from tests.databases import Clock


@pytest.fixture
def home_database(terminal: Terminal, clock: Clock) -> Iterator[Database]:
    """The database of the terminal's home, at the test's time."""
    terminal.home.mkdir()
    made = Database(f"sqlite:///{terminal.home / 'onelane.db'}", clock=clock)
    ensure_schema(made)
    yield made
    made.close()
