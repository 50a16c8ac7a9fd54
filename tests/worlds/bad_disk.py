"""A disk that is full or takes no writes for some transactions, as SQLite itself says it."""

import sqlite3
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.engine import Connection

from onelane.storage.database.engine import Database

_MOST_PAGES = 1_073_741_823
FAULTS = ("full", "read-only")


class BadDisk:
    """The disk of a SQLite database.

    Args:
        on_fault: told of each transaction that meets it
    """

    def __init__(self, on_fault: Callable[[str, str], None]) -> None:
        self._on_fault = on_fault
        self._kind = ""
        self._left = 0
        self._met = 0

    def fail(self, kind: str, transactions: int) -> None:
        """Be bad for the next writing transactions."""
        self._kind, self._left = kind, transactions

    def watch(self, database: Database) -> None:
        """Stand between a database and its disk."""
        event.listen(database.engine, "begin", self._on_begin)

    def _on_begin(self, connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            return
        is_bad = self._left > 0 and connection.get_execution_options().get("onelane_writes", False)
        if is_bad:
            self._left -= 1
            self._met += 1
            self._on_fault(f"disk/{self._met}", f"it is {self._kind}")
        kind = self._kind if is_bad else ""
        if connection.info.get("world_disk", "") == kind:
            return
        connection.info["world_disk"] = kind
        # What is smaller than the file means: not one page more.
        driver.execute(f"PRAGMA max_page_count={1 if kind == 'full' else _MOST_PAGES}").close()
        driver.execute(f"PRAGMA query_only={int(kind == 'read-only')}").close()
