"""Where the server of a home listens, as it tells the home's other processes (docs/protocol.md, "Confirmation")."""

from contextlib import suppress
from pathlib import Path

from onelane.storage.database.file_lock import FileLock

_LOCK, _PORT = "serving.lock", "serving.port"


class ListeningNote:
    """The note of a server that listens; it counts while its process lives, however that ends.

    Args:
        home: of the server
    """

    def __init__(self, home: Path) -> None:
        self._lock = FileLock(home / _LOCK)
        self._file = home / _PORT

    def keep(self, port: int) -> None:
        """Note the port; where another server of this home has noted its own, that stays."""
        with suppress(OSError):
            if self._lock.acquire():
                self._file.write_text(str(port), encoding="ascii")

    def end(self) -> None:
        """Nothing listens any more."""
        self._lock.release()


def port_of_server(home: Path) -> int | None:
    """Where a server of a home listens; None where none does."""
    lock = FileLock(home / _LOCK)
    try:
        if not (home / _LOCK).is_file():
            return None
        if lock.acquire():
            lock.release()
            return None
        return int((home / _PORT).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
