"""Mail accounts: an address and its key, SMTP to send and IMAP to see answers (docs/mail.md, "Accounts").

No tool does any of this: only the person connects an account or changes what may go out of it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.outreach.signing_in import mark_signed_in
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import (
    Account,
    AuthType,
    InboundSource,
    Platform,
    Transport,
)
from onelane.tools.outreach.mail.header_text import one_line, wire_address
from onelane.tools.outreach.mail.imap import ImapFailed, ImapSession
from onelane.tools.outreach.mail.mail_server import MailServer, Security, tls_context
from onelane.tools.outreach.mail.providers import Provider, provider_of
from onelane.tools.outreach.mail.sign_in.mail_key import MailSignIn
from onelane.tools.outreach.mail.smtp import SmtpSession
from onelane.tools.outreach.mail.smtp_answers import SmtpRefused
from onelane.tools.platforms.online.account_bearer import AccountBearer
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, NotFound
from onelane.tools.registry.gate.credentials import GRANT, MAIL, MICROSOFT, drop_part, keep_part, open_parts
from onelane.tools.registry.gate.vault import Vault

_GMAIL_HOST = "smtp.gmail.com"
"""What is known of this server's provider holds for Gmail's API as well."""
_SUBMISSION_PORT, _STARTTLS_PORT, _IMAPS_PORT, _IMAP_PORT = 465, 587, 993, 143


@dataclass(frozen=True, slots=True)
class MailCredentials:
    """How an account signs in; sealed in its row.

    Args:
        password: an app password, of both servers; None where they let the account in by what Microsoft granted
        smtp: where it sends
        imap: where answers are read; None where they come by import only
    """

    password: str | None
    smtp: MailServer
    imap: MailServer | None


@dataclass(frozen=True, slots=True)
class ServerWishes:
    """What a person said of a server; what is None is known of the provider, or usual."""

    host: str | None = None
    port: int | None = None
    security: Security | None = None


@dataclass(frozen=True, slots=True)
class SignInCheck:
    """Which servers let the account in: None is one that was not asked."""

    smtp: bool | None = None
    imap: bool | None = None


class NotSignedIn(BadRequest):
    """A server lets the account not in. Look at the address and the password, then connect it again."""

    code = "not_signed_in"


def find_servers(
    address: str, *, user: str | None, smtp: ServerWishes, imap: ServerWishes
) -> tuple[MailServer, MailServer | None]:
    """The servers of an address: as the person says, else as its provider is known to have them.

    Raises:
        BadRequest: it is no address, or nothing is known of its provider
    """
    if wire_address(address) is None:
        raise BadRequest(f"{one_line(address)[:100]!r} is no e-mail address.")
    provider = provider_of(address, smtp.host)
    smtp_host = smtp.host or (None if provider is None else provider.smtp_host)
    if smtp_host is None:
        raise _unknown_servers(address)
    sends = _server(
        smtp_host, smtp, provider if provider and smtp_host == provider.smtp_host else None, user or address
    )
    imap_host = imap.host or (None if provider is None else provider.imap_host)
    return sends, None if imap_host is None else _imap_server(imap_host, imap, user or address)


def _unknown_servers(address: str) -> BadRequest:
    domain = address.rpartition("@")[2]
    return BadRequest(
        f"Onelane does not know the servers of {domain}. Ask your provider for their names and give them as well: "
        f"the one that sends (--host), such as smtp.{domain}, and the one that shows answers (--imap-host)."
    )


def check_sign_in(sign_in: MailSignIn, *, provider: Provider | None, timeout_seconds: float) -> SignInCheck:
    """See whether the servers let the account in.

    Raises:
        NotSignedIn: one of them does not; the message says which and what the provider wants
    """
    tls, advice = tls_context(), "" if provider is None else f" {provider.advice}"
    try:
        with SmtpSession(sign_in.smtp, sign_in.key, timeout_seconds=timeout_seconds, tls=tls):
            pass
        if sign_in.imap is None:
            return SignInCheck(smtp=True)
        with ImapSession(sign_in.imap, sign_in.key, timeout_seconds=timeout_seconds, tls=tls):
            return SignInCheck(smtp=True, imap=True)
    except (SmtpRefused, ImapFailed) as error:
        raise NotSignedIn(f"{str(error).rstrip('. ')}.{advice} Nothing was changed.") from error


def connect_account(
    session: Session, vault: Vault, address: str, *, sender_name: str | None, credentials: MailCredentials
) -> Account:
    """Keep an account that sends by SMTP; connecting it twice is once."""
    key = address.strip().lower()
    account = accounts.ensure_account(
        session, platform=Platform.GMAIL, display_name=key, auth_type=AuthType.API_KEY, account_key=key
    )
    keep_part(vault, account, MAIL, asdict(credentials))
    parts = open_parts(vault, account)
    if credentials.password is None:
        account.auth_type = AuthType.OAUTH
    elif MICROSOFT in parts or account.auth_type is AuthType.FILE:
        drop_part(vault, account, MICROSOFT)
        account.auth_type = AuthType.OAUTH if GRANT in parts else AuthType.API_KEY
    account.transport = Transport.SMTP
    account.inbound = InboundSource.IMPORT if credentials.imap is None else InboundSource.IMAP
    account.sender_name = sender_name if sender_name is not None else account.sender_name
    return mark_signed_in(session, account)


def sign_in_of(services: Services, account: Account) -> MailSignIn:
    """How an account signs in to its servers.

    Raises:
        BadRequest: it is not connected for mail
        VaultClosed: its secret does not open
    """
    credentials = read_credentials(services.vault, account)
    key = AccountBearer(services, account.id, MICROSOFT) if credentials.password is None else credentials.password
    return MailSignIn(key, credentials.smtp, credentials.imap)


def read_credentials(vault: Vault, account: Account) -> MailCredentials:
    """What is kept of how an account signs in to its servers.

    Raises:
        BadRequest: it is not connected for mail
        VaultClosed: its secret does not open
    """
    part = open_parts(vault, account).get(MAIL)
    if part is None:
        raise BadRequest(
            f"{account.display_name} is not connected for mail. The person connects it: onelane accounts connect smtp "
            f"--address {account.account_key}."
        )
    return MailCredentials(
        password=part["password"], smtp=_read_server(part["smtp"]), imap=part["imap"] and _read_server(part["imap"])
    )


def smtp_host_of(vault: Vault, account: Account) -> str | None:
    """The server by which an account sends; None while it is not connected.

    Raises:
        BadRequest: it is not connected for mail
        VaultClosed: its secret does not open
    """
    if account.transport is Transport.GMAIL:
        return _GMAIL_HOST
    return read_credentials(vault, account).smtp.host if account.credentials_encrypted is not None else None


def mail_account(session: Session, account_id: str) -> Account:
    """The account with this id, of an address.

    Raises:
        NotFound: there is none
    """
    account = accounts.get_account(session, account_id)
    if account is None or account.platform is not Platform.GMAIL:
        raise NotFound(f"There is no mail account {account_id!r}. onelane accounts list shows what there is.")
    return account


def _read_server(values: Mapping[str, Any]) -> MailServer:
    return MailServer(values["host"], values["port"], Security(values["security"]), values["user"])


def _server(host: str, wishes: ServerWishes, provider: Provider | None, user: str) -> MailServer:
    security = wishes.security or (Security.TLS if provider is None else provider.smtp_security)
    if wishes.security is None and wishes.port == _STARTTLS_PORT:
        security = Security.STARTTLS
    usual = _STARTTLS_PORT if security is Security.STARTTLS else _SUBMISSION_PORT
    fitting = provider.smtp_port if provider is not None and security is provider.smtp_security else usual
    return MailServer(host, wishes.port or fitting, security, user)


def _imap_server(host: str, wishes: ServerWishes, user: str) -> MailServer:
    security = wishes.security or (Security.STARTTLS if wishes.port == _IMAP_PORT else Security.TLS)
    return MailServer(host, wishes.port or (_IMAPS_PORT if security is Security.TLS else _IMAP_PORT), security, user)
