"""Snapshots: a SQLite database as it is at one instant, in a file of its own (docs/backups.md)."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from onelane.storage.database.engine import Database, DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file holds.

    Args:
        schema_version: the migration that it is at
        contacts: how many people are in it
        runs: how many runs are
    """

    schema_version: str
    contacts: int
    runs: int


def write_snapshot(database: Database, target: Path, *, known_as: Path | None = None) -> Snapshot:
    """Write all that is committed into a new file, whoever else reads and writes meanwhile.

    Args:
        database: a SQLite one in a file
        target: a file that is not there yet
        known_as: what the person knows it as, where this is on the way to it

    Raises:
        DatabaseUnavailable: it can't be read, or the file can't be written
    """
    assert database.path is not None
    try:
        with closing(sqlite3.connect(database.path, timeout=30.0)) as source:
            source.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise DatabaseUnavailable(
            f"The database can't be copied to {known_as or target}: {error}. Nothing was kept."
        ) from error
    return read_snapshot(target)


def read_snapshot(file: Path, *, known_as: Path | None = None) -> Snapshot:
    """See that a file is a whole database of Onelane's, and what it holds.

    Args:
        file: the database
        known_as: what the person knows it as, where this is a copy

    Raises:
        DatabaseUnavailable: it is none, or damaged
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if damage != "ok":
                raise DatabaseUnavailable(f"{known_as or file} is damaged: {damage}.")
            return _count_rows(connection)
    except (sqlite3.Error, TypeError) as error:
        raise DatabaseUnavailable(f"{known_as or file} is no database of Onelane's, or it is damaged.") from error


def _count_rows(connection: sqlite3.Connection) -> Snapshot:
    (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    (contacts,) = connection.execute("SELECT COUNT(*) FROM contacts").fetchone()
    (runs,) = connection.execute("SELECT COUNT(*) FROM workflow_runs").fetchone()
    return Snapshot(str(version), contacts, runs)


def log_state(database: Database) -> tuple[int, int] | None:
    """By what one sees whether the write-ahead log was written to; None where it is empty or there is none."""
    if database.path is None:
        return None
    try:
        about = database.path.with_name(f"{database.path.name}-wal").stat()
    except FileNotFoundError:
        return None
    return (about.st_size, about.st_mtime_ns) if about.st_size else None


def checkpoint(database: Database) -> bool:
    """Bring the write-ahead log into the file and empty it, if that can be done at once; whether it could.

    Args:
        database: a SQLite one in a file
    """
    assert database.path is not None
    try:
        with closing(sqlite3.connect(database.path, timeout=0.0)) as connection:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        # Somebody reads or writes in this moment; the next look is soon enough.
        return False
    return not busy


def close_file(path: Path) -> None:
    """Bring all that stands in the write-ahead log into the file itself, so that the file alone is whole.

    Raises:
        DatabaseUnavailable: another process uses it
    """
    try:
        with closing(sqlite3.connect(path, timeout=5.0)) as connection:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"{path} can't be closed: {error}.") from error
    if busy:
        raise DatabaseUnavailable(f"Another program uses {path}. Stop it, then try again.")
