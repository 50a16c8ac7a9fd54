"""Crashes: at any commit what is in memory is gone, and what was committed stays; in a power cut less of it.

A kill keeps the log of SQLite as it is. A power cut keeps of it what was synced, and by chance some of the rest: the
log is cut at a frame, or in one, as a disk leaves it behind.
"""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Connection

from onelane.storage.database.engine import Database, Session
from tests.worlds.chance import Chance

_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24


class Crash(BaseException):
    """The process has ended. Nothing of the product may catch it, and what tries to write after it finds nobody."""


class CrashPoints:
    """Counts the commits of a life, and ends it at one of them.

    Args:
        database: the product's
        at: at which commit, from 1; 0 for never
        is_behind: whether the commit is done then
        on_crash: told before it
    """

    def __init__(self, database: Database, at: int, *, is_behind: bool, on_crash: Callable[[], None]) -> None:
        self._database = database
        self._at = at
        self._is_behind = is_behind
        self._on_crash = on_crash
        self._commits = 0
        self.is_dead = False

    def begin(self) -> None:
        """Count from now on."""
        event.listen(self._database.engine, "begin", self._on_begin)
        event.listen(self._database.engine, "commit", self._on_commit)
        event.listen(Session, "after_commit", self._after_commit)

    def end(self) -> None:
        """Count no more."""
        self.is_dead = True
        for target, name, heard in (
            (self._database.engine, "commit", self._on_commit),
            (Session, "after_commit", self._after_commit),
        ):
            if event.contains(target, name, heard):
                event.remove(target, name, heard)

    def _on_begin(self, connection: Connection) -> None:
        if self.is_dead:
            raise Crash

    def _on_commit(self, connection: Connection) -> None:
        if self.is_dead:
            raise Crash
        if not connection.get_execution_options().get("onelane_writes", False):
            return
        self._commits += 1
        if self._commits == self._at and not self._is_behind:
            self._die()

    def _after_commit(self, session: Session) -> None:
        if self._commits == self._at and self._is_behind and not self.is_dead and self._is_mine(session):
            self._die()

    def _is_mine(self, session: Session) -> bool:
        bind = session.get_bind()
        return bind.engine.url == self._database.engine.url

    def _die(self) -> None:
        self.is_dead = True
        self._on_crash()
        raise Crash


class Disk:
    """The files of a SQLite database, as a crash leaves them behind.

    Args:
        file: the database's
        chance: says what of the unsynced is lost
    """

    def __init__(self, file: Path, chance: Chance) -> None:
        self._file = file
        self._chance = chance
        self._synced: tuple[bytes, int] = b"", 0
        self._is_durable, self._is_first = False, True
        self.loses_all = False
        """Whether a power cut takes all that it may, and not what chance says."""

    def watch(self, database: Database) -> None:
        """Note from now on what is synced; what an earlier life synced, or found on the disk, is."""
        event.listen(database.engine, "commit", self._on_commit)
        self._is_durable, self._is_first = False, True

    def crash(self, database: Database, key: str, *, is_power_cut: bool) -> None:
        """Leave the files as they are at this instant, and let go of them."""
        kept = {each: each.with_name(f"{each.name}.kept") for each in self._files if each.exists()}
        kept_bytes = self._surviving(key) if is_power_cut else None
        if self._is_durable and not is_power_cut:
            self._synced = self._index()[:2]
        for each, copy in kept.items():
            shutil.copyfile(each, copy)
        database.engine.dispose()
        for each in (*self._files, self._shared):
            each.unlink(missing_ok=True)
        for each, copy in kept.items():
            copy.rename(each)
        log = self._log
        if kept_bytes is not None and log.exists():
            with log.open("r+b") as file:
                file.truncate(min(log.stat().st_size, kept_bytes))

    @property
    def _files(self) -> tuple[Path, Path]:
        return self._file, self._log

    @property
    def _log(self) -> Path:
        return self._file.with_name(f"{self._file.name}-wal")

    @property
    def _shared(self) -> Path:
        return self._file.with_name(f"{self._file.name}-shm")

    def _on_commit(self, connection: Connection) -> None:
        # What was committed durably before this commit is known by now.
        if self._is_durable or self._is_first:
            salt, frames, _, _ = self._index()
            # What a torn frame left is no frame: a life begins with fewer than stayed on the disk.
            self._synced = salt, frames if self._is_durable else min(frames, self._synced_of(salt))
            self._is_first = False
        self._is_durable = bool(connection.get_execution_options().get("onelane_durable", False))

    def _synced_of(self, salt: bytes) -> int:
        """How many frames of this log are synced for sure: none where it has begun anew."""
        return self._synced[1] if self._synced[0] == salt else 0

    def _surviving(self, key: str) -> int | None:
        """How many bytes of the log are on the disk after a power cut; None where this life has not opened it."""
        salt, frames, back, page = self._index()
        if not page:
            return None
        least = min(frames, max(frames if self._is_durable else self._synced_of(salt), back))
        chance = self._chance.of(f"{key}/power")
        kept = least if self.loses_all else chance.randint(least, frames)
        torn = chance.choice((0, 0, chance.randrange(page))) if kept < frames else 0
        self._synced = salt, kept
        return _HEADER_BYTES + kept * (_FRAME_HEADER_BYTES + page) + torn

    def _index(self) -> tuple[bytes, int, int, int]:
        """Of the log's index: its salt, its last frame, how many are in the file already, and the size of a page."""
        try:
            with self._shared.open("rb") as file:
                head = file.read(136)
        except FileNotFoundError:
            return b"", 0, 0, 0
        if len(head) < 136:
            return b"", 0, 0, 0
        size, frames = struct.unpack_from("=HI", head, 14)
        (back,) = struct.unpack_from("=I", head, 96)
        return head[32:40], frames, back, 65536 if size == 1 else size
