"""What calls are answered with: results as text for the model and data for programs, unknown names with the nearest."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, TextContent

from onelane.prompts.library import COMMANDS
from onelane.server.mcp.listing import ListedTool, Listing
from onelane.server.persons_ways import way_of_the_person
from onelane.tools.registry.answers.local_times import in_local_time
from onelane.tools.registry.answers.shortening import shown
from onelane.tools.registry.arguments.errors import nearest, nearest_of_many, of_same_meaning
from onelane.tools.registry.context import Services
from onelane.tools.registry.result import Result
from onelane.tools.registry.short_ids import with_short_ids

_BEFORE = re.compile(r".*(?:__|[.:/])|\Aonelane[-_]", re.DOTALL)
"""What clients put in front of a tool's name to tell servers apart: `mcp__onelane__overview`, `onelane_overview`."""
_LONGEST_CHARS = 100


def answer(
    services: Services,
    result: Result,
    notes: Sequence[str] = (),
    meta: Mapping[str, Any] | None = None,
    zone_name: str | None = None,
) -> CallToolResult:
    """What a tool returned, no longer than a model can read at once, and what is said besides it.

    The text has short ids and local times; the data has whole ids and UTC, as programs want them.

    Args:
        services: know the workspace's zone
        result: what it returned
        notes: what is said besides
        meta: what is for the client and not for its model
        zone_name: the workspace's zone, where it was just read
    """
    fits = shown(result, notes)
    text = in_local_time(with_short_ids(fits.text), services, zone_name)
    own_meta = None if meta is None else dict(meta)
    return CallToolResult(content=[TextContent(text=text)], structured_content=fits.data, _meta=own_meta)


class KnownNames:
    """Middleware that mends the SDK's bare `Unknown tool`.

    Args:
        listing: all tools
        tool_names: the names of those that this client is given
        is_read_only: whether nothing may be changed
    """

    def __init__(self, listing: Listing, tool_names: Collection[str], *, is_read_only: bool) -> None:
        self._tools = {tool.name: tool for tool in listing}
        self._tool_names = tool_names
        self._is_read_only = is_read_only

    async def tell(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let a request be answered; an unknown name is answered with the nearest."""
        name = (ctx.params or {}).get("name")
        if ctx.method == "prompts/get" and isinstance(name, str):
            return await _prompt(name, ctx, call_next)
        answer = await call_next(ctx)
        if isinstance(answer, dict) and isinstance(name, str) and answer.get("content") == _unknown(name):
            # As it goes over the wire: what the SDK answers is sealed here already.
            return {**answer, "content": _texts(self._refusal(name))}
        return answer

    def _refusal(self, name: str) -> str:
        wish = _BEFORE.sub("", name).lower().replace("-", "_")
        if (tool := self._tools.get(wish)) and wish not in self._tool_names:
            return self._why_not(tool)
        if way := way_of_the_person(wish):
            return f"There is no tool {name[:_LONGEST_CHARS]!r}. {way}"
        there = [each for each in self._tools if each in self._tool_names]
        hint = nearest_of_many(wish[:_LONGEST_CHARS], there, "tools/list has all of them")
        return f"There is no tool {name[:_LONGEST_CHARS]!r}.{hint}"

    def _why_not(self, tool: ListedTool) -> str:
        if self._is_read_only and not tool.only_reads:
            return f"{tool.name} changes something, and this Onelane only reads (ONELANE_READ_ONLY)."
        instead = of_same_meaning(tool.name, self._tool_names)
        return (
            f"{tool.name} is in the toolset {tool.toolset!r}, which is not offered here. The person can offer it: they "
            f"name it beside the others in `onelane mcp --toolsets`."
        ) + (f" Here {instead} comes nearest." if instead else "")


async def _prompt(name: str, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    try:
        return await call_next(ctx)
    except ValueError as error:
        if name in COMMANDS:
            raise
        raise MCPError(INVALID_PARAMS, _there_is_no("prompt", name, _BEFORE.sub("", name), COMMANDS)) from error


def _unknown(name: str) -> list[dict[str, str]]:
    """What the SDK says of an unknown tool."""
    return _texts(f"Unknown tool: {name}")


def _texts(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


def _there_is_no(kind: str, name: str, wish: str, names: Iterable[str]) -> str:
    return f"There is no {kind} {name[:_LONGEST_CHARS]!r}.{nearest(wish[:_LONGEST_CHARS], names)}"
