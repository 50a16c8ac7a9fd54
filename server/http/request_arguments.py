"""Reads the arguments of a tool from the path, the query or the body (docs/routes.md, "Bodies").

Values are checked by the tool itself. Here is decided what HTTP leaves open: what counts as a number in a query, what a
parameter that comes twice means, what a body must be.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from pydantic.alias_generators import to_camel
from starlette.types import Receive

from onelane.server.http.bodies import read_body
from onelane.server.http.guards import MOST_BODY_BYTES, too_large
from onelane.server.http.problems import Refused
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.json_depth import TooDeep, check_depth
from onelane.tools.registry.tool import Tool

Headers = Sequence[tuple[bytes, bytes]]

MOST_QUERY_PARAMETERS = 200

# Pydantic's reading of strings also takes `1_0`, `+1`, `1.0` and `yes`, and knows no lists.
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


class Parameters:
    """The arguments of a tool that do not stand in the path: how they are called, and what a query must write for them.

    Args:
        tool: whose arguments
        in_path: those that the path gives
    """

    def __init__(self, tool: Tool, in_path: Collection[str]) -> None:
        self._tool = tool
        self._in_path = frozenset(in_path)

    @cached_property
    def names(self) -> dict[str, str]:
        """Each spelling, camelCase or snake_case, and the argument that it means."""
        arguments = [name for name in self._tool.signature.parameters if name not in self._in_path]
        return {to_camel(name): name for name in arguments} | {name: name for name in arguments}

    @cached_property
    def is_any_required(self) -> bool:
        """Whether any of them must be given."""
        parameters = self._tool.signature.parameters
        return any(parameters[name].default is parameters[name].empty for name in self.names.values())

    def from_query(self, query: bytes) -> dict[str, Any]:
        """The arguments that a query string gives.

        Raises:
            BadRequest: something in it is unknown, doubled, or not written as it should be
        """
        arguments: dict[str, Any] = {}
        for spelling, text in _pairs(query) if query else ():
            name = self._argument_of(spelling, "query parameter")
            value = self._read(spelling, name, text)
            if isinstance(value, list):
                arguments.setdefault(name, []).extend(cast("list[str]", value))
            elif arguments.setdefault(name, value) != value:
                raise BadRequest(f"{spelling!r} is given twice, with different values. Give it once.")
        return arguments

    def from_body(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that a JSON body gives.

        Raises:
            BadRequest: a field in it is unknown, or given in two spellings
        """
        arguments: dict[str, Any] = {}
        for spelling, value in body.items():
            name = self._argument_of(spelling, "field")
            if name in arguments:
                raise BadRequest(f"{to_camel(name)!r} is given twice, in two spellings. Give it once.")
            arguments[name] = value
        return arguments

    def _argument_of(self, spelling: str, noun: str) -> str:
        name = self.names.get(spelling)
        if name is not None:
            return name
        spellings = [to_camel(name) for name in dict.fromkeys(self.names.values())]
        near = get_close_matches(to_camel(spelling), spellings, n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(spellings) or 'none'}."
        raise BadRequest(f"Unknown {noun} {spelling[:100]!r}. {hint}")

    def _read(self, spelling: str, name: str, text: str) -> object:
        kinds = self._kinds[name]
        if "array" in kinds:
            return [text]
        if "integer" in kinds:
            if not _INTEGER.fullmatch(text):
                raise BadRequest(f"{spelling!r}: {text[:100]!r} is no whole number.")
            return int(text)
        if "boolean" in kinds:
            if text not in _BOOLEANS:
                raise BadRequest(f"{spelling!r}: {text[:100]!r} is neither true nor false.")
            return _BOOLEANS[text]
        return text

    @cached_property
    def _kinds(self) -> dict[str, set[str]]:
        """The JSON types that each argument may have."""
        properties = cast("dict[str, dict[str, Any]]", self._tool.schema.get("properties", {}))
        return {name: _types_of(schema) for name, schema in properties.items()}


def check_query_is_empty(query: bytes) -> None:
    """A request with a body has its arguments there.

    Raises:
        BadRequest: there is a query all the same
    """
    if query:
        raise BadRequest("This request takes no query parameters; its arguments go into the body, as JSON.")


async def read_json_object(receive: Receive, headers: Headers, *, may_be_empty: bool) -> dict[str, Any]:
    """The body of a request, which must be a JSON object.

    Raises:
        Refused: it is too large, or is not said to be JSON
        BadRequest: it is not JSON, or no object
    """
    body = await read_body(receive, MOST_BODY_BYTES, too_large)
    if not body and may_be_empty:
        return {}
    _check_media_type(headers)
    if not body:
        raise BadRequest("The body is empty. Send a JSON object.")
    try:
        check_depth(body)
        content: object = orjson.loads(body)
    except TooDeep as error:
        raise BadRequest(f"The body can't be read: {error}. Send it flatter.") from error
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise BadRequest("The body must be a JSON object, such as {}.")
    return cast("dict[str, Any]", content)


def _check_media_type(headers: Headers) -> None:
    media_type = next((value for name, value in headers if name == b"content-type"), b"").decode("latin-1")
    kind, _, parameters = media_type.lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    if kind.strip() != "application/json" or charset not in ("", "utf-8", "utf8"):
        value = media_type[:100] or "nothing"
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The body must be JSON in UTF-8, and Content-Type must say so: application/json. It says {value}.",
        )


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_QUERY_PARAMETERS
        )
    except UnicodeDecodeError as error:
        raise BadRequest("The query is not written in UTF-8, percent-encoded.") from error
    except ValueError as error:
        raise BadRequest(f"The query has more than {MOST_QUERY_PARAMETERS} parameters.") from error


def _types_of(schema: Mapping[str, Any]) -> set[str]:
    types = {str(schema["type"])} if "type" in schema else set[str]()
    for option in cast("list[dict[str, Any]]", schema.get("anyOf", [])):
        types |= _types_of(option)
    return types
