"""The protocol's server, put together."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server import MCPServer
from mcp.server.caching import CacheHint
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.tools import Tool as ProtocolTool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    InputRequiredResult,
    PromptReference,
    ResourceTemplateReference,
    ToolAnnotations,
)

from onelane.prompts.library import load
from onelane.server.mcp.chat_views.chat_views import ChatViews
from onelane.server.mcp.late_answers import LateAnswers
from onelane.server.mcp.legacy import LegacySubscriptions
from onelane.server.mcp.listing import ListedTool, Listing
from onelane.server.mcp.prompts import add_prompts
from onelane.server.mcp.resources import add_resources
from onelane.server.mcp.updates import Updates
from onelane.server.mcp.wrong_params import tell_wrong_params

if TYPE_CHECKING:
    from onelane.server.backend import Backend
    from onelane.server.mcp.answers import Answers

_LISTS = CacheHint(ttl_ms=60_000, scope="public")
_ANY_ARGUMENTS = FuncMetadata(arg_model=ArgModelBase)

ON_REQUEST = frozenset({"research", "advanced"})
"""Toolsets that a client gets only when it names them: every tool that is listed costs its model attention."""


class UnknownToolset(Exception):
    """There is no toolset of that name; the message names those there are."""


def protocol_server(onelane: "Backend", listing: Listing, toolsets: Collection[str] | None) -> MCPServer[Any]:
    """See `build_mcp`."""
    _check(toolsets, listing)

    async def read(uri: str) -> str | None:
        try:
            content = await server.read_resource(uri)
        except ResourceNotFoundError:
            return ""
        except ResourceError:
            return None
        return "" if isinstance(content, InputRequiredResult) else "".join(str(part.content) for part in content)

    updates = Updates(onelane, read)

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(updates.run)
            yield
            tasks.cancel_scope.cancel()

    def is_offered(tool: ListedTool) -> bool:
        is_wanted = tool.toolset not in ON_REQUEST if toolsets is None else tool.toolset in toolsets
        return is_wanted and (tool.only_reads or not onelane.settings.read_only)

    def make_answers() -> "Answers":
        from onelane.server.mcp.answers import Answers

        return Answers(onelane, listing, tools, views)

    tools = {tool.name: tool for tool in listing if is_offered(tool)}
    views = ChatViews(onelane, tools)
    answers = LateAnswers(make_answers)
    server = MCPServer[Any](
        "onelane",
        title="Onelane",
        description="Campaigns, agents and syncs in one lane.",
        instructions=load("instructions").filled(),
        version=version("onelane"),
        tools=[_protocol_tool(tool, answers, views.meta_of(tool.name)) for tool in tools.values()],
        lifespan=lifespan,
        subscriptions=updates.bus,
        extensions=[views.extension()],
        middleware=[tell_wrong_params, updates.listen, answers.middleware],
        cache_hints={"tools/list": _LISTS, "prompts/list": _LISTS, "resources/templates/list": _LISTS},
        log_level="WARNING",
    )
    LegacySubscriptions(updates).add_to(server)
    add_resources(server, listing, answers)
    add_prompts(server)
    _add_completion(server, answers)
    return server


def _check(toolsets: Collection[str] | None, listing: Listing) -> None:
    toolset_names = dict.fromkeys(tool.toolset for tool in listing)
    for name in toolsets or ():
        if name not in toolset_names:
            raise UnknownToolset(f"There is no toolset {name!r}; there are: {', '.join(toolset_names)}.")


class _LateTool(ProtocolTool):
    """A tool whose call is imported when it is called, and tells of failures in the registry's own words."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Call it; see `ToolCalls.call`."""
        return await self.fn(self.name, arguments, context)


def _protocol_tool(tool: ListedTool, answers: LateAnswers, meta: dict[str, Any] | None) -> _LateTool:
    async def call(name: str, arguments: dict[str, Any], context: Context[Any, Any]) -> object:
        return await (await answers.ready()).call(name, arguments, context)

    return _LateTool(
        fn=call,
        name=tool.name,
        title=tool.title,
        description=tool.description,
        parameters=tool.schema,
        fn_metadata=_ANY_ARGUMENTS,
        is_async=True,
        context_kwarg=None,
        annotations=ToolAnnotations.model_validate(tool.hints),
        meta=meta,
    )


def _add_completion(server: MCPServer, answers: LateAnswers) -> None:
    """Suggest ids, names and words."""

    async def complete(
        ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument, _: CompletionContext | None
    ) -> Completion:
        return await (await answers.ready()).suggestions(ref, argument)

    server.completion()(complete)
