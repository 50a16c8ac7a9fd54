"""What the browser brings back from a sign-in: a code, a refusal, or something that is not about this sign-in."""

import secrets
from urllib.parse import parse_qsl, urlsplit

from onelane.tools.platforms.online.failures import PersonMustAct
from onelane.tools.registry.errors import BadRequest

_MOST_CHARS = 4096
_MOST_FIELDS = 40


class NotOurs(BadRequest):
    """That is not the answer to this sign-in. Open the address that was shown, sign in, and take where it leads."""

    code = "foreign_answer"


def code_in(query: str, *, state: str, name: str) -> str:
    """The code that a redirect brings.

    Args:
        query: the redirect's, as it came
        state: by which the sign-in knows its answer
        name: the platform's, for people

    Raises:
        NotOurs: it is no answer to this sign-in, or has no code
        PersonMustAct: the platform or the person said no
    """
    fields = _fields(query)
    if not secrets.compare_digest(fields.get("state", "").encode(), state.encode()):
        raise NotOurs
    error = fields.get("error")
    if error is not None:
        raise PersonMustAct(_refusal(error, name))
    code = fields.get("code", "")
    if not code:
        raise NotOurs
    return code


def query_of(address: str) -> str:
    """The query of an address that a person copied out of their browser.

    Raises:
        NotOurs: there is none; a fragment is never sent to servers and brings no code
    """
    try:
        query = urlsplit(address.strip()).query
    except ValueError:
        raise NotOurs from None
    if not query:
        raise NotOurs
    return query


def _fields(query: str) -> dict[str, str]:
    if len(query) > _MOST_CHARS:
        raise NotOurs
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise NotOurs from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        # Which of two states or codes is meant nobody can tell.
        raise NotOurs
    return fields


def _refusal(error: str, name: str) -> str:
    if error == "access_denied":
        return f"{name} says that you did not agree. Nothing was changed."
    error_word = "".join(char for char in error if char.isascii() and (char.isalnum() or char == "_"))[:60]
    return (
        f"{name} refused the sign-in ({error_word}). Look at the application at {name}: its redirect address, and the "
        "permissions that it may ask for. Nothing was changed."
    )
