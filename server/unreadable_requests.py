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

from onelane.server.failed_answers import failed_answer, is_answer, whole_message
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
        failure = failed_answer(error)
        return None if failure is None else SessionMessage(failure)
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
    whole = whole_message(error)
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
    if is_answer(message):
        return []
    params = message.get("params")
    if isinstance(message.get("method"), str) and not isinstance(params, dict | None):
        return [_error(INVALID_PARAMS, "params must be an object.", message.get("id"))]
    return [_error(INVALID_REQUEST, 'A request has jsonrpc "2.0", an id and a method in words.', message.get("id"))]


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
