"""Routes that no tool stands behind: what a person does over REST, and what waits for them.

What they decide needs their key (docs/routes.md, "Person").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from anyio import to_thread
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.types import Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.http.problems import send_json
from onelane.server.http.request_arguments import Headers, read_json_object
from onelane.tools.registry.arguments.errors import explained, nearest
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, Forbidden
from onelane.tools.registry.result import Result

PERSON_HEADER = b"x-onelane-person"
"""Brings the person's key."""

Parts = Mapping[str, str]
"""The parts of an operation's path, and what it takes in the query."""
Act = Callable[[Services, Parts, Any], Result]
"""Given what the program has once, the parts of the path, and the body: does it, and says what came of it."""


class KeyNeeded(Forbidden):
    """Only the person can do this. Send the header X-Onelane-Person with ONELANE_PERSON_KEY; the API token won't do."""

    code: ClassVar[str] = "person_needed"


class PersonBody(BaseModel):
    """The body of such a request; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


@dataclass(frozen=True, slots=True)
class PersonOperation:
    """Something that a person does over REST.

    Args:
        method: by which method
        path: where
        name: its name for programs, as the OpenAPI document has it
        summary: what it does, in few words
        description: the rest of it
        act: does it
        answer: what it answers
        body: what it takes
        needs_key: whether only the person may do it
        query: what it takes in the query, which comes with the parts of the path
        status: what it answers when all went well
    """

    method: str
    path: str
    name: str
    summary: str
    description: str
    act: Act
    answer: type[Result]
    body: type[PersonBody] | None = None
    needs_key: bool = True
    query: tuple[str, ...] = ()
    status: int = HTTPStatus.OK

    @property
    def may_have_no_body(self) -> bool:
        """Whether a request that says nothing is complete."""
        return self.body is None or not any(field.is_required() for field in self.body.model_fields.values())


class PersonAnswer:
    """Answers requests with what came of an operation.

    Args:
        operation: what is done
        onelane: whose Onelane it is
    """

    def __init__(self, operation: PersonOperation, onelane: Backend) -> None:
        self._operation = operation
        self._onelane = onelane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            KeyNeeded: it must bring the person's key, and does not
            ToolError: it can't be done, or not any more
        """
        operation = self._operation
        if operation.needs_key:
            _check_key(self._onelane, scope["headers"])
        body = await _body_of(operation, scope, receive)
        answer = await to_thread.run_sync(self._act, _parts_of(operation, scope), body)
        await send_json(send, operation.status, answer)

    def _act(self, parts: Parts, body: object) -> bytes:
        return self._operation.act(self._onelane.toolbox.services, parts, body).contract_json()


def _parts_of(operation: PersonOperation, scope: Scope) -> Parts:
    """The parts of the path, and what the operation takes in the query.

    Raises:
        BadRequest: the query has something else
    """
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    unknown = sorted(query.keys() - set(operation.query))
    if unknown:
        raise BadRequest(f"{unknown[0][:100]} is not known here.{nearest(unknown[0], operation.query)}")
    return {**query, **scope["path_params"]}


def _check_key(onelane: Backend, headers: Headers) -> None:
    keys = [value for name, value in headers if name == PERSON_HEADER]
    if len(keys) != 1 or not onelane.toolbox.services.person_key.matches(keys[0].decode("latin-1")):
        raise KeyNeeded


async def _body_of(operation: PersonOperation, scope: Scope, receive: Receive) -> object:
    if operation.method == "GET":
        return None
    content = await read_json_object(receive, scope["headers"], may_be_empty=operation.may_have_no_body)
    kind = operation.body or PersonBody
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise explained(error, kind.model_fields, to_camel) from error
