"""What tests of the web may ask for."""

from collections.abc import Generator

import pytest

from onelane.storage.database.engine import Database
from tests.databases import Clock
from tests.tools.web.outside import Outside
from tests.websites import public_network, website


@pytest.fixture
def outside(sqlite_database: Database, clock: Clock) -> Generator[Outside]:
    with website({"/": "<title>Ada</title><p>Hello"}) as site:
        yield Outside(site, public_network(site), sqlite_database, clock)
