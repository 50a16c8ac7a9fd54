"""A process that can be killed at any commit: what it had in memory is gone, what it had committed stays."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.ids import Ids
from tests.databases import Clock


class Killed(BaseException):
    """The process is dead. Nothing in the product catches it, as nothing catches a `kill -9`."""


class MortalDatabase(Database):
    """A database whose process dies at a commit.

    Args:
        file: the SQLite file
        clock: gives the current instant
        ids: makes ids, also for the next process
    """

    def __init__(self, file: Path, clock: Clock, ids: Ids) -> None:
        super().__init__(f"sqlite:///{file}", clock=clock, ids=ids)
        self.commits_left: int | None = None
        """So many commits, and the process is killed; None lets it live."""
        self.dies_behind = False
        """Whether the last commit still reaches the file."""
        self.is_dead = False

    @contextmanager
    def write(self, *, is_durable: bool = False) -> Generator[Session]:
        """A session for writing, unless this is where the process dies. Its heart beats beside, and stops with it."""
        is_heart = threading.current_thread().name == "onelane-heartbeat"
        if self.is_dead:
            raise SystemExit if is_heart else Killed
        with super().write(is_durable=is_durable) as session:
            yield session
            if not is_heart:
                self._come_to_commit(session)

    def _come_to_commit(self, session: Session) -> None:
        if self.is_dead:
            raise Killed
        if self.commits_left is None:
            return
        self.commits_left -= 1
        if self.commits_left >= 0:
            return
        self.is_dead = True
        if self.dies_behind:
            session.commit()
        raise Killed
