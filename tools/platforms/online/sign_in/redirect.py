"""What the browser brings back from a sign-in: a code, a refusal, or something that is not about this sign-in."""

import secrets
from urllib.parse import parse_qsl, urlsplit

from onelane.tools.platforms.online.failures import PersonMustAct
from onelane.tools.registry.errors import BadRequest

_MOST_CHARS = 4096
_MOST_FIELDS = 40


_COPYING_MARKS = "\"'`<>()[]“”„‘’«»"
_WHERE = "Open the address that was shown last, sign in, and paste the whole address at which the browser ends"


class NotOurs(BadRequest):
    """That is not the answer to this sign-in. Open the address shown last, sign in, and take where it leads."""

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


def pasted_code(text: str, *, state: str, name: str) -> str:
    """The code in what a person copied out of their browser: the redirect's whole address, or its query.

    Args:
        text: as it was pasted: with quotes, spaces and line breaks, or twice
        state: by which the sign-in knows its answer
        name: the platform's, for people

    Raises:
        NotOurs: it is no answer to this sign-in; the message says what it is instead
        PersonMustAct: the platform or the person said no
    """
    query = query_of(text)
    try:
        return code_in(query, state=state, name=name)
    except NotOurs:
        raise _not_pasted(query, state) from None


def query_of(text: str) -> str:
    """The query in what was pasted.

    Raises:
        NotOurs: there is none; a fragment is never sent to servers and brings no code
    """
    address = _uncopied(text)
    if not address:
        raise NotOurs(f"Nothing was pasted. {_WHERE}.")
    if "?" not in address and "=" in address and ":" not in address:
        return address
    try:
        query = urlsplit(address).query
    except ValueError:
        query = ""
    if not query:
        raise NotOurs(
            f"That is no address with an answer, and a code alone is not enough. {_WHERE}, with what follows ?."
        )
    return query


def _uncopied(text: str) -> str:
    """An address without what copying adds: marks around it, line breaks in it, another copy behind it."""
    pieces = [piece.strip(_COPYING_MARKS) for piece in text.split()]
    address = pieces[0] if len(set(pieces)) == 1 else "".join(pieces)
    return address.replace("&amp;", "&")


def _not_pasted(query: str, state: str) -> NotOurs:
    """Why a query that was pasted brings no code."""
    pairs = dict(parse_qsl(query[:_MOST_CHARS], keep_blank_values=True))
    pasted_state = pairs.get("state", "")
    if "response_type" in pairs:
        return NotOurs(f"That is the address that begins a sign-in. {_WHERE}.")
    if pasted_state and state.startswith(pasted_state):
        return NotOurs(f"That address is cut off: its state or its code is not whole. {_WHERE}, on one line.")
    if pairs.get("code") and pasted_state:
        return NotOurs(f"That is the answer to another sign-in; each start has an address of its own. {_WHERE}.")
    return NotOurs()


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
