"""Notifies clients of changes of the resources they subscribed to (docs/protocol.md, "Updates").

Whenever something was committed while somebody watches, the watched resources are read and compared.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated

from onelane.server.mcp.resources import SCHEME

if TYPE_CHECKING:
    from onelane.server.backend import Backend


class Updates:
    """Subscriptions, with the state that each client was last notified of.

    Args:
        onelane: notices that something was committed
        read: gives a resource's text, an empty one when there is no such thing, None when it can't be read now
    """

    def __init__(self, onelane: "Backend", read: Callable[[str], Awaitable[str | None]]) -> None:
        self.bus = InMemorySubscriptionBus()
        """Carries updates to clients of 2026-07-28."""
        self.listeners: list[Callable[[str], Awaitable[None]]] = []
        """Who else wants the address of what has changed."""
        self._onelane = onelane
        self._read = read
        self._watchers = Counter[str]()
        self._last_fingerprints = dict[str, bytes | None]()
        self._someone_watches = anyio.Event()
        self._wait: anyio.CancelScope | None = None
        self._turn = anyio.Lock()

    async def run(self) -> None:
        """Look for changes whenever somebody watches, until cancelled.

        Several connections of one process may run it; they take turns, so that nobody is told twice.
        """
        async with self._turn:
            while True:
                await self._someone_watches.wait()
                await self._look_while_anybody_watches()
                self._someone_watches = anyio.Event()

    async def begin(self, uri: str) -> None:
        """Watch a resource; what changes from now on is told. Each `begin` wants its `end`."""
        self._watchers[uri] += 1
        if uri not in self._last_fingerprints:
            self._last_fingerprints[uri] = await self._fingerprint(uri)
        self._someone_watches.set()

    def end(self, uri: str) -> None:
        """Watch it no longer."""
        self._watchers[uri] -= 1
        if self._watchers[uri] <= 0:
            del self._watchers[uri]
            self._last_fingerprints.pop(uri, None)
        if not self._watchers and self._wait is not None:
            # Else the database would be asked until something changes.
            self._wait.cancel()

    @asynccontextmanager
    async def watching(self, uris: Collection[str]) -> AsyncGenerator[None]:
        """Watch these resources for the length of a block."""
        addresses: list[str] = []
        try:
            for uri in uris:
                addresses.append(uri)
                await self.begin(uri)
            yield
        finally:
            for uri in addresses:
                self.end(uri)

    async def listen(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware: clients of 2026-07-28 watch what `subscriptions/listen` names, until that stream ends."""
        if ctx.method != "subscriptions/listen":
            return await call_next(ctx)
        async with self.watching(_addresses_in(ctx.params or {})):
            return await call_next(ctx)

    async def _look_while_anybody_watches(self) -> None:
        async with self._onelane.changes.listening() as listener:
            while self._watchers:
                for uri in list(self._watchers):
                    await self._look_at(uri)
                with anyio.CancelScope() as self._wait:
                    await listener.changed_runs()

    async def _look_at(self, uri: str) -> None:
        fingerprint = await self._fingerprint(uri)
        # Whoever watched it may have left meanwhile; what can't be read now is looked at again.
        if fingerprint is not None and uri in self._watchers and fingerprint != self._last_fingerprints.get(uri):
            self._last_fingerprints[uri] = fingerprint
            await self.bus.publish(ResourceUpdated(uri=uri))
            for tell in self.listeners:
                await tell(uri)

    async def _fingerprint(self, uri: str) -> bytes | None:
        text = await self._read(uri)
        return None if text is None else hashlib.sha256(text.encode()).digest()


def _addresses_in(params: Mapping[str, Any]) -> set[str]:
    """The resources that a listening client names; what is not right about its request is for the SDK to say."""
    notifications: object = params.get("notifications")
    if not isinstance(notifications, dict):
        return set()
    addresses = cast("dict[str, object]", notifications).get("resourceSubscriptions")
    if not isinstance(addresses, list):
        return set()
    return {uri for uri in cast("list[object]", addresses) if isinstance(uri, str) and uri.startswith(SCHEME)}
