"""A new SQLite database is made by one script, which is what all migrations make.

`ONELANE_UPDATE_SNAPSHOTS=1 pytest tests/storage/test_new_database.py` writes the script anew.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from onelane.storage.database.engine import Database
from onelane.storage.schema import HEAD, NEW_SQLITE, ensure_schema
from tests.storage.older_databases import upgrade

_OF_THE_INDEX = "contact_words_%"
"""The tables in which SQLite keeps a full-text index; it makes them with the index."""


def test_a_new_database_is_what_all_migrations_make(tmp_path: Path) -> None:
    migrated, made = Database(f"sqlite:///{tmp_path}/migrated.db"), Database(f"sqlite:///{tmp_path}/made.db")
    upgrade(migrated, "head")
    migrated.close()
    if os.environ.get("ONELANE_UPDATE_SNAPSHOTS") == "1":
        NEW_SQLITE.write_text(script_of(tmp_path / "migrated.db"), encoding="utf-8", newline="\n")
    assert NEW_SQLITE.read_text(encoding="utf-8") == script_of(tmp_path / "migrated.db")
    ensure_schema(made)
    made.close()
    assert everything_in(tmp_path / "made.db") == everything_in(tmp_path / "migrated.db")


def script_of(file: Path) -> str:
    """The statements that make the tables, indexes and triggers of a database, and what stands in it."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE ? ORDER BY rowid"
        made = [sql for (sql,) in connection.execute(query, (_OF_THE_INDEX,))]
    return "".join(f"{sql}\n;\n" for sql in (*made, f"INSERT INTO alembic_version VALUES ('{HEAD}')"))


def everything_in(file: Path) -> list[str]:
    """All that is in a database, tables and rows, but for which page of the file it is on."""
    with closing(sqlite3.connect(file)) as connection:
        schema = sorted(map(str, connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")))
        return [*schema, *rows_of(connection)]


def rows_of(connection: sqlite3.Connection) -> Iterator[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    for (name,) in names:
        for row in connection.execute(f"SELECT * FROM {name}"):
            yield f"{name}: {row}"
