"""The lock that selects the one process that executes (docs/engine.md, "The lock")."""

from pathlib import Path

from onelane.storage.database.file_lock import FileLock


def executing_process(path: Path) -> int | None:
    """The process that executes by this lock; None when nobody does.

    Args:
        path: the lock file, which need not be there

    Raises:
        OSError: it can't be used
    """
    if not path.is_file():
        return None
    lock = FileLock(path)
    holder = lock.holder_pid()
    if lock.acquire():
        lock.release()
        return None
    return holder
