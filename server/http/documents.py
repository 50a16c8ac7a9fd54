"""The documents of the web server: `/healthz`, `/openapi.json` and `/docs`."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus

import orjson
from anyio import to_thread
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from onelane.server.engine.duties import Duties
from onelane.server.engine.health import ExecutionState, Health, health_of
from onelane.server.http.problems import JSON_HEADERS, not_allowed
from onelane.tools.registry.toolbox import Registry

_HEADERS = {name.decode(): value.decode() for name, value in JSON_HEADERS if name != b"content-type"}


def document_routes(registry: Registry, duties: Duties, *, home: str) -> list[BaseRoute]:
    """The routes; `/` leads to the page for people.

    Args:
        registry: what is documented
        duties: what this process does in the background
        home: where `/` leads
    """

    # Made when first asked for: describing all tools takes longer than starting may.
    @cache
    def document() -> bytes:
        from onelane.server.http.openapi import document_of

        return orjson.dumps(document_of(registry))

    @cache
    def page() -> str:
        from onelane.server.http.reference import page_of

        return page_of(orjson.loads(document()))

    return [
        Route("/healthz", Document(lambda: _health(health_of(duties)))),
        Route("/openapi.json", Document(lambda: Response(document(), media_type="application/json", headers=_HEADERS))),
        Route("/docs", Document(lambda: HTMLResponse(page(), headers=_page_headers()))),
        Route("/", Document(lambda: RedirectResponse(home))),
    ]


class Document:
    """A fixed document at a path.

    Args:
        answer: makes the answer, in a thread of its own
    """

    def __init__(self, answer: Callable[[], Response]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer.

        Raises:
            Refused: it is neither GET nor HEAD
        """
        if scope["method"] not in ("GET", "HEAD"):
            raise not_allowed(scope["method"], ["GET"])
        response = await to_thread.run_sync(self._answer)
        await response(scope, receive, send)


def _health(health: Health) -> Response:
    is_failing = health.state is ExecutionState.FAILING
    since = None if health.since is None else int(health.since.timestamp())
    execution = {"state": health.state, "since": since, "reason": health.reason}
    body = orjson.dumps({"status": "failing" if is_failing else "ok", "execution": execution})
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_failing else HTTPStatus.OK
    return Response(body, status, media_type="application/json", headers=_HEADERS)


def _page_headers() -> dict[str, str]:
    from onelane.server.http.reference import CONTENT_POLICY

    return {**_HEADERS, "content-security-policy": CONTENT_POLICY}
