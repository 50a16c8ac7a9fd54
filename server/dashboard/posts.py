"""Reads a form that was sent; what whoever is not the person is told (docs/dashboard.md, "Who may do what")."""

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.types import Receive

from onelane.server.dashboard.visit import Form
from onelane.server.http.problems import Refused
from onelane.server.http.request_arguments import Headers, read_body

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
    text = (await read_body(receive, most_bytes=_MOST_BYTES, refusal=_too_long)).decode("utf-8", "replace")
    try:
        return Form.of(parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise _too_long() from error


def _too_long() -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long. Nothing was changed.")
