"""Reads a form that was sent, and sees whether the person sent it (docs/dashboard.md, "Who may do what")."""

from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from onelane.server.dashboard.visit import Form
from onelane.server.http.person.entrance import PersonSession, is_same_origin
from onelane.server.http.problems import Refused
from onelane.server.http.request_arguments import Headers

CSRF = "csrf"
_MOST_BYTES = 512 * 1024
_MOST_FIELDS = 1000

NOT_THE_PERSON = (
    "Nothing was changed: only you can do this, in a browser that you opened with a link of your own. Type onelane "
    "dashboard at a terminal and open the link that it prints."
)


async def read_form(receive: Receive, headers: Headers) -> Form:
    """The fields of a form.

    Raises:
        Refused: it is none, or it is too long
    """
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    if not kind.startswith(b"application/x-www-form-urlencoded"):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Only forms of the dashboard are taken here.")
    text = (await _body(receive)).decode("utf-8", "replace")
    try:
        return Form.of(parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise _too_long() from error


def is_from_person(session: PersonSession | None, headers: Headers, form: Form) -> bool:
    """Whether a form comes from the person's own page: their session, this very server, and the page's token."""
    if session is None or not is_same_origin(headers):
        return False
    return compare_digest(form.text(CSRF).encode(), session.csrf.encode())


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _MOST_BYTES:
            raise _too_long()
    return body


def _too_long() -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long. Nothing was changed.")
