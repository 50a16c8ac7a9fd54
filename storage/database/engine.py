"""The database: one engine, sessions that read or write, with the clock and the ids of what they write.

See docs/storage.md, "Databases", for how SQLite and PostgreSQL differ.
"""

import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import sqlalchemy as sa
import sqlmodel
from sqlalchemy import event, orm
from sqlalchemy.engine import URL, Connection, CursorResult, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.base import Executable

from onelane.storage.database.all_tables import all_tables
from onelane.storage.database.change_log import logged
from onelane.storage.database.file_watch import DatabaseUnavailable, FileWatch
from onelane.storage.database.ids import Ids
from onelane.storage.database.name_locks import NameLocks

if TYPE_CHECKING:
    import psycopg

DialectName = Literal["sqlite", "postgresql"]
Clock = Callable[[], datetime]
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

BUSY_TIMEOUT_MS = 30_000
_WRITES, _DURABLE = "onelane_writes", "onelane_durable"


class Session(sqlmodel.Session):
    """A unit of work that also carries the clock and the ids, so that every row it makes is deterministic."""

    def __init__(self, engine: Engine | Connection, clock: Clock, ids: Ids) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._clock = clock
        self._ids = ids
        self._after_commit: list[Callable[[], None]] = []
        self.change_id: str | None = None
        """The change that this is, where changes are logged."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return self._clock()

    def new_id(self, prefix: str) -> str:
        """A new time-ordered id such as `run_...`."""
        return self._ids.new(prefix)

    def new_ids(self, prefix: str, number: int) -> list[str]:
        """So many new ids at once."""
        return self._ids.many(prefix, number)

    def sql(self, statement: Executable, params: Params = None) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement that gives rows and not row objects, or that changes many."""
        if isinstance(statement, sa.TextClause):
            # The unit of work has nothing to say to text, and takes as long over it as the database.
            return self.connection().execute(statement, params)
        return cast("CursorResult[*tuple[Any, ...]]", orm.Session.execute(self, statement, params))

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do this once the transaction is in the database; never when it is rolled back."""
        self._after_commit.append(action)

    def run_after_commit(self) -> None:
        """Do what was asked for with `after_commit`, in order."""
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            action()


@event.listens_for(Session, "before_flush")
def _know_all_tables(*_: object) -> None:
    # A row can be written once all tables are known that it may refer to.
    all_tables()


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


class Database:
    """The database.

    Args:
        url: a SQLAlchemy URL: `sqlite:///file` or `postgresql://...`
        clock: gives the current instant
        ids: makes ids; by default from the clock and the system's randomness

    Raises:
        DatabaseUnavailable: the URL names neither SQLite nor PostgreSQL
    """

    def __init__(self, url: str | URL, *, clock: Clock = utc_now, ids: Ids | None = None) -> None:
        self.url = _with_driver(_parse_url(url))
        self.clock = clock
        self.ids = ids or Ids(clock)
        self.dialect: DialectName = "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"
        self.engine = _sqlite_engine(self.url) if self.dialect == "sqlite" else _postgresql_engine(self.url)
        self._writing = self.engine.execution_options(**{_WRITES: True})
        self._writing_durably = self.engine.execution_options(**{_WRITES: True, _DURABLE: True})
        self.name_locks = NameLocks()
        self.path = Path(self.url.database or "") if self.dialect == "sqlite" and not _is_in_memory(self.url) else None
        """The file of a SQLite database; None in memory and on PostgreSQL."""
        self._watch = FileWatch(self.engine, self.path) if self.path is not None else None

    @property
    def place(self) -> str:
        """Where it is, for people: without a password, wherever that stands in the address."""
        if self.path is not None:
            return str(self.path)
        hidden = {name: "hidden" for name in self.url.query if "password" in name.lower()}
        return self.url.update_query_dict(hidden).render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Generator[Session]:
        """A session for reading: one snapshot, no lock. What is changed in it is rolled back.

        Raises:
            DatabaseUnavailable: it can't be reached, or any more, or another file is in its place
        """
        with _explaining(), Session(self.engine, self.clock, self.ids) as session:
            yield session

    @contextmanager
    def write(self, *, is_durable: bool = False) -> Generator[Session]:
        """A session whose changes are committed together at the end, or not at all.

        On SQLite it holds the write lock from the start, so that reading first and writing then can't fail halfway.

        Args:
            is_durable: whether the commit must be on the disk when this ends; others survive the end of the process,
                but not a power cut

        Raises:
            DatabaseUnavailable: it can't be reached, the file is locked, read-only, or not where it was, or the disk is
                full
        """
        with Session(self._writing_durably if is_durable else self._writing, self.clock, self.ids) as session:
            with _explaining():
                if is_durable and self.dialect == "postgresql":
                    session.sql(sa.text("SET LOCAL synchronous_commit = on"))
                with logged(session):
                    yield session
                session.commit()
            session.run_after_commit()

    @contextmanager
    def connection(self) -> Generator[Connection]:
        """A bare connection in a writing transaction, for what goes by the thousand."""
        with self._writing.begin() as connection:
            _begin_on_sqlite(connection)
            yield connection

    @contextmanager
    def alone(self, *, name: str) -> Generator["psycopg.Connection"]:
        """A connection to PostgreSQL that belongs to no pool and commits each statement by itself.

        Args:
            name: what PostgreSQL shows for it among its activity

        Raises:
            DatabaseUnavailable: it can't be reached, or any more
        """
        import psycopg

        conninfo = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            with psycopg.connect(conninfo, autocommit=True, application_name=name, **_REACHING) as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable(_UNREACHABLE) from error

    @contextmanager
    def migrating(self) -> Generator[Connection]:
        """A bare connection in a writing transaction in which tables may be replaced.

        On SQLite foreign keys rest meanwhile: else the rows that refer to a table would go with the old one.
        """
        with self._writing.connect() as connection, _foreign_keys_off(connection), connection.begin():
            _begin_on_sqlite(connection)
            yield connection

    def close(self) -> None:
        """Give up all connections."""
        self.engine.dispose()
        if self._watch is not None:
            self._watch.forget()


def _parse_url(url: str | URL) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailable(
            "ONELANE_DATABASE_URL is no database's address; it looks like postgresql://name:password@host:5432/onelane."
        ) from error


def _with_driver(url: URL) -> URL:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise DatabaseUnavailable(f"ONELANE_DATABASE_URL names {backend!r}; use sqlite:///... or postgresql://... instead.")


def _sqlite_engine(url: URL) -> Engine:
    pool: dict[str, Any] = {"poolclass": sa.StaticPool} if _is_in_memory(url) else {"pool_size": 8, "max_overflow": 24}
    engine = sa.create_engine(
        url, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 30.0}, **pool
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _is_in_memory(url: URL) -> bool:
    return not url.database or url.database == ":memory:"


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    # The driver's own BEGIN comes too late for a lock, so that transactions are begun below.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-24000",
        # Pages that an import writes again and again go to the file once for many commits.
        "wal_autocheckpoint=8000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


@event.listens_for(Session, "after_begin")
def _begin_session(session: Session, transaction: orm.SessionTransaction, connection: Connection) -> None:
    # Of the session and not of the engine: an engine to whose events anybody listens asks at each statement who does.
    if not transaction.nested and isinstance(session.bind, Engine):
        _begin_on_sqlite(connection)


def _begin_on_sqlite(connection: Connection) -> None:
    """Begin a transaction that SQLAlchemy counts as begun, and leaves to the driver."""
    if connection.dialect.name != "sqlite":
        return
    options = connection.get_execution_options()
    if options.get(_WRITES, False):
        _sync(connection, is_durable=options.get(_DURABLE, False))
    statement = "BEGIN IMMEDIATE" if options.get(_WRITES, False) else "BEGIN"
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    try:
        # In SQLAlchemy's words it takes ten times as long, with every transaction.
        driver.execute(statement).close()
    except sqlite3.Error as error:
        raise DBAPIError.instance(statement, None, error, sqlite3.Error) from error


def _sync(connection: Connection, *, is_durable: bool) -> None:
    """Say when a commit is done; in a transaction SQLite would not take it."""
    driver = connection.connection.driver_connection
    if connection.info.get(_DURABLE, False) is is_durable or not isinstance(driver, sqlite3.Connection):
        return
    # On macOS a disk keeps what it was given in its own memory, unless it is told so.
    for pragma in (f"synchronous={'FULL' if is_durable else 'NORMAL'}", f"fullfsync={int(is_durable)}"):
        driver.execute(f"PRAGMA {pragma}").close()
    connection.info[_DURABLE] = is_durable


@contextmanager
def _foreign_keys_off(connection: Connection) -> Generator[None]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    # Not in SQLAlchemy's words, which begin a transaction, and in one SQLite leaves the setting as it is.
    driver.execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON").close()


def _postgresql_engine(url: URL) -> Engine:
    return sa.create_engine(
        url, hide_parameters=True, pool_size=10, max_overflow=20, pool_pre_ping=True, connect_args=_REACHING
    )


_REACHING: Any = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""A server that is silent, for its machine or the way to it is gone, counts as gone after so long."""


@contextmanager
def _explaining() -> Generator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable(_NO_CONNECTION_FREE) from error
    except DBAPIError as error:
        explained = _about_postgresql(error) if hasattr(error.orig, "sqlstate") else _about_sqlite(error)
        if explained is None:
            raise
        raise DatabaseUnavailable(explained) from error


def _about_postgresql(error: DBAPIError) -> str | None:
    """What to say when the server was not there, or would not; None when the statement is at fault."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state == "53100":
        return DISK_FULL
    if state == "25006":
        return "The PostgreSQL server takes no writes at the moment. Nothing was changed; try again later."
    if state is not None and state.startswith("40"):
        return "The database had to choose between two changes at once, and this one was not made. Try again."
    is_absent = isinstance(error, OperationalError) and (state is None or state.startswith(_ABSENT))
    return _UNREACHABLE if is_absent or error.connection_invalidated else None


def _about_sqlite(error: DBAPIError) -> str | None:
    text = str(error.orig).lower() if isinstance(error, OperationalError) else ""
    if "locked" in text or "busy" in text:
        return (
            "The database is locked: another program has been writing to it for more than 30 seconds. "
            "Nothing was changed; try again, or close what holds it."
        )
    if "readonly" in text or "read-only" in text:
        return "The database file or its folder can't be written to. Nothing was changed; check its permissions."
    if "full" in text:
        return DISK_FULL
    return None


_ABSENT = ("08", "53", "57P", "58")
"""States of PostgreSQL: no connection, no resources, shut down or starting, trouble with its machine.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_UNREACHABLE = "The database can't be reached. Nothing was changed; what was under way goes on once it is back."
_NO_CONNECTION_FREE = "All connections to the database are in use. Nothing was changed; try again later."
DISK_FULL = "The disk is full. Nothing was changed; free some space and try again."
