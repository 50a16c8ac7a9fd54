"""What the intake's tests may ask for."""

import pytest

from onelane.storage.database import Database
from tests.tools.intake.takings import Taking


@pytest.fixture
def taking(database: Database) -> Taking:
    """Takes items into a new database, once on each kind."""
    return Taking(database)
