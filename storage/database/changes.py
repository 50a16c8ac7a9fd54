"""Notices commits to the database by any process.

See docs/storage.md, "Changes".
"""

import sqlite3
from typing import cast

from onelane.storage.database.engine import Database


class Changes:
    """Whether anything may have been committed since the last call.

    On SQLite it asks the file's own counter, over a connection of its own, which costs microseconds; what can't be told
    so cheaply always counts as changed. One caller at a time.
    """

    def __init__(self, database: Database) -> None:
        self._connection = database.engine.raw_connection() if database.path is not None else None
        self._version: int | None = None

    def happened(self) -> bool:
        """Whether anything may have changed; True when asked for the first time."""
        if self._connection is None:
            return True
        driver = cast("sqlite3.Connection", self._connection.driver_connection)
        try:
            # Source: https://www.sqlite.org/pragma.html#pragma_data_version
            (version,) = driver.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            # Whoever looks at the rows next finds out what is wrong with the file.
            return True
        is_changed = version != self._version
        self._version = version
        return is_changed

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
