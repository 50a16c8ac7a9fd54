"""What a mail server takes for a sign-in: a password, or an access token by XOAUTH2 (docs/mail.md, "Microsoft")."""

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar
from urllib.parse import quote

from onelane.tools.outreach.mail.mail_server import MailServer
from onelane.tools.platforms.online.bearer import Bearer

MailKey: TypeAlias = str | Bearer
"""A password, or the sign-in of an account, whose access token is renewed when it is over."""
MECHANISM = "XOAUTH2"
T = TypeVar("T")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{6,}={0,2}")


@dataclass(frozen=True, slots=True)
class MailSignIn:
    """How an account signs in to its servers.

    Args:
        key: what both of them take
        smtp: where it sends
        imap: where answers are read; None where they come by import only
    """

    key: MailKey
    smtp: MailServer
    imap: MailServer | None


class Xoauth2:
    """What a client says that signs in by XOAUTH2: once the token, and to the details of a refusal nothing.

    Args:
        user: who signs in
        token: an access token
    """

    def __init__(self, user: str, token: str) -> None:
        self._answers = iter([f"user={user}\1auth=Bearer {token}\1\1"])

    def __call__(self, challenge: bytes | None = None, /) -> str:
        """What comes next."""
        return next(self._answers, "")


def by_token(bearer: Bearer, sign_in: Callable[[str], T], *, is_refusal: type[Exception]) -> T:
    """Sign in with an access token; with the next one where that is refused.

    Args:
        bearer: has the tokens
        sign_in: signs in with one
        is_refusal: what it raises when the server does not take it

    Raises:
        PlatformFailure: no token came about
    """
    token = bearer.token()
    try:
        return sign_in(token)
    except is_refusal:
        # Asked outside, so that a second refusal does not tell of the first.
        new_token = bearer.renew(token)
    return sign_in(new_token)


def without_secrets(text: str, *secrets: str) -> str:
    """A server's words without what it was told in confidence, also where it repeats a command as it was sent.

    SMTP sends a password in Base64, alone or behind the user, and IMAP in quotation marks.
    """
    for secret in filter(None, secrets):
        for spelling in sorted(_spellings(secret), key=len, reverse=True):
            text = text.replace(spelling, "...")
        text = _BASE64.sub(partial(_unless_told, secret.encode()), text)
    return text


def _spellings(secret: str) -> set[str]:
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    # Libraries show a server's line as Python writes bytes.
    shown = {each.replace("\\", "\\\\") for each in (secret, quoted)}
    return {secret, quoted, quote(secret, safe=""), *shown, *(each.replace("'", "\\'") for each in shown)}


def _unless_told(secret: bytes, word: re.Match[str]) -> str:
    """A word of Base64, unless the secret stands in it, or its beginning where the server has cut it off."""
    whole = word[0].rstrip("=")
    decoded = b64decode(whole[: len(whole) - (len(whole) % 4 == 1)] + "=" * (-len(whole) % 4))
    begun = decoded.rpartition(b"\0")[2]
    return "..." if secret in decoded or (begun and secret.startswith(begun)) else word[0]
