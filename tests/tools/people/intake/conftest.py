"""What the intake's tests may ask for."""

import pytest

from onelane.storage.database.engine import Database
from tests.tools.people.intake.takings import Taking


@pytest.fixture
def taking(database: Database) -> Taking:
    """Takes items into a new database, once on each kind."""
    return Taking(database)
