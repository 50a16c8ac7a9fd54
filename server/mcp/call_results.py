"""Converts results into MCP answers: text for the model, structured content for programs."""

from collections.abc import Sequence

from mcp_types import CallToolResult, TextContent

from onelane.tools.registry.result import Result
from onelane.tools.registry.shortening import shown


def answer(result: Result, notes: Sequence[str] = ()) -> CallToolResult:
    """What a tool returned, no longer than a model can read at once, and what is said besides it."""
    fits = shown(result, notes)
    return CallToolResult(content=[TextContent(text=fits.text)], structured_content=fits.data)
