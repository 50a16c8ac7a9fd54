"""What a server answers besides its lists: calls, resources, suggestions, and names that there are not.

Whoever only lists imports none of this: see `late_answers`.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import (
    CallToolResult,
    Completion,
    CompletionArgument,
    InputRequiredResult,
    PromptReference,
    ResourceTemplateReference,
)

from onelane.server.backend import Backend
from onelane.server.mcp.call_results import KnownNames
from onelane.server.mcp.chat_memory import ChatMemory
from onelane.server.mcp.chat_views.chat_views import ChatViews
from onelane.server.mcp.chats import Chats
from onelane.server.mcp.completion import suggestions
from onelane.server.mcp.listing import Listing
from onelane.server.mcp.tools import ToolCalls
from onelane.server.mcp.vocabularies import vocabularies
from onelane.storage.database.engine import DatabaseUnavailable
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import NotFound, ToolError


class Answers:
    """The answers of one server.

    Args:
        onelane: who answers
        listing: all tools
        tool_names: the names of those that its clients may call
        views: what shows answers
    """

    def __init__(self, onelane: Backend, listing: Listing, tool_names: Collection[str], views: ChatViews) -> None:
        # Each tool's module now: a call looks for its tool where nothing else goes on until it is there.
        onelane.registry.load()
        self._onelane = onelane
        self._chats = Chats(ChatMemory(onelane.settings.chats_file, self._now))
        self._calls = ToolCalls(onelane, self._chats, views)
        self._names = KnownNames(listing, tool_names, is_read_only=onelane.settings.read_only)

    def _now(self) -> datetime:
        # On stdio the database is opened when it is first needed.
        return self._onelane.toolbox.services.database.clock()

    async def middleware(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let a request be answered: what a chat reads is noted, and an unknown name is answered with the nearest."""

        async def pass_on(ctx: ServerRequestContext[Any, Any]) -> HandlerResult:
            return await self._chats.note_reading(ctx, call_next)

        return await self._names.tell(ctx, pass_on)

    async def call(
        self, tool: str, arguments: dict[str, Any], context: Context[Any, Any]
    ) -> CallToolResult | InputRequiredResult:
        """See `ToolCalls.call`."""
        return await self._calls.call(tool, arguments, context)

    def read(self, tool: str, id: str | None = None, context: Context | None = None) -> str:  # noqa: A002 - as addresses call it
        """What a tool answers, as a resource.

        Args:
            tool: the tool
            id: its first argument, where it takes one
            context: who reads, where the SDK says it
        """
        arguments = {} if id is None else {next(iter(self._onelane.registry[tool].signature.parameters)): id}
        try:
            result = self._onelane.toolbox.call(tool, arguments, Caller(Face.MCP, chat=self._chats.of(context)))
        except NotFound as error:
            raise ResourceNotFoundError(error.message) from error
        except (ToolError, DatabaseUnavailable) as error:
            raise ResourceError(str(error)) from error
        return orjson.dumps(result.structured()).decode()

    def read_words(self) -> str:
        """The vocabularies."""
        return vocabularies()

    async def suggestions(
        self, ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument
    ) -> Completion:
        """What fits what was typed."""
        return await suggestions(self._onelane, ref, argument)
