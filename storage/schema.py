"""Migrates a database to this version's schema: once, under a lock, never backwards.

See docs/storage.md, "Migrations".
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from onelane.storage.database.engine import Database, DatabaseUnavailable, Session

HEAD = "0022"
"""The newest migration. Kept here so that starting on an up-to-date database needs no Alembic; a test compares."""

MIGRATIONS = Path(__file__).parent / "migrations"
NEW_SQLITE = MIGRATIONS / "new_sqlite.sql"
"""What all migrations make of an empty SQLite database, a line with `;` after each statement; a test writes it."""

_ADVISORY_LOCK = 7_163_251
_SERVER_AWAY = "Start its server, or correct ONELANE_DATABASE_URL"
_OTHER_PLACE = "Set ONELANE_HOME or ONELANE_DATABASE_URL to another place"


def ensure_schema(database: Database) -> None:
    """Make the database ready for this version: create it, migrate it, or leave it as it is.

    Any number of processes may call this at once; one of them migrates.

    Raises:
        DatabaseUnavailable: it belongs to a newer version, can't be opened or written, or is no database. It is left
            alone.
    """
    try:
        if current_version(database) != HEAD:
            _migrate(database)
    except (OperationalError, DatabaseError) as error:
        reason, next_step = fault_of(database, error)
        raise DatabaseUnavailable(f"{reason}. {next_step}.") from error


def current_version(database: Database) -> str | None:
    """The migration that the database is at; None when it is empty."""
    with database.engine.connect() as connection:
        return _version(connection)


def strange_code(database: Database) -> str | None:
    """What a SQLite database of this version's schema holds that would work by itself and that no migration made.

    Who wrote the file chose it: a trigger may say yes where the person said nothing.
    """
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"
    with closing(sqlite3.connect(":memory:")) as new:
        new.executescript(NEW_SQLITE.read_text(encoding="utf-8"))
        own = set(new.execute(query))
    with database.engine.connect() as connection:
        parts = [tuple(row) for row in connection.exec_driver_sql(query)]
    return next((f"a {kind} ({name[:60]!r})" for kind, name, *rest in parts if (kind, name, *rest) not in own), None)


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def _migrate(database: Database) -> None:
    with database.migrating() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        version = _version(connection)
        if version == HEAD:
            return
        _refuse_newer(version)
        if version is not None and database.path is not None:
            _copy(database.path, version)
        if not _make_new(connection):
            _upgrade(connection)
        if version is not None:
            _index_contacts(database, connection)


def _refuse_newer(version: str | None) -> None:
    if version is not None and version > HEAD:
        raise DatabaseUnavailable(
            f"A newer version of Onelane wrote this database: its schema is {version}, this one knows {HEAD}. "
            "It was left alone. Install the newer version, or set ONELANE_HOME to another folder."
        )


def _copy(path: Path, version: str) -> None:
    """Keep a copy beside the file, made while the write lock is held, so that a migration can be taken back."""
    target = path.with_name(f"{path.name}.before-{HEAD}-from-{version}")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()


def _make_new(connection: Connection) -> bool:
    """Make the tables of an empty SQLite database at once, twenty times as quickly as migrations do.

    False when something is in it, or when the script is not that of the newest migration.
    """
    if connection.dialect.name != "sqlite" or connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first():
        return False
    *tables, version = NEW_SQLITE.read_text(encoding="utf-8").removesuffix("\n;\n").split("\n;\n")
    if f"'{HEAD}'" not in version:
        return False
    for statement in (*tables, version):
        connection.exec_driver_sql(statement)
    return True


def _upgrade(connection: Connection) -> None:
    # Alembic is needed once in a version's life, and takes 0.1 s to import.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _index_contacts(database: Database, connection: Connection) -> None:
    """Let those contacts be found that an older version left, or whose index a migration emptied."""
    from onelane.storage.search.contact_index import index_new_contacts

    with Session(connection, database.clock, database.ids) as session:
        index_new_contacts(session)


def fault_of(database: Database, error: DBAPIError) -> tuple[str, str]:
    """Why a database can't be used, and what helps: two sentences without their full stops.

    Args:
        database: which one
        error: what it, or the way to it, said
    """
    place = database.place
    text = str(error.orig).lower()
    if "not a database" in text or "malformed" in text:
        return f"{place} is no Onelane database, or it is damaged", "It was left alone; move it away, or restore a copy"
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return f"{place} can't be opened for writing", "Check that its folder exists and that you may write there"
    if "locked" in text:
        return f"{place} is locked by another program", "Close it and try again"
    if "full" in text:
        return f"The disk that holds {place} is full", "Free some space and try again"
    reason = str(error.orig).splitlines()[0].rstrip(".")
    next_step = _SERVER_AWAY if database.path is None else _OTHER_PLACE
    return f"{place} can't be used: {reason}", next_step
