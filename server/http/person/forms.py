"""Reads the forms of the person's pages (docs/dashboard.md, "Who may do what")."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.types import Receive

from onelane.server.http.bodies import read_body
from onelane.server.http.problems import Refused
from onelane.server.http.request_arguments import Headers

CSRF = "csrf"
"""The field that brings the session's token."""
_MOST_FIELDS = 4000
_ONCE = (CSRF, "kind", "answer", "hash", "said")
"""What decides what happens: where it comes twice, nobody can tell which of both the person meant."""


async def read_fields(receive: Receive, headers: Headers, *, most_bytes: int) -> Mapping[str, Sequence[str]]:
    """The fields of a form, each with its values in order.

    Raises:
        Refused: it is none, it is too long, or it says twice what happens
    """
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    if not kind.startswith(b"application/x-www-form-urlencoded"):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Only forms of the dashboard are taken here.")
    text = (await read_body(receive, most_bytes, _too_long)).decode("utf-8", "replace")
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise _too_long() from error
    if any(len(fields.get(name, ())) > 1 for name in _ONCE):
        raise Refused(HTTPStatus.BAD_REQUEST, "The form says twice what happens. Nothing was changed.")
    return fields


def _too_long() -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long. Nothing was changed.")
