"""Databases of older versions, for the tests of migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config

import onelane.storage
from onelane.storage.database.engine import Database
from tests.databases import PostgresqlServer

MIGRATIONS = Path(onelane.storage.__path__[0]) / "migrations"


def upgrade(database: Database, version: str) -> None:
    """Migrate a database to a version that need not be the newest."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def new_postgresql(server: PostgresqlServer) -> str:
    """The address of a new database without tables."""
    return server.new_database(migrated=False).render_as_string(hide_password=False)
