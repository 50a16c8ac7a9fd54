"""The person's page: what waits for them, each word of it, yes and no; without scripts.

See docs/agent.md, "Doors".
"""

from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.types import Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.http.person.entrance import COOKIE, ENTER, Entrance, PersonSession, is_from_person
from onelane.server.http.person.waiting import take_answer, waiting_for_person
from onelane.server.http.problems import Refused, not_allowed
from onelane.server.http.request_arguments import Headers, read_body
from onelane.tools.registry.errors import ToolError

if TYPE_CHECKING:
    from jinja2 import Template

PAGE = "/dashboard/approvals"
STYLE = "/dashboard/approvals.css"
PERSON_PAGES = (ENTER, PAGE, STYLE)
"""What is answered here where there is a dashboard."""
_FOLDER = Path(__file__).parent
_MOST_FORM_BYTES = 16_384
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SAFE_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""With these every page goes out that is for the person."""
_HEADERS = (*SAFE_HEADERS, (b"cache-control", b"no-store"))


class PersonPage:
    """Answers `PERSON_PAGES`, and says of everything else below `/dashboard/` that it is not there.

    Args:
        onelane: whose questions are shown
        entrance: who may see and answer them
        home: where a link leads that was good
    """

    def __init__(self, onelane: Backend, entrance: Entrance, *, home: str = PAGE) -> None:
        self._onelane = onelane
        self._clock = onelane.toolbox.database.clock
        self._entrance = entrance
        self._home = home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            Refused: the method is not one of these, or the form is too long
        """
        path, method = scope["path"], scope["method"]
        if path == STYLE:
            await _send(send, HTTPStatus.OK, (_FOLDER / "approvals.css").read_text("utf-8"), kind=b"text/css")
        elif path == ENTER:
            await self._enter(scope, send)
        elif path == PAGE and method in ("GET", "HEAD"):
            await self._show(scope, send)
        elif path == PAGE and method == "POST":
            await self._hear(scope, receive, send)
        else:
            raise not_allowed(method, ["GET", "POST"]) if path == PAGE else _nothing(path)

    async def _enter(self, scope: Scope, send: Send) -> None:
        link = parse_qs(scope["query_string"].decode("latin-1")).get("link", [""])[0]
        secret = self._entrance.enter(link, self._clock()) if scope["method"] == "GET" else None
        if secret is None:
            await self._refuse(send)
            return
        cookie = f"{COOKIE}={secret}; HttpOnly; SameSite=Strict; Path=/dashboard"
        more = [(b"location", self._home.encode()), (b"set-cookie", cookie.encode())]
        await _send(send, HTTPStatus.SEE_OTHER, "", more)

    async def _show(self, scope: Scope, send: Send) -> None:
        session = self._entrance.session_of(scope["headers"], self._clock())
        if session is None:
            await self._refuse(send)
            return
        await _send(send, HTTPStatus.OK, await to_thread.run_sync(self._page, session))

    async def _hear(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        session = self._entrance.session_of(headers, self._clock())
        form = await _read_form(receive, headers)
        if session is None or not is_from_person(session, headers, form.get("csrf", "")):
            await self._refuse(send)
            return
        status, told = await to_thread.run_sync(self._answer, form)
        await _send(send, status, await to_thread.run_sync(self._page, session, told))

    def _answer(self, form: Mapping[str, str]) -> tuple[HTTPStatus, str]:
        try:
            told = take_answer(self._onelane.toolbox.services, form)
        except ToolError as error:
            return HTTPStatus.CONFLICT, error.message
        return HTTPStatus.OK, told.text()

    async def _refuse(self, send: Send) -> None:
        text = self._template.render(entered=False, told="", waiting=[], csrf="", style=STYLE, page=PAGE)
        await _send(send, HTTPStatus.FORBIDDEN, text)

    def _page(self, session: PersonSession, told: str = "") -> str:
        waiting = list(waiting_for_person(self._onelane.toolbox.services))
        return self._template.render(
            entered=True, told=told, waiting=waiting, csrf=session.csrf, style=STYLE, page=PAGE
        )

    @cached_property
    def _template(self) -> "Template":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
        return environment.get_template("approvals.html")


async def _read_form(receive: Receive, headers: Headers) -> dict[str, str]:
    if not dict(headers).get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The page's own form is what is taken here.")
    body = await read_body(receive, most_bytes=_MOST_FORM_BYTES, refusal=_too_long)
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


async def _send(
    send: Send,
    status: HTTPStatus,
    text: str,
    more: list[tuple[bytes, bytes]] | None = None,
    *,
    kind: bytes = b"text/html",
) -> None:
    body = text.encode()
    length = (b"content-length", b"%d" % len(body))
    headers = [(b"content-type", kind + b"; charset=utf-8"), length, *_HEADERS, *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _too_long() -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long.")


def _nothing(path: str) -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, f"There is nothing at {path[:200]}. {PAGE} shows what waits for you.")
