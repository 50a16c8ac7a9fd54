"""New databases to measure on, which are gone afterwards."""

import tempfile
from collections.abc import Callable, Generator
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


def seconds_to_insert(database: Database, table: str, clock: Callable[[], float], *, share: int = 1) -> float:
    """A floor: the rows of a table, or one of so many parts, put by `executemany` into one of the same columns."""
    copy, place = f"floor_of_{table}", "%s" if database.dialect == "postgresql" else "?"
    with database.connection() as connection:
        part = f"SELECT * FROM {table} LIMIT (SELECT count(*) / {share} FROM {table})"
        rows = [tuple(row) for row in connection.exec_driver_sql(part)]
        connection.exec_driver_sql(f"CREATE TABLE {copy} AS SELECT * FROM {table} LIMIT 0")
        began = clock()
        connection.exec_driver_sql(f"INSERT INTO {copy} VALUES ({', '.join([place] * len(rows[0]))})", rows)
        connection.commit()
        return clock() - began
