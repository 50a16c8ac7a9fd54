"""New databases to measure on, which are gone afterwards."""

import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from onelane.storage.database.engine import Clock, Database, utc_now
from onelane.storage.schema import ensure_schema
from tests.databases import running_postgresql


@contextmanager
def new_database(*, on_postgresql: bool = False, clock: Clock = utc_now) -> Generator[Database]:
    """A migrated SQLite database in a file, or one of a PostgreSQL from a wheel."""
    if on_postgresql:
        with running_postgresql() as server, closing(Database(server.new_database(), clock=clock)) as database:
            yield database
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "onelane.db"
        with closing(Database(f"sqlite:///{file}", clock=clock)) as database:
            ensure_schema(database)
            yield database
