"""Errors over HTTP: always the same shape (docs/routes.md, "Errors").

`{"error": "a sentence", "code": "not_found", "details": ...}`; `details` only where there are some.
"""

import logging
import secrets
from collections.abc import Iterable
from http import HTTPStatus

import orjson
from sqlalchemy.exc import OperationalError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onelane.server.http.bodies import Header, send_body
from onelane.storage.database.absence import absence_reason
from onelane.tools.registry.errors import Conflict, ToolError

JSON_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"application/json"),
    # What is answered is about people: no cache keeps it, and no browser takes it for something else.
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
CODES: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
    HTTPStatus.MISDIRECTED_REQUEST: "misdirected",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}
"""The word by which programs tell problems apart, for each status."""

_LATER = ((b"retry-after", b"5"),)
_STATUSES = {code: status for status, code in CODES.items()} | {"person_needed": HTTPStatus.FORBIDDEN}
_log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is refused before any tool sees it.

    Args:
        status: what is answered; its code is the one of `CODES`
        message: what is wrong and what to do, in whole sentences
        headers: more headers of the answer
    """

    def __init__(self, status: HTTPStatus, message: str, headers: Iterable[Header] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = tuple(headers)


class ProblemEdge:
    """The outer edge of a request: every exception becomes an error answer.

    What nobody foresaw is logged with an id, and the answer holds that id and nothing else about it.

    Args:
        app: everything inside
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noticing(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        except ClientDisconnect:
            return
        except Exception as error:  # the outer edge of a request
            if has_begun:
                raise
            await _send_problem(send, error, scope)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a path at which there is nothing.

    Raises:
        Refused: always
    """
    raise Refused(HTTPStatus.NOT_FOUND, f"There is nothing at {scope['path'][:200]}. /docs shows what there is.")


def not_allowed(method: str, methods: Iterable[str]) -> Refused:
    """What is said to a method that a path does not have."""
    names = ", ".join(methods)
    return Refused(
        HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not possible here; {names} is.", [(b"allow", names.encode())]
    )


async def send_json(send: Send, status: int, body: bytes, headers: Iterable[Header] = ()) -> None:
    """Send an answer whose body is JSON; with 204 there is no body."""
    if status == HTTPStatus.NO_CONTENT:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b""})
    else:
        await send_body(send, status, body, (*JSON_HEADERS, *headers))


async def _send_problem(send: Send, error: Exception, scope: Scope) -> None:
    status, sentence, details, headers = _problem_parts(error, scope)
    code = error.code if isinstance(error, ToolError) else CODES[status]
    problem: dict[str, object] = {"error": sentence, "code": code}
    if details is not None:
        problem["details"] = details
    await send_json(send, status, orjson.dumps(problem, default=str), headers)


def _problem_parts(
    error: Exception, scope: Scope
) -> tuple[HTTPStatus, str, dict[str, object] | None, tuple[Header, ...]]:
    if isinstance(error, ToolError):
        return _status_of(error), error.message, error.details, ()
    if isinstance(error, Refused):
        return error.status, error.message, None, error.headers
    absence = absence_reason(error)
    if absence is not None:
        return HTTPStatus.SERVICE_UNAVAILABLE, absence, None, _LATER
    if isinstance(error, OperationalError):
        sentence = (
            f"The database can't be used at the moment. Try again later, or: onelane doctor. {_log_fault(error, scope)}"
        )
        return HTTPStatus.SERVICE_UNAVAILABLE, sentence, None, _LATER
    sentence = f"Onelane has a fault; please report it. {_log_fault(error, scope)}"
    return HTTPStatus.INTERNAL_SERVER_ERROR, sentence, None, ()


def _status_of(error: ToolError) -> HTTPStatus:
    otherwise = HTTPStatus.CONFLICT if isinstance(error, Conflict) else HTTPStatus.BAD_REQUEST
    return _STATUSES.get(error.code, otherwise)


def _log_fault(error: Exception, scope: Scope) -> str:
    fault = secrets.token_hex(4)
    _log.error("Fault %s in %s %s", fault, scope["method"], scope["path"], exc_info=error)
    return f"The log says more under {fault}."
