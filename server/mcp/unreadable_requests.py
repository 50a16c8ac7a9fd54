"""Messages that can't be read as they came: what can be mended is, and each request gets an answer.

The SDK drops such a line of stdin without a word, so that the client waits until its time is up and calls again.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from onelane.tools.registry.json_depth import MARK, TooDeep, check_depth, with_whole_characters

RequestId = int | str

_MOST_OF_A_BATCH = 100
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_ID = re.compile(r'\s*:\s*(?:(-?\d{1,30})(?![\d.eE])|"([^"\\]{0,200})")')


def mended(error: ValidationError) -> SessionMessage | None:
    """The message in a line that the SDK could not read: its characters were wrong, or it answers without an answer.

    Args:
        error: why it could not
    """
    line = _line(error)
    if line is None:
        return _failed_answer(error)
    text = with_whole_characters(line)
    if text == line:
        return None
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(text, by_name=False))
    except ValidationError:
        return None


def refusals(error: ValidationError) -> list[JSONRPCError]:
    """The answers to a line that can't be read; none where nobody waits for one, as after an empty line.

    Args:
        error: why it can't
    """
    line = _line(error)
    if line is not None:
        return [_no_json(with_whole_characters(line))] if line.strip(f"{MARK} \r\n\t") else []
    details = error.errors(include_url=False, include_context=False)
    whole = _whole(error)
    if isinstance(whole, dict):
        return _of_message(cast("dict[str, Any]", whole))
    batch = next((cast("list[Any]", each["input"]) for each in details if isinstance(each["input"], list)), None)
    return [_error(INVALID_REQUEST, "A request is one JSON object.")] if batch is None else _of_batch(batch)


def _of_batch(batch: list[Any]) -> list[JSONRPCError]:
    ids = [cast("dict[str, Any]", each).get("id") for each in batch if isinstance(each, dict)]
    said = "Requests come one by one: batches are not served."
    return [_error(INVALID_REQUEST, said, request_id) for request_id in ids[:_MOST_OF_A_BATCH] or [None]]


def _of_message(message: Mapping[str, Any]) -> list[JSONRPCError]:
    """The answer to an object that is no request; none to an answer of the client's."""
    if _is_answer(message):
        return []
    params = message.get("params")
    if isinstance(message.get("method"), str) and not isinstance(params, dict | None):
        return [_error(INVALID_PARAMS, "params must be an object.", message.get("id"))]
    return [_error(INVALID_REQUEST, 'A request has jsonrpc "2.0", an id and a method in words.', message.get("id"))]


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
        answer = _failed_answer(error)
        return body if answer is None else answer.message.model_dump_json(by_alias=True, exclude_none=True).encode()
    return body


def _failed_answer(error: ValidationError) -> SessionMessage | None:
    """An answer of the client's that holds none: whoever asked would wait for it in vain."""
    message = _whole(error)
    if not isinstance(message, dict) or not _is_answer(answer := cast("dict[str, Any]", message)):
        return None
    failure = _error(INVALID_REQUEST, "The answer can't be read.", answer.get("id"))
    return None if failure.id is None else SessionMessage(failure)


def _whole(error: ValidationError) -> object:
    """What was read of a message that is JSON and no message."""
    details = error.errors(include_url=False, include_context=False)
    return next((each["input"] for each in details if each["type"] == "missing"), None)


def _is_answer(message: Mapping[str, Any]) -> bool:
    return "method" not in message and bool(message.keys() & {"result", "error"})


def without_id(message: JSONRPCNotification) -> JSONRPCError | None:
    """The answer to a request whose id is none, so that the SDK takes it for a notification."""
    if message.method.startswith("notifications/"):
        return None
    return _error(INVALID_REQUEST, f"{message.method[:100]!r} needs an id, which is a text or a whole number.")


def _line(error: ValidationError) -> str | None:
    """The line itself, where it is no JSON at all."""
    first = error.errors(include_url=False, include_context=False)[0]
    return str(first["input"]) if first["type"] == "json_invalid" else None


def _no_json(line: str) -> JSONRPCError:
    try:
        check_depth(line)
    except TooDeep as error:
        return _error(INVALID_REQUEST, f"The request can't be read: {error}. Send it flatter.", _id_in(line))
    return _error(PARSE_ERROR, "The line is not JSON. A request is one JSON object on one line.", _id_in(line))


def _id_in(line: str) -> RequestId | None:
    """The id of a request in a text that no parser takes; only that of the outermost object."""
    depth = 0
    for token in _TOKENS.finditer(line):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif depth == 1 and token[0] == '"id"' and (found := _ID.match(line, token.end())):
            return int(found[1]) if found[1] else found[2]
    return None


def _error(code: int, message: str, request_id: object = None) -> JSONRPCError:
    is_id = isinstance(request_id, int | str) and not isinstance(request_id, bool)
    told_id = cast("RequestId", request_id) if is_id else None
    return JSONRPCError(jsonrpc="2.0", id=told_id, error=ErrorData(code=code, message=message))
