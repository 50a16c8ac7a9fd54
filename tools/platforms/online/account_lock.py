"""The lock under which an account's sign-in is renewed: one process at a time, whichever machine it is on.

See docs/platforms.md, "Renewing a sign-in".
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from onelane.storage.database.engine import Database
from onelane.storage.database.file_lock import FileLock
from onelane.tools.platforms.online.failures import AgainNow

_TRY_EVERY_SECONDS = 0.02
_MOST_TRIES = 4_500
"""A minute and a half: longer than a renewal may take."""


@contextmanager
def account_lock(database: Database, home: Path | None, account_id: str) -> Generator[None]:
    """Hold the lock of an account as long as the block lasts; it ends with the process, whatever becomes of that.

    Args:
        database: where the account is; on PostgreSQL the lock is there too, as one of no transaction
        home: where the lock's file is on SQLite; by default beside the database
        account_id: which account

    Raises:
        AgainNow: somebody else has held it for too long
        DatabaseUnavailable: it can't be reached
    """
    if database.dialect == "postgresql":
        with database.alone(name="onelane signs in") as connection:
            query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
            _take(lambda: connection.execute(query, [f"sign-in {account_id}"]).fetchone() == (True,))
            yield
        return
    folder = home or (database.path.parent if database.path else None)
    if folder is None:
        with _within_process(database, account_id):
            yield
        return
    locks = folder / "locks"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(locks / f"{account_id}.lock")
    _take(lock.acquire)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _within_process(database: Database, account_id: str) -> Generator[None]:
    """Nobody else has a database in memory."""
    pause = Event()
    for _ in range(_MOST_TRIES):
        with database.name_locks.holding(f"sign-in {account_id}") as is_held:
            if is_held:
                yield
                return
        pause.wait(_TRY_EVERY_SECONDS)
    raise AgainNow(_TOO_LONG)


def _take(is_taken: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(_MOST_TRIES):
        if is_taken():
            return
        pause.wait(_TRY_EVERY_SECONDS)
    raise AgainNow(_TOO_LONG)


_TOO_LONG = "Another process has been renewing this account's sign-in for more than a minute. Try again."
