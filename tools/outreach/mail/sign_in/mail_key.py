"""What a mail server takes for a sign-in: a password, or an access token by XOAUTH2 (docs/mail.md, "Microsoft")."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from onelane.tools.outreach.mail.mail_server import MailServer
from onelane.tools.platforms.online.bearer import Bearer

MailKey: TypeAlias = str | Bearer
"""A password, or the sign-in of an account, whose access token is renewed when it is over."""
MECHANISM = "XOAUTH2"
T = TypeVar("T")


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
    """A server's words without what it was told in confidence."""
    for secret in secrets:
        text = text.replace(secret, "...") if secret else text
    return text
