"""Databases of older versions, for the tests of migrations."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

import onelane.storage
from onelane.storage.database.engine import Database
from tests.databases import Clock, PostgresqlServer, database_at

MIGRATIONS = Path(onelane.storage.__path__[0]) / "migrations"


def upgrade(database: Database, version: str) -> None:
    """Migrate a database to a version that need not be the newest."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def empty_database(request: pytest.FixtureRequest, folder: Path, clock: Clock) -> Database:
    """A new database without tables, of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        return database_at(f"sqlite:///{folder}/onelane.db", clock)
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return database_at(server.new_database(migrated=False), clock)
