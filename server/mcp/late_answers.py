"""Imports what answers calls when a client first asks for more than lists.

Tools and tables take longer to import than the protocol's SDK, and chat clients wait until they have the lists.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

if TYPE_CHECKING:
    from onelane.server.mcp.answers import Answers

_MORE_THAN_LISTS = frozenset({"tools/call", "resources/read", "prompts/get"})


class LateAnswers:
    """The answers of one server, which are there once they are asked for.

    Args:
        make: imports and makes them; it takes a while
    """

    def __init__(self, make: "Callable[[], Answers]") -> None:
        self._make = make
        self._made: Answers | None = None
        self._making = threading.Lock()

    def load(self) -> "Answers":
        """The answers; for threads, since the first to ask waits."""
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    async def ready(self) -> "Answers":
        """The answers."""
        return self._made or await anyio.to_thread.run_sync(self.load)

    async def middleware(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Pass lists on, and let the answers see the rest."""
        if ctx.method not in _MORE_THAN_LISTS:
            return await call_next(ctx)
        return await (await self.ready()).middleware(ctx, call_next)
