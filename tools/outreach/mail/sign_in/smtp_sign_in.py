"""Signing in to a server that sends: by a password, or by an access token (docs/mail.md, "Microsoft")."""

import smtplib

from onelane.storage.outreach.outbound.outbound_actions import ErrorClass
from onelane.tools.outreach.mail.mail_server import MailServer
from onelane.tools.outreach.mail.sign_in.mail_key import MECHANISM, MailKey, Xoauth2, by_token, without_secrets
from onelane.tools.outreach.mail.smtp_answers import (
    SmtpRefused,
    Stage,
    broken_connection,
    refusal,
    signed_out,
    text_of,
    unusable,
)
from onelane.tools.platforms.online.bearer import Bearer
from onelane.tools.platforms.online.failures import SignInAgain
from onelane.tools.registry.errors import BadRequest, ToolError

_PASSWORD_WAYS = frozenset({"CRAM-MD5", "PLAIN", "LOGIN"})


class _TokenRefused(SmtpRefused):
    """The server does not take this access token."""


def sign_in(smtp: smtplib.SMTP, server: MailServer, key: MailKey) -> None:
    """Sign in over a connection.

    Args:
        smtp: the connection
        server: where it leads
        key: what the server takes of its user

    Raises:
        SmtpRefused: it lets nobody in
    """
    if isinstance(key, str):
        _by_password(smtp, server, key)
        return
    if MECHANISM not in smtp.esmtp_features.get("auth", "").upper().split():
        raise SmtpRefused(unusable(f"{server.host} takes no sign-in by {MECHANISM}."))
    _by_bearer(smtp, server, key)


def _by_bearer(smtp: smtplib.SMTP, server: MailServer, bearer: Bearer) -> None:
    try:
        by_token(bearer, lambda token: _by_token(smtp, server, token), is_refusal=_TokenRefused)
    except SignInAgain as error:
        raise SmtpRefused(signed_out(error.message)) from error
    except BadRequest as error:
        raise SmtpRefused(unusable(error.message)) from error
    except ToolError as error:
        raise SmtpRefused(broken_connection(error.message)) from error


def _by_token(smtp: smtplib.SMTP, server: MailServer, token: str) -> None:
    try:
        smtp.auth(MECHANISM, Xoauth2(server.user, token))
    except smtplib.SMTPAuthenticationError as error:
        token_refusal = refusal(Stage.SIGN_IN, error.smtp_code, without_secrets(text_of(error.smtp_error), token))
        is_token = token_refusal.error_class is ErrorClass.SIGNED_OUT
        raise (_TokenRefused if is_token else SmtpRefused)(token_refusal) from None


def _by_password(smtp: smtplib.SMTP, server: MailServer, password: str) -> None:
    ways = smtp.esmtp_features.get("auth", "").upper().split()
    if _PASSWORD_WAYS.isdisjoint(ways):
        known = ", ".join(ways)[:100]
        raise SmtpRefused(unusable(f"{server.host} lets nobody sign in by a password at this port, only by {known}."))
    try:
        smtp.login(server.user, password)
    except UnicodeError:
        # Said without the error's own words, which quote the password.
        raise SmtpRefused(unusable("User and password may hold plain letters only (ASCII).")) from None
    except smtplib.SMTPAuthenticationError as error:
        answer = without_secrets(text_of(error.smtp_error), password)
        raise SmtpRefused(refusal(Stage.SIGN_IN, error.smtp_code, answer)) from None
    except smtplib.SMTPNotSupportedError as error:
        raise SmtpRefused(unusable(f"{server.host} knows no way of signing in that we know.")) from error
