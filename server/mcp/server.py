"""The protocol's server, put together."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from typing import Any

import anyio
from mcp.server import MCPServer
from mcp.server.caching import CacheHint
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import InputRequiredResult

from onelane.prompts.library import load
from onelane.server.backend import Backend
from onelane.server.mcp.call_results import KnownNames
from onelane.server.mcp.chat_views.chat_views import ChatViews
from onelane.server.mcp.chats import Chats
from onelane.server.mcp.completion import add_completion
from onelane.server.mcp.forms import answer_run, request_approval
from onelane.server.mcp.legacy import LegacySubscriptions
from onelane.server.mcp.prompts import add_prompts
from onelane.server.mcp.resources import add_resources
from onelane.server.mcp.tools import protocol_form_tool, protocol_tools
from onelane.server.mcp.updates import Updates
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_spec import Effect
from onelane.tools.registry.toolbox import Registry

_LISTS = CacheHint(ttl_ms=60_000, scope="public")


ON_REQUEST = frozenset({"research", "advanced"})
"""Toolsets that a client gets only when it names them: every tool that is listed costs its model attention."""


_FORM_TOOLS = (answer_run.TOOL, request_approval.TOOL)


class UnknownToolset(Exception):
    """There is no toolset of that name; the message names those there are."""


def assembled(onelane: Backend, toolsets: Collection[str] | None) -> MCPServer[Any]:
    """See `build_mcp`."""
    _check(toolsets, onelane.registry)

    async def read(uri: str) -> str | None:
        try:
            found = await server.read_resource(uri)
        except ResourceNotFoundError:
            return ""
        except ResourceError:
            return None
        return "" if isinstance(found, InputRequiredResult) else "".join(str(part.content) for part in found)

    updates = Updates(onelane.changes, read)

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(updates.run)
            yield
            tasks.cancel_scope.cancel()

    def offered(tool: Tool) -> bool:
        wanted = tool.spec.toolset not in ON_REQUEST if toolsets is None else tool.spec.toolset in toolsets
        return wanted and (tool.spec.effect is Effect.READ or not onelane.settings.read_only)

    def now() -> datetime:
        # The database is opened by the first call, and what clients list does without it.
        return onelane.toolbox.database.clock()

    chats = Chats(now)
    # Where something is shown, the person may be asked about it; they decide, so that the tool changes nothing itself.
    shown = {tool.spec.toolset for tool in onelane.registry if offered(tool)} if not onelane.settings.read_only else ()
    asking = [protocol_form_tool(onelane, tool, chats) for tool in _FORM_TOOLS if tool.toolset in shown]
    views = ChatViews(onelane, [tool.name for tool in onelane.registry if offered(tool)])
    names = KnownNames(onelane.registry, offered, is_read_only=onelane.settings.read_only)
    server = MCPServer[Any](
        "onelane",
        title="Onelane",
        description="Campaigns, agents and syncs in one lane.",
        instructions=load("instructions").filled(),
        version=version("onelane"),
        tools=[*protocol_tools(onelane, offered, chats, views), *asking],
        lifespan=lifespan,
        subscriptions=updates.bus,
        extensions=[views.extension()],
        middleware=[updates.listen, names.tell, chats.note_reading],
        cache_hints={"tools/list": _LISTS, "prompts/list": _LISTS, "resources/templates/list": _LISTS},
        log_level="WARNING",
    )
    LegacySubscriptions(updates).add_to(server)
    add_resources(server, onelane, chats)
    add_prompts(server)
    add_completion(server, onelane)
    return server


def _check(toolsets: Collection[str] | None, registry: Registry) -> None:
    known = dict.fromkeys(tool.spec.toolset for tool in registry)
    for name in toolsets or ():
        if name not in known:
            raise UnknownToolset(f"There is no toolset {name!r}; there are: {', '.join(known)}.")
