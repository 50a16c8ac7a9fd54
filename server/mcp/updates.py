"""Telling clients that what they watch has changed (docs/protocol.md, "Updates").

Who changes something may be another process, so the database is asked: while somebody watches, and only then, every
half second whether anything was committed, and if so, which of the watched resources read differently now.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, closing
from typing import Any, cast

import anyio
import anyio.to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated

from onelane.server.backend import Backend
from onelane.server.mcp.resources import SCHEME
from onelane.storage.database.changes import Changes
from onelane.storage.database.engine import Database, DatabaseUnavailable

POLL_SECONDS = {"sqlite": 0.5, "postgresql": 1.0}
"""On SQLite a look costs microseconds until something was committed; on PostgreSQL each asks the server."""
OPEN_AGAIN_SECONDS = 1.0
"""How long to wait before a database that can't be opened is tried again."""


class Updates:
    """Who watches what, and what it looked like when they were last told.

    Args:
        onelane: whose database is watched
        read: gives a resource's text, an empty one when there is no such thing, None when it can't be read now
    """

    def __init__(self, onelane: Backend, read: Callable[[str], Awaitable[str | None]]) -> None:
        self.bus = InMemorySubscriptionBus()
        """Carries updates to clients of 2026-07-28."""
        self.also_told: list[Callable[[str], Awaitable[None]]] = []
        """Who else wants the address of what has changed."""
        self._onelane = onelane
        self._read = read
        self._watched = Counter[str]()
        self._told = dict[str, bytes | None]()
        self._someone_watches = anyio.Event()
        self._turn = anyio.Lock()

    async def run(self) -> None:
        """Look for changes whenever somebody watches, until cancelled.

        Several connections of one process may run it; they take turns, so that nobody is told twice.
        """
        async with self._turn:
            while True:
                await self._someone_watches.wait()
                await self._look_while_watched()
                self._someone_watches = anyio.Event()

    async def begin(self, uri: str) -> None:
        """Watch a resource; what changes from now on is told. Each `begin` wants its `end`."""
        self._watched[uri] += 1
        if uri not in self._told:
            self._told[uri] = await self._fingerprint(uri)
        self._someone_watches.set()

    def end(self, uri: str) -> None:
        """Watch it no longer."""
        self._watched[uri] -= 1
        if self._watched[uri] <= 0:
            del self._watched[uri]
            self._told.pop(uri, None)

    @asynccontextmanager
    async def watching(self, uris: Collection[str]) -> AsyncGenerator[None]:
        """Watch these resources for the length of a block."""
        begun: list[str] = []
        try:
            for uri in uris:
                begun.append(uri)
                await self.begin(uri)
            yield
        finally:
            for uri in begun:
                self.end(uri)

    async def listen(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware: clients of 2026-07-28 watch what `subscriptions/listen` names, until that stream ends."""
        if ctx.method != "subscriptions/listen":
            return await call_next(ctx)
        async with self.watching(_named(ctx.params or {})):
            return await call_next(ctx)

    async def _look_while_watched(self) -> None:
        database = await self._database()
        with closing(await anyio.to_thread.run_sync(Changes, database)) as changes:
            while self._watched:
                if await anyio.to_thread.run_sync(changes.happened):
                    for uri in list(self._watched):
                        await self._look_at(uri)
                await anyio.sleep(POLL_SECONDS[database.dialect])

    async def _look_at(self, uri: str) -> None:
        found = await self._fingerprint(uri)
        # Whoever watched it may have left meanwhile; what can't be read now is looked at again.
        if found is not None and uri in self._watched and found != self._told.get(uri):
            self._told[uri] = found
            await self.bus.publish(ResourceUpdated(uri=uri))
            for tell in self.also_told:
                await tell(uri)

    async def _fingerprint(self, uri: str) -> bytes | None:
        text = await self._read(uri)
        return None if text is None else hashlib.sha256(text.encode()).digest()

    async def _database(self) -> Database:
        while True:
            try:
                return (await anyio.to_thread.run_sync(lambda: self._onelane.toolbox)).database
            except DatabaseUnavailable:
                await anyio.sleep(OPEN_AGAIN_SECONDS)


def _named(params: Mapping[str, Any]) -> set[str]:
    """The resources that a listening client names; what is not right about its request is for the SDK to say."""
    notifications: object = params.get("notifications")
    if not isinstance(notifications, dict):
        return set()
    named = cast("dict[str, object]", notifications).get("resourceSubscriptions")
    if not isinstance(named, list):
        return set()
    return {uri for uri in cast("list[object]", named) if isinstance(uri, str) and uri.startswith(SCHEME)}
