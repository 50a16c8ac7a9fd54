"""The floor of an import: the rows that it left, put by `executemany` into the same schema, and its file read by `csv`.

    python -m tests.bench.import_floor onelane.db Connections.csv

Prints the seconds of processor time that it took. It is a process of its own, for the import is one as well; reading
the rows does not count.
"""

import csv
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Any, TypeAlias

_AT_ONCE = 4000
"""As many rows as an import commits at once."""
_DOCUMENTS = "contact_words"
"""The full text: SQLite keeps it in further tables, which it fills by itself."""
_Rows: TypeAlias = dict[str, tuple[Sequence[str], Sequence[tuple[Any, ...]]]]


def main() -> None:
    source, file = map(Path, sys.argv[1:])
    schema, rows = left_by_import(source)
    with tempfile.TemporaryDirectory() as folder:
        target = sqlite3.connect(Path(folder) / "floor.db")
        began = process_time()
        put(target, schema, rows)
        with file.open(encoding="utf-8", newline="") as text:
            for _ in csv.reader(text):
                pass
        print(process_time() - began)
        target.close()


def left_by_import(source: Path) -> tuple[Sequence[str], _Rows]:
    """The statements that make the schema, and the rows of each table with their columns."""
    database = sqlite3.connect(source)
    made = database.execute(
        "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        f"AND name NOT LIKE '{_DOCUMENTS}_%' ORDER BY type = 'table' DESC"
    ).fetchall()
    rows: _Rows = {}
    for name in (name for name, kind, _ in made if kind == "table"):
        # What the database works out by itself is written by nobody.
        written = [column[1] for column in database.execute(f'PRAGMA table_xinfo("{name}")') if column[6] == 0]
        columns = ", ".join(["rowid", *written] if name == _DOCUMENTS else written)
        found = database.execute(f'SELECT {columns} FROM "{name}"')
        rows[name] = ([column[0] for column in found.description], found.fetchall())
    database.close()
    return [sql for _, kind, sql in made if kind != "trigger"], rows


def put(target: sqlite3.Connection, schema: Sequence[str], rows: _Rows) -> None:
    target.execute("PRAGMA journal_mode=WAL")
    target.execute("PRAGMA synchronous=NORMAL")
    for sql in schema:
        target.execute(sql)
    for name, (columns, values) in rows.items():
        places = ", ".join("?" * len(columns))
        insert = f'INSERT INTO "{name}" ({", ".join(columns)}) VALUES ({places})'
        for first in range(0, len(values), _AT_ONCE):
            target.executemany(insert, values[first : first + _AT_ONCE])
            target.commit()


if __name__ == "__main__":
    main()
