"""The registry's tools as tools of the protocol's server."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError as ProtocolToolError
from mcp.server.mcpserver.tools import Tool as ProtocolTool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations

from onelane.server.backend import Backend
from onelane.server.mcp import sign_in_page
from onelane.server.mcp.call_results import answer
from onelane.server.mcp.chat_views.chat_views import META, ChatViews, Show
from onelane.server.mcp.chats import Chats, note_all
from onelane.server.mcp.client_runs import FOR_RUN, FOR_RUN_SCHEMA, caller_of, lists_run
from onelane.server.mcp.confirmation import CONFIRM, CONFIRM_SCHEMA, CallQuestion
from onelane.server.mcp.person_form import FormTool
from onelane.storage.database.absence import absence_reason
from onelane.tools.registry.context import Caller, TellProgress, tell_nobody
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_schemas import JsonSchema
from onelane.tools.registry.tool_spec import Effect

_log = logging.getLogger(__name__)

HINTS = {
    Effect.READ: ToolAnnotations(read_only_hint=True, open_world_hint=False),
    Effect.WRITE: ToolAnnotations(destructive_hint=False, open_world_hint=False),
    Effect.LASTING: ToolAnnotations(destructive_hint=False, open_world_hint=False),
    Effect.DESTROY: ToolAnnotations(destructive_hint=True, idempotent_hint=True, open_world_hint=False),
    Effect.SEND: ToolAnnotations(destructive_hint=True, open_world_hint=True),
}
"""What a client is told of a tool's effect, so that it can let reading pass and ask before the rest.

What is not said is as the protocol has it: a tool that does not say that it only reads may write."""


def protocol_tools(
    onelane: Backend, offered: Callable[[Tool], bool], chats: Chats, views: ChatViews
) -> Iterator[ProtocolTool]:
    """The registry's tools that are offered, in its order.

    The registry validates their arguments, so that the SDK builds no second model and drops no unknown argument.
    """
    for tool in onelane.registry:
        if offered(tool):
            yield _protocol_tool(onelane, tool, chats, views)


def protocol_form_tool(onelane: Backend, tool: FormTool, chats: Chats) -> ProtocolTool:
    """A tool that opens forms for the person."""

    async def call(arguments: dict[str, Any], context: ProtocolContext) -> CallToolResult | InputRequiredResult:
        # What it says of the forms may hold the questions.
        note_all(chats.of(context))
        return await tool.call(onelane, arguments, context)

    return _made(call, name=tool.name, title=tool.title, description=tool.description, schema=tool.schema)


ProtocolContext = Context[Any, Any]


class RegisteredTool(ProtocolTool):
    """A tool whose call goes through the registry, and whose failures are told in the registry's own words."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Call it, after asking the person where that is needed.

        Raises:
            ProtocolToolError: what the model can do something about, or where to find what it can't
        """
        try:
            return await self.fn(arguments, context)
        except (MCPError, ProtocolToolError):
            raise
        except ToolError as error:
            raise ProtocolToolError(error.message) from error
        except Exception as error:
            absence = absence_reason(error)
            if absence is not None:
                _log.error("%s", absence)
                raise ProtocolToolError(absence) from error
            number = f"err_{secrets.token_hex(4)}"
            _log.exception("%s: tool %s failed", number, self.name)
            raise ProtocolToolError(
                f"{self.name} failed because of a fault in Onelane, not in what was asked. The log has it as {number}."
            ) from error


def _protocol_tool(onelane: Backend, tool: Tool, chats: Chats, views: ChatViews) -> RegisteredTool:
    takes_code = tool.spec.confirm is not None
    more = {CONFIRM: CONFIRM_SCHEMA} if takes_code else {}
    if lists_run(tool):
        more[FOR_RUN] = FOR_RUN_SCHEMA
    schema = {**tool.listed_schema, "properties": {**tool.listed_schema["properties"], **more}}

    async def call(arguments: dict[str, Any], context: ProtocolContext) -> CallToolResult | InputRequiredResult:
        caller, given = await caller_of(onelane, tool, arguments, chats.of(context))
        code = given.pop(CONFIRM, None) if takes_code else None
        if tool.may_need_person(caller):
            asked = await CallQuestion(onelane, tool, caller, given, code).resolved(context)
            if asked is not None:
                return asked
        tell = _teller(context) if tool.spec.in_batches else tell_nobody
        if tool.name == sign_in_page.TOOL:
            begin = partial(onelane.toolbox.call, tool.name, given, caller)
            return await sign_in_page.shown(onelane, context, begin)
        show = views.shower(tool.name, context)
        return await anyio.to_thread.run_sync(_called, onelane, tool, given, caller, tell, show)

    return _made(
        call,
        name=tool.name,
        title=tool.spec.title,
        description=tool.description,
        schema=schema,
        annotations=HINTS[tool.spec.effect],
        meta=views.meta_of(tool.name),
    )


def _teller(context: ProtocolContext) -> TellProgress:
    """Tells the client, where it asked for that, how far a call is; it is called from the thread that does the work."""

    def tell(done: int, total: int) -> None:
        # Who has gone away hears nothing, and what they asked for is done nevertheless.
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            anyio.from_thread.run(context.report_progress, done, total)

    return tell


def _called(
    onelane: Backend,
    tool: Tool,
    arguments: dict[str, Any],
    caller: Caller,
    tell: TellProgress,
    show: Show | None,
) -> CallToolResult:
    call = onelane.toolbox.prepare(tool.name, arguments, caller)
    call.tell_progress = tell
    result = call.run()
    html = None if show is None else show(call.arguments, result)
    meta = None if html is None else {META: {"html": html}}
    return answer(onelane.toolbox.services, result, call.notes, meta, call.zone_name)


def _made(
    call: Callable[..., Any],
    *,
    name: str,
    title: str,
    description: str,
    schema: JsonSchema,
    annotations: ToolAnnotations = HINTS[Effect.WRITE],
    meta: dict[str, Any] | None = None,
) -> RegisteredTool:
    return RegisteredTool(
        fn=call,
        name=name,
        title=title,
        description=description,
        parameters=schema,
        fn_metadata=_ANY_ARGUMENTS,
        is_async=True,
        context_kwarg=None,
        annotations=annotations,
        meta=meta,
    )


_ANY_ARGUMENTS = FuncMetadata(arg_model=ArgModelBase)
