"""Converts results into MCP answers: text for the model, structured content for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from mcp_types import CallToolResult, TextContent

from onelane.tools.registry.result import Result
from onelane.tools.registry.shortening import shown


def answer(result: Result, notes: Sequence[str] = (), meta: Mapping[str, Any] | None = None) -> CallToolResult:
    """What a tool returned, no longer than a model can read at once, and what is said besides it.

    Args:
        result: what it returned
        notes: what is said besides
        meta: what is for the client and not for its model
    """
    fits = shown(result, notes)
    kept = None if meta is None else dict(meta)
    return CallToolResult(content=[TextContent(text=fits.text)], structured_content=fits.data, _meta=kept)
