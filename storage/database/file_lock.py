"""A lock between the processes of one machine, which ends with whoever holds it."""

import os
import sys
from pathlib import Path
from typing import IO


class FileLock:
    """A file lock of the operating system; it is released when the process ends.

    Args:
        path: the lock file; it is created and stays
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free. False when another process has it."""
        if self._file is not None:
            return True
        file = self._path.open("a+")
        if not _try_lock(file):
            file.close()
            return False
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        """Let go; another process takes over within a second."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def holder_pid(self) -> int | None:
        """The process that wrote itself into the lock file last; it may be gone."""
        try:
            text = self._path.read_text().strip()
        except OSError:
            return None
        return int(text) if text.isdecimal() else None


def _try_lock(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            # Far behind the text, so that others can still read who holds it.
            file.seek(1 << 20)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
