"""`GET /api/events`: server-sent events that tell which runs change (docs/routes.md, "Events").

Who changes a run may be another process, so the database is asked; while nobody listens, nothing is.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

import anyio
from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from onelane.server.http.problems import JSON_HEADERS, not_allowed
from onelane.storage.database.changes import Changes
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.workflows.run_changes import RunChanges
from onelane.tools.workflows.runs import progress_of

POLL_SECONDS = {"sqlite": 0.25, "postgresql": 1.0}
"""On SQLite a look costs microseconds until something was committed; on PostgreSQL each asks the server."""
HEARTBEAT_SECONDS = 15.0
"""So often a silent stream says that it is there, so that proxies keep it and leavers are noticed."""

_BEGINNING = b"retry: 2000\n: what changes from now on\n\n"
_HEARTBEAT = b": still here\n\n"


class RunEvents:
    """Watches the runs while somebody listens, and tells each listener what changed.

    Args:
        database: where the runs are
        heartbeat_s: seconds after which a silent stream says that it is there
    """

    def __init__(self, database: Database, *, heartbeat_s: float) -> None:
        self._database = database
        self._heartbeat_s = heartbeat_s
        self._listeners: set[_Listener] = set()
        self._someone_listens = anyio.Event()
        self._watches = anyio.Event()
        self._is_closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with a stream that ends when the client goes.

        Raises:
            Refused: it is no GET
        """
        if scope["method"] != "GET":
            raise not_allowed(scope["method"], ["GET"])
        headers = {name.decode(): value.decode() for name, value in JSON_HEADERS if name != b"content-type"}
        async with self._listening() as listener:
            stream = self._stream(listener)
            response = StreamingResponse(stream, media_type="text/event-stream", headers=headers)
            await response(scope, receive, send)

    async def run(self) -> None:
        """Look for changes whenever somebody listens, until cancelled."""
        while True:
            await self._someone_listens.wait()
            await self._watch()
            self._someone_listens, self._watches = anyio.Event(), anyio.Event()

    def close(self) -> None:
        """End all streams, and those that come: the server stops."""
        self._is_closed = True
        for listener in self._listeners:
            listener.close()

    async def _watch(self) -> None:
        changes, runs = Changes(self._database), RunChanges()
        with closing(changes):
            while self._listeners:
                for run_id, event in await to_thread.run_sync(self._look, changes, runs):
                    for listener in self._listeners:
                        listener.tell(run_id, event)
                self._watches.set()
                await anyio.sleep(POLL_SECONDS[self._database.dialect])

    def _look(self, changes: Changes, runs: RunChanges) -> list[tuple[str, bytes]]:
        # A database that can't be read now may be read again the next time.
        with suppress(SQLAlchemyError, DatabaseUnavailable):
            if changes.happened():
                with self._database.read() as session:
                    return [(row["id"], _event(progress_of(row).contract_json())) for row in runs.found(session)]
        return []

    async def _stream(self, listener: "_Listener") -> AsyncIterator[bytes]:
        yield _BEGINNING
        while not self._is_closed:
            yield await listener.heard(within_s=self._heartbeat_s)

    @asynccontextmanager
    async def _listening(self) -> AsyncGenerator["_Listener"]:
        listener = _Listener()
        self._listeners.add(listener)
        self._someone_listens.set()
        try:
            # Whatever changes once the answer has begun is told: how things stood before is known by then.
            await self._watches.wait()
            yield listener
        finally:
            self._listeners.discard(listener)


class _Listener:
    """What one client has yet to be told: of each run the latest only, so that a slow client costs nothing."""

    def __init__(self) -> None:
        self._news: dict[str, bytes] = {}
        self._has_news = anyio.Event()

    def tell(self, run_id: str, event: bytes) -> None:
        self._news[run_id] = event
        self._has_news.set()

    def close(self) -> None:
        self._has_news.set()

    async def heard(self, *, within_s: float) -> bytes:
        """The news; a heartbeat when there are none for so long."""
        with anyio.move_on_after(within_s):
            await self._has_news.wait()
        if not self._news:
            return _HEARTBEAT
        news, self._news = self._news, {}
        self._has_news = anyio.Event()
        return b"".join(news.values())


def _event(data: bytes) -> bytes:
    return b"event: run\ndata: " + data + b"\n\n"
