"""What a database must be like before anything is written to it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.schema import HEAD, current_version, ensure_schema
from tests.databases import Clock, PostgresqlServer, database_at

NOBODY = 65534
START = (
    "import sys; from onelane.storage import schema; from onelane.storage.database.engine import Database; "
    "schema.ensure_schema(Database(sys.argv[1]))"
)


def test_an_empty_database_is_migrated_and_starting_again_changes_nothing(
    tmp_path: Path, postgresql: PostgresqlServer, clock: Clock
) -> None:
    for url in (f"sqlite:///{tmp_path}/new.db", postgresql.new_database(migrated=False)):
        with closing(database_at(url, clock)) as database:
            assert current_version(database) is None
            ensure_schema(database)
            ensure_schema(database)
            assert current_version(database) == HEAD


def test_a_database_of_a_newer_version_is_refused_and_left_byte_for_byte_as_it_was(sqlite_database: Database) -> None:
    file = written_by_version_9999(sqlite_database)
    before = {path.name: path.read_bytes() for path in file.parent.iterdir()}

    with closing(Database(f"sqlite:///{file}")) as database, pytest.raises(DatabaseUnavailable, match="newer version"):
        ensure_schema(database)

    assert {path.name: path.read_bytes() for path in file.parent.iterdir()} == before


def test_a_newer_postgresql_database_is_refused(postgresql_database: Database) -> None:
    with postgresql_database.write() as session:
        session.sql(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="its schema is 9999, this one knows"):
        ensure_schema(postgresql_database)
    assert current_version(postgresql_database) == "9999"


@pytest.mark.parametrize("content", [b"First Name,Last Name\nGrace,Sample\n" * 99, b"\x00\x01" * 4096])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "Connections.csv"
    file.write_bytes(content)
    with closing(Database(f"sqlite:///{file}")) as database, pytest.raises(DatabaseUnavailable, match="no Onelane"):
        ensure_schema(database)
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["Connections.csv"]


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "onelane.db"
    with closing(Database(f"sqlite:///{file}")) as database, pytest.raises(DatabaseUnavailable, match=str(file)):
        ensure_schema(database)


@pytest.mark.parametrize("is_migrated", [True, False], ids=["with a database", "empty"])
def test_a_folder_that_may_not_be_written_to_is_named(migrated_sqlite: Path, is_migrated: bool) -> None:
    content = migrated_sqlite.read_bytes() if is_migrated else None
    with read_only_folder(content) as folder, closing(Database(f"sqlite:///{folder}/onelane.db")) as database:
        with pytest.raises(DatabaseUnavailable, match=f"{folder}.*you may write there"):
            ensure_schema(database)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == (
            {"onelane.db": content} if is_migrated else {}
        )


def test_a_write_to_a_locked_database_says_that_it_is_locked(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        session.sql(sa.text("PRAGMA busy_timeout = 0"))  # Nobody waits thirty seconds for a test.
    with closing(sqlite3.connect(sqlite_database.url.database or "")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match="is locked"), sqlite_database.write() as session:
            session.sql(sa.text("DELETE FROM contacts"))


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can't be moved there")
def test_a_file_that_was_moved_away_is_neither_read_nor_written_until_it_is_back(sqlite_database: Database) -> None:
    path = sqlite_database.path
    assert path is not None

    def write() -> None:
        with sqlite_database.write() as session:
            session.sql(sa.text("DELETE FROM contacts"))

    def read() -> None:
        with sqlite_database.read() as session:
            session.sql(sa.text("SELECT 1 FROM contacts"))

    read()
    elsewhere = path.rename(path.with_name("elsewhere.db"))
    with pytest.raises(DatabaseUnavailable, match="moved, deleted or replaced"):
        read()
    with pytest.raises(DatabaseUnavailable, match="moved, deleted or replaced"):
        write()
    assert not path.exists(), "no empty file is made in its place"
    path.write_bytes(elsewhere.read_bytes())
    with pytest.raises(DatabaseUnavailable, match="moved, deleted or replaced"):
        write()
    with pytest.raises(DatabaseUnavailable, match="moved, deleted or replaced"):
        read()
    elsewhere.replace(path)
    read()
    write()


def test_four_processes_that_start_at_once_on_an_empty_database_all_come_up(
    tmp_path: Path, postgresql: PostgresqlServer, clock: Clock
) -> None:
    new = postgresql.new_database(migrated=False)
    for url in (f"sqlite:///{tmp_path}/new.db", new.render_as_string(hide_password=False)):
        starting = [
            subprocess.Popen([sys.executable, "-c", START, url], stderr=subprocess.PIPE, text=True) for _ in range(4)
        ]
        assert [(process.communicate()[1], process.returncode) for process in starting] == [("", 0)] * 4
        with closing(database_at(url, clock)) as database:
            assert current_version(database) == HEAD


def test_a_migration_of_a_file_keeps_a_copy_of_what_was_there_before(sqlite_database: Database) -> None:
    path = sqlite_database.path
    assert path is not None
    sqlite_database.close()
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('0000')")
    with pytest.raises(Exception, match="0000"):
        ensure_schema(sqlite_database)
    with closing(sqlite3.connect(path.with_name(f"{path.name}.before-{HEAD}-from-0000"))) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]


def written_by_version_9999(database: Database) -> Path:
    """The database's file as a later version would leave it, closed and with all its content in one file."""
    assert database.path is not None
    with database.write() as session:
        session.sql(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return database.path


@contextmanager
def read_only_folder(database: bytes | None = None) -> Generator[Path]:
    """A folder in which nothing may be written, by anybody: whoever is root is somebody else for the while."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        if database is not None:
            (folder / "onelane.db").write_bytes(database)
            (folder / "onelane.db").chmod(0o444)
        folder.chmod(0o555)
        is_root = os.geteuid() == 0
        try:
            if is_root:
                os.seteuid(NOBODY)
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o755)
