"""Says what is wrong with the params of a request, where the SDK says only that they are invalid."""

from collections.abc import Sequence
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError
from pydantic_core import ErrorDetails

_BARE = "Invalid request parameters"
"""All that the SDK says."""
_KINDS = {
    "dict_type": "an object",
    "model_type": "an object",
    "mapping_type": "an object",
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
}
_MOST_TOLD = 3


async def tell_wrong_params(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that names the params which a method can't take, and what they should be."""
    try:
        return await call_next(ctx)
    except ValidationError as error:
        raise MCPError(INVALID_PARAMS, _words(ctx.method, error)) from error
    except MCPError as error:
        if error.error.message != _BARE:
            raise
        raise MCPError(INVALID_PARAMS, f"The session has not begun: send initialize before {ctx.method}.") from error


def _words(method: str, error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=False)
    # Of a value that may be several kinds of thing, the first says enough.
    by_name = {_name_of(each["loc"]): each for each in reversed(details)}
    told = [_sentence(name, by_name[name]) for name in list(reversed(by_name))[:_MOST_TOLD]]
    return f"{method} can't be done: {'; '.join(told)}."


def _name_of(path: Sequence[int | str]) -> str:
    names = [str(each) for each in path]
    return ".".join(names if names[:1] == ["params"] else ["params", *names])


def _sentence(name: str, detail: ErrorDetails) -> str:
    # Imported late: chat clients wait until they have the lists, and hardly any asks wrongly.
    from onelane.tools.registry.arguments.errors import reason_of

    if detail["type"] == "missing":
        return f"{name} is missing"
    kind = _KINDS.get(detail["type"])
    return f"{name} must be {kind}" if kind else f"{name} is not right: {reason_of(detail)}"
