"""Names that one holds at a time, such as an account that sends (docs/storage.md, "Held names")."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onelane.storage.database.engine import Database


class NameLocks:
    """The names that are held within this process."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._guard = threading.Lock()

    @contextmanager
    def holding(self, name: str) -> Generator[bool]:
        """Hold a name as long as the block lasts; False where another thread holds it."""
        with self._guard:
            is_free = name not in self._names
            self._names.add(name)
        try:
            yield is_free
        finally:
            if is_free:
                with self._guard:
                    self._names.discard(name)


@contextmanager
def holding(database: "Database", name: str) -> Generator[bool]:
    """Hold a name of a database as long as the block lasts.

    On PostgreSQL nobody else holds it meanwhile, in no process; it is free as soon as the connection is gone. On SQLite
    nobody else in this process does: only one process executes there (docs/engine.md, "The lock").

    Yields:
        Whether it is held; False where somebody else holds it.

    Raises:
        DatabaseUnavailable: it can't be reached, or any more
    """
    with database.name_locks.holding(name) as is_free:
        if not is_free or database.dialect == "sqlite":
            yield is_free
            return
        with database.alone(name="onelane holds") as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
            yield row is not None and bool(row[0])
