"""Notices what is committed to the database, by whichever process, for all who listen in this one.

While somebody listens, and only then, one of the listeners asks the database for all of them. See docs/storage.md,
"Changes".
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import anyio
from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError

from onelane.storage.database.changes import Changes
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows.run_changes import RunChanges

POLL_SECONDS = {"sqlite": 0.25, "postgresql": 1.0}
"""On SQLite a look costs microseconds until something was committed; on PostgreSQL each asks the server."""
OPEN_AGAIN_SECONDS = 1.0
"""How long to wait before a database that can't be opened is tried again."""


class ChangeWatcher:
    """Tells listeners that something was committed, and which runs changed. All listeners belong to one event loop.

    Args:
        database: gives the database; DatabaseUnavailable while it can't be opened
    """

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._poll: _Poll | None = None
        self._opening = anyio.Lock()
        self._turn = anyio.Lock()

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator["Listener"]:
        """Listen for the length of a block, which begins once the database can be asked.

        What changes once the block has begun is told.
        """
        listener = Listener(self._wait)
        async with self._opening:
            self._poll = self._poll or await self._open_poll()
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                self._poll.close()
                self._poll = None

    async def _open_poll(self) -> "_Poll":
        while True:
            try:
                # What is opened is closed by somebody, also when this listener has left meanwhile.
                with anyio.CancelScope(shield=True):
                    return await to_thread.run_sync(lambda: _Poll(self._database()))
            except DatabaseUnavailable:
                await anyio.sleep(OPEN_AGAIN_SECONDS)

    async def _wait(self, listener: "Listener") -> None:
        """Until the listener has news. Listeners take turns in asking: whoever has the turn asks for all."""
        while not listener.has_news:
            async with self._turn:
                if not listener.has_news:
                    await self._ask()

    async def _ask(self) -> None:
        assert self._poll is not None, "who waits is listening"
        await anyio.sleep(self._poll.interval_s)
        # Who asks may leave meanwhile; what was found is for the others too, and would not be found again.
        with anyio.CancelScope(shield=True):
            changed = await to_thread.run_sync(self._poll.changed_runs)
            if changed is not None:
                for listener in self._listeners:
                    listener.tell(changed)


class Listener:
    """What one listener has yet to hear: of each run the latest only, so that a slow one costs nothing."""

    def __init__(self, wait: Callable[["Listener"], Awaitable[None]]) -> None:
        self.has_news = False
        self._runs: dict[str, PlainRow] = {}
        self._wait = wait

    def tell(self, changed: list[PlainRow]) -> None:
        """Something was committed, and these runs changed by it."""
        self.has_news = True
        self._runs.update((row["id"], row) for row in changed)

    async def changed_runs(self) -> list[PlainRow]:
        """Wait until something is committed; the runs that changed by it, which may be none."""
        await self._wait(self)
        self.has_news, runs, self._runs = False, self._runs, {}
        return list(runs.values())


class _Poll:
    """Asks the database. One caller at a time."""

    def __init__(self, database: Database) -> None:
        self.interval_s = POLL_SECONDS[database.dialect]
        self._database = database
        self._changes = Changes(database)
        self._runs = RunChanges()
        self.changed_runs()

    def changed_runs(self) -> list[PlainRow] | None:
        """The runs that changed since it was asked last; None when nothing was committed at all."""
        # A database that can't be read now may be read again the next time.
        with suppress(SQLAlchemyError, DatabaseUnavailable):
            if not self._changes.happened():
                return None
            with self._database.read() as session:
                return self._runs.list_changed(session)
        return []

    def close(self) -> None:
        """Give the connection back."""
        self._changes.close()
