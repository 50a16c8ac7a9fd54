"""The registry's tools as tools of the protocol's server: how they are listed, and how they are called."""

import logging
import secrets
from contextlib import suppress
from functools import partial
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError as ProtocolToolError
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, InputRequiredResult

from onelane.server.backend import Backend
from onelane.server.mcp.call_results import answer
from onelane.server.mcp.chat_views.chat_views import META, ChatViews, Show
from onelane.server.mcp.chats import Chats, note_all
from onelane.server.mcp.client_runs import FOR_RUN, FOR_RUN_SCHEMA, caller_of, lists_run
from onelane.server.mcp.forms import answer_run, request_approval, sign_in_page
from onelane.server.mcp.forms.confirmation import CONFIRM, CONFIRM_SCHEMA, CallQuestion
from onelane.server.mcp.forms.person_form import FormTool
from onelane.server.mcp.listing import ListedTool, Listing
from onelane.storage.database.absence import absence_reason
from onelane.tools.registry.context import Caller, TellProgress, tell_nobody
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.short_ids import SeveralMeant, with_short_ids
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_spec import Effect
from onelane.tools.registry.toolbox import Registry

_log = logging.getLogger(__name__)

HINTS = {
    Effect.READ: {"readOnlyHint": True, "openWorldHint": False},
    Effect.WRITE: {"destructiveHint": False, "openWorldHint": False},
    Effect.LASTING: {"destructiveHint": False, "openWorldHint": False},
    Effect.DESTROY: {"destructiveHint": True, "idempotentHint": True, "openWorldHint": False},
    Effect.SEND: {"destructiveHint": True, "openWorldHint": True},
}
"""What a client is told of a tool's effect, so that it can let reading pass and ask before the rest.

What is not said is as the protocol has it: a tool that does not say that it only reads may write."""

FORM_TOOLS = {tool.name: tool for tool in (answer_run.TOOL, request_approval.TOOL)}
"""The tools that open forms for the person, who decides there; no other face has them."""

ProtocolContext = Context[Any, Any]


def listing_of(registry: Registry) -> Listing:
    """The listing of a registry's tools, and of those that open forms about what they show."""
    tools = [_listing(tool) for tool in registry]
    toolsets = {tool.toolset for tool in tools}
    return [*tools, *(_form_listing(each) for each in FORM_TOOLS.values() if each.toolset in toolsets)]


def _listing(tool: Tool) -> ListedTool:
    """What clients are told of a tool of the registry.

    The registry validates its arguments, so that the SDK builds no second model and drops no unknown argument.
    """
    more = {CONFIRM: CONFIRM_SCHEMA} if tool.spec.confirm is not None else {}
    if lists_run(tool):
        more[FOR_RUN] = FOR_RUN_SCHEMA
    schema = {**tool.listed_schema, "properties": {**tool.listed_schema["properties"], **more}}
    return ListedTool(
        name=tool.name,
        title=tool.spec.title,
        toolset=tool.spec.toolset,
        description=tool.description,
        schema=schema,
        hints=HINTS[tool.spec.effect],
    )


def _form_listing(tool: FormTool) -> ListedTool:
    return ListedTool(
        name=tool.name,
        title=tool.title,
        toolset=tool.toolset,
        description=tool.description,
        schema=tool.schema,
        hints=HINTS[Effect.WRITE],
    )


class ToolCalls:
    """Calls of tools by the clients of a server.

    Args:
        onelane: whose tools they are
        chats: the conversations that call them
        views: what shows their answers
    """

    def __init__(self, onelane: Backend, chats: Chats, views: ChatViews) -> None:
        self._onelane = onelane
        self._chats = chats
        self._views = views
        self._has_answered = False
        """Whether a call has been answered: the first one may have to open the database, which takes a while."""

    async def call(
        self, name: str, arguments: dict[str, Any], context: ProtocolContext
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool, after asking the person where that is needed; its failures are told in the registry's words.

        Raises:
            ProtocolToolError: what the model can do something about, or where to find what it can't
        """
        try:
            if (form := FORM_TOOLS.get(name)) is not None:
                # What it says of the forms may hold the questions.
                note_all(self._chats.of(context))
                return await form.call(self._onelane, arguments, context)
            return await self._answer(self._onelane.registry[name], arguments, context)
        except (MCPError, ProtocolToolError):
            raise
        except ToolError as error:
            message = error.message if isinstance(error, SeveralMeant) else with_short_ids(error.message)
            raise ProtocolToolError(message) from error
        except Exception as error:
            absence = absence_reason(error)
            if absence is not None:
                _log.error("%s", absence)
                raise ProtocolToolError(absence) from error
            number = f"err_{secrets.token_hex(4)}"
            _log.exception("%s: tool %s failed", number, name)
            raise ProtocolToolError(
                f"{name} failed because of a fault in Onelane, not in what was asked. The log has it as {number}."
            ) from error

    async def _answer(
        self, tool: Tool, arguments: dict[str, Any], context: ProtocolContext
    ) -> CallToolResult | InputRequiredResult:
        onelane, takes_code = self._onelane, tool.spec.confirm is not None
        caller, own_arguments = await caller_of(onelane, tool, arguments, self._chats.of(context))
        code = own_arguments.pop(CONFIRM, None) if takes_code else None
        if tool.may_need_person(caller):
            open_question = await CallQuestion(onelane, tool, caller, own_arguments, code).ask(context)
            if open_question is not None:
                return open_question
        tell = _teller(context) if tool.spec.in_batches else tell_nobody
        if tool.name == sign_in_page.TOOL:
            begin = partial(onelane.toolbox.call, tool.name, own_arguments, caller)
            return await sign_in_page.open_page(onelane, context, begin)
        show = self._views.shower(tool.name, context)
        if self._has_answered and show is None and onelane.toolbox.is_lookup(tool, own_arguments, caller):
            return _answer(onelane, tool, own_arguments, caller, tell, None)
        result = await anyio.to_thread.run_sync(_answer, onelane, tool, own_arguments, caller, tell, show)
        self._has_answered = True
        return result


def _teller(context: ProtocolContext) -> TellProgress:
    """Tells the client, where it asked for that, how far a call is; it is called from the thread that does the work."""

    def tell(count: int, total: int) -> None:
        # Who has gone away hears nothing, and what they asked for is done nevertheless.
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            anyio.from_thread.run(context.report_progress, count, total)

    return tell


def _answer(
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
