"""The registry's tools as tools of the protocol's server."""

import json
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError as ProtocolToolError
from mcp.server.mcpserver.resolve import Resolve, build_resolver_plans, resolve_arguments
from mcp.server.mcpserver.tools import Tool as ProtocolTool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations

from onelane.server.backend import Backend
from onelane.server.mcp.answers import answer
from onelane.server.mcp.client_runs import FOR_RUN, FOR_RUN_SCHEMA, caller_of, lists_run
from onelane.server.mcp.confirmation import CONFIRM, CONFIRM_SCHEMA, Question, may_ask, said_yes
from onelane.storage.database.engine import DatabaseUnavailable
from onelane.tools.registry.errors import Forbidden, ToolError
from onelane.tools.registry.json_depth import check_depth
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_schemas import JsonSchema, input_schema, takes_text
from onelane.tools.registry.tool_spec import Effect

_log = logging.getLogger(__name__)

HINTS = {
    Effect.READ: ToolAnnotations(read_only_hint=True, open_world_hint=False),
    Effect.WRITE: ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
    ),
    Effect.DESTROY: ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
    ),
    Effect.SEND: ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True
    ),
}
"""What a client is told of a tool's effect, so that it can let reading pass and ask before the rest."""

_ARGUMENTS = "arguments"


def protocol_tools(onelane: Backend, offered: Callable[[Tool], bool]) -> Iterator[ProtocolTool]:
    """The registry's tools that are offered, in its order.

    The registry validates their arguments, so that the SDK builds no second model and drops no unknown argument.
    """
    for tool in onelane.registry:
        if offered(tool):
            yield _protocol_tool(onelane, tool)


class RegisteredTool(ProtocolTool):
    """A tool whose call goes through the registry, and whose failures are told in the registry's own words."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Call it in a worker thread, after asking the person where that is needed.

        Raises:
            ProtocolToolError: what the model can do something about, or where to find what it can't
        """
        try:
            if self.resolved_params and (asked := await self._asked(arguments, context)) is not None:
                return asked
            return await anyio.to_thread.run_sync(self.fn, arguments)
        except (MCPError, ProtocolToolError):
            raise
        except ToolError as error:
            raise ProtocolToolError(error.message) from error
        except DatabaseUnavailable as error:
            _log.error("%s", error)
            raise ProtocolToolError(str(error)) from error
        except Exception as error:
            number = f"err_{secrets.token_hex(4)}"
            _log.exception("%s: tool %s failed", number, self.name)
            raise ProtocolToolError(
                f"{self.name} failed because of a fault in Onelane, not in what was asked. The log has it as {number}."
            ) from error

    async def _asked(self, arguments: dict[str, Any], context: Context[Any, Any]) -> InputRequiredResult | None:
        """What the client must still ask the person; None once they have agreed."""
        resolved = await resolve_arguments(self.resolved_params, self.resolver_plans, {_ARGUMENTS: arguments}, context)
        if isinstance(resolved, InputRequiredResult):
            return resolved
        if not said_yes(resolved[CONFIRM]):
            raise Forbidden("The person did not agree, so nothing was changed. Leave it at that unless they ask again.")
        return None


def _protocol_tool(onelane: Backend, tool: Tool) -> RegisteredTool:
    schema = input_schema(tool)
    asks = may_ask(tool)
    if asks:
        schema["properties"][CONFIRM] = CONFIRM_SCHEMA
    if lists_run(tool):
        schema["properties"][FOR_RUN] = FOR_RUN_SCHEMA
    questions = {CONFIRM: (Resolve(Question(onelane, tool)), True)} if asks else {}

    def call(arguments: dict[str, Any]) -> CallToolResult:
        caller, given = caller_of(tool, arguments)
        own = {name: value for name, value in _parsed(given, schema).items() if not (asks and name == CONFIRM)}
        return answer(onelane.toolbox.call(tool.name, own, caller))

    return RegisteredTool(
        fn=call,
        name=tool.name,
        title=tool.spec.title,
        description=tool.description,
        parameters=schema,
        fn_metadata=_ANY_ARGUMENTS,
        is_async=False,
        context_kwarg=None,
        resolved_params=questions,
        resolver_plans=build_resolver_plans(questions, {_ARGUMENTS}),
        annotations=HINTS[tool.spec.effect],
    )


def _parsed(arguments: dict[str, Any], schema: JsonSchema) -> dict[str, Any]:
    """The arguments with lists and objects read that a client has sent as text, as some do."""
    return {name: _value(value) if not takes_text(schema, name) else value for name, value in arguments.items()}


def _value(value: Any) -> Any:
    if not (isinstance(value, str) and value.lstrip()[:1] in ("[", "{")):
        return value
    try:
        check_depth(value)
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


_ANY_ARGUMENTS = FuncMetadata(arg_model=ArgModelBase)
