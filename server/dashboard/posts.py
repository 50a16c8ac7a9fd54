"""Reads a form that was sent; what whoever is not the person is told (docs/dashboard.md, "Who may do what")."""

from starlette.types import Receive

from onelane.server.dashboard.visit import Form
from onelane.server.http.person.forms import read_fields
from onelane.server.http.request_arguments import Headers

_MOST_BYTES = 2 * 1024 * 1024

NOT_THE_PERSON = (
    "Nothing was changed: only you can do this, in a browser that you opened with a link of your own. Type onelane "
    "dashboard at a terminal and open the link that it prints."
)
SIGNED_OUT = (
    "Nothing was changed: this browser is signed out, since the server was started anew or twelve hours are over. What "
    "you typed stands here. Type onelane dashboard at a terminal, open the link that it prints in another tab, then "
    "come back and press once more."
)
NO_GOOD_LINK = (
    "This link does not let anybody in any more: each one is good once, for a minute, and while the server that it was "
    "made for runs."
)
ONLY_FOR_THE_PERSON = "Only you may see this page, in a browser that you opened with a link of your own."
OF_ANOTHER_SESSION = (
    "This page was of an earlier session: a new link was opened since. Nothing was changed; what you typed stands "
    "here. Look at it, then press once more."
)


async def read_form(receive: Receive, headers: Headers) -> Form:
    """The fields of a form.

    Raises:
        Refused: it is none, or it is too long
    """
    return Form.of(await read_fields(receive, headers, most_bytes=_MOST_BYTES))
