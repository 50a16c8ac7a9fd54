"""Imports what answers calls when a client first asks for more than lists.

Tools and tables take longer to import than the protocol's SDK, and chat clients wait until they have the lists.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from onelane.server.late_import import LateImport

if TYPE_CHECKING:
    from onelane.server.mcp.answers import Answers

_MORE_THAN_LISTS = frozenset({"tools/call", "resources/read", "prompts/get"})


class LateAnswers:
    """The answers of one server, which are there once they are asked for.

    Args:
        make: imports and makes them; it takes a while
    """

    def __init__(self, make: "Callable[[], Answers]") -> None:
        self._answers = LateImport(make)

    def load(self) -> "Answers":
        """The answers; for threads, since the first to ask waits."""
        return self._answers.load()

    async def ready(self) -> "Answers":
        """The answers."""
        return await self._answers.ready()

    async def middleware(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Pass lists on, and let the answers see the rest."""
        if ctx.method not in _MORE_THAN_LISTS:
            return await call_next(ctx)
        return await (await self.ready()).middleware(ctx, call_next)
