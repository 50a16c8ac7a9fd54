"""Answers of a client that hold none, over stdio and HTTP: they count as failures, so that whoever asked goes on.

The SDK drops them, and the call that asked would wait without an end.
"""

from collections.abc import Mapping
from typing import Any, cast

from mcp_types import INVALID_REQUEST, ErrorData, JSONRPCError, jsonrpc_message_adapter
from pydantic import ValidationError


def readable_answer(body: bytes) -> bytes:
    """A client's answer as the SDK can read it; anything else as it is.

    Args:
        body: what came over HTTP
    """
    if b'"method"' in body:
        return body
    try:
        jsonrpc_message_adapter.validate_json(body, by_name=False)
    except ValidationError as error:
        failure = failed_answer(error)
        return body if failure is None else failure.model_dump_json(by_alias=True, exclude_none=True).encode()
    return body


def failed_answer(error: ValidationError) -> JSONRPCError | None:
    """The failure as which an answer counts that holds none; None where it is no answer.

    Args:
        error: why it can't be read
    """
    message = whole_message(error)
    if not isinstance(message, dict) or not is_answer(answer := cast("dict[str, Any]", message)):
        return None
    request_id = answer.get("id")
    if not isinstance(request_id, int | str) or isinstance(request_id, bool):
        return None
    failure = ErrorData(code=INVALID_REQUEST, message="The answer can't be read.")
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=failure)


def whole_message(error: ValidationError) -> object:
    """What was read of a message that is JSON and no message; None of others."""
    details = error.errors(include_url=False, include_context=False)
    return next((each["input"] for each in details if each["type"] == "missing"), None)


def is_answer(message: Mapping[str, Any]) -> bool:
    """Whether an object is meant as an answer."""
    return "method" not in message and bool(message.keys() & {"result", "error"})
