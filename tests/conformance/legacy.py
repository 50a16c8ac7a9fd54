"""What only clients of 2025-11-25 ask for: log levels, log messages, subscriptions to resources.

Protocol 2026-07-28 has none of it; the SDK answers those clients "Method not found" although the handlers are here.
"""

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context
from mcp_types import (
    EmptyResult,
    RequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)


def add_legacy_requests(server: MCPServer) -> None:
    """Add the requests that MCPServer has no public way for, where the server has none, and the tools that log."""
    handlers = (
        ("logging/setLevel", SetLevelRequestParams),
        ("resources/subscribe", SubscribeRequestParams),
        ("resources/unsubscribe", UnsubscribeRequestParams),
    )
    lowlevel = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]  # the SDK's own fixtures go this way too
    for method, params in handlers:
        if lowlevel.get_request_handler(method) is None:
            lowlevel.add_request_handler(method, params, accept)
    for tool in (test_tool_with_logging, test_logging_tool):
        server.add_tool(tool, structured_output=False)


async def accept(ctx: ServerRequestContext, params: RequestParams) -> EmptyResult:
    """Agrees. Nothing is kept: the fixtures log at one level only, and the watched resource never changes."""
    return EmptyResult()


async def test_tool_with_logging(ctx: Context) -> str:
    """Logs three messages to the client."""
    for message in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await log(ctx, message)
    return "All three messages are logged."


async def test_logging_tool(ctx: Context) -> str:
    """Logs to the client, which must not see it unless it asked for log messages."""
    await log(ctx, "Heard only by who asked")
    return "Logged."


async def log(ctx: Context, message: str) -> None:
    await ctx.info(message)  # pyright: ignore[reportDeprecated]  # deprecated for servers; the suite still asks for it
