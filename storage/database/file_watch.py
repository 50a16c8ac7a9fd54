"""The file of a SQLite database: whether what is open is still what the next start will find (docs/storage.md)."""

from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine


class DatabaseUnavailable(Exception):
    """The database can't be used as it is; the message says why and what to do. Nothing was changed."""


class FileWatch:
    """Lets nobody read or write once another file is at the place: they would see what was, and lose what they write.

    Args:
        engine: connects to the file
        path: where it is
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None
        # Also before a connection is made: SQLite would make an empty file where there is none any more.
        event.listen(engine, "do_connect", self._check)
        event.listen(engine, "connect", self._remember)
        event.listen(engine, "checkout", self._check)

    def forget(self) -> None:
        """Take the file that is there next for the right one; no connection is open."""
        self._file = None

    def _remember(self, *_: object) -> None:
        if self._file is None:
            self._file = _identity(self._path)

    def _check(self, *_: object) -> None:
        if self._file is not None and _identity(self._path) != self._file:
            raise DatabaseUnavailable(_MOVED)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


_MOVED = (
    "The database file is not where it was: it was moved, deleted or replaced (as by `onelane restore`) while Onelane "
    "runs. Nothing was read or changed; put it back, or start Onelane again."
)
