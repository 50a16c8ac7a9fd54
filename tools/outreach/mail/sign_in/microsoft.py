"""Signing a mailbox in at Microsoft, whose servers take no passwords any more (docs/mail.md, "Microsoft")."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, Platform
from onelane.tools.outreach.mail.header_text import wire_address
from onelane.tools.outreach.mail.mail_accounts import (
    MailCredentials,
    ServerWishes,
    check_sign_in,
    connect_account,
    find_servers,
    read_credentials,
)
from onelane.tools.outreach.mail.mail_server import MailServer
from onelane.tools.outreach.mail.providers import MICROSOFT_365, provider_of
from onelane.tools.outreach.mail.sign_in.mail_key import MailSignIn
from onelane.tools.platforms.online.failures import UnreadableAnswer
from onelane.tools.platforms.online.grants import Grant, keep_grant
from onelane.tools.platforms.online.providers import Provider, microsoft
from onelane.tools.platforms.online.sign_in.identity import NewBearer
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.credentials import MICROSOFT
from onelane.tools.registry.gate.vault import VaultClosed

SCOPES = (
    "openid",
    "email",
    "profile",
    "offline_access",
    "https://outlook.office.com/IMAP.AccessAsUser.All",
    "https://outlook.office.com/SMTP.Send",
)
"""Whose mailbox it is, and its two servers; offline_access gets a refresh token."""


@dataclass(frozen=True, slots=True)
class MailboxSignIn:
    """A mailbox that signs in at Microsoft; a `Purpose`.

    Args:
        address: the mailbox's, where it is not that of whoever signs in, such as a shared one
        sender_name: the person's name, as letters show it
        smtp: where it sends, where that is not Microsoft's usual server
        imap: where answers are read, the same
    """

    address: str | None = None
    sender_name: str | None = None
    smtp: ServerWishes = field(default_factory=ServerWishes)
    imap: ServerWishes = field(default_factory=ServerWishes)

    def provider(self, services: Services) -> Provider:
        """See `Purpose`."""
        if self.address is not None and wire_address(self.address) is None:
            raise BadRequest(f"{self.address[:100]!r} is no e-mail address.")
        return microsoft(services.online.settings)

    def scopes(self, services: Services) -> Sequence[str]:
        """See `Purpose`."""
        return SCOPES

    def keep(self, services: Services, grant: Grant) -> Account:
        """See `Purpose`; the mailbox's servers are asked first whether they let it in."""
        address = self._mailbox(grant)
        smtp, imap = self._servers(services, address)
        sign_in = MailSignIn(NewBearer(grant.access_token), smtp, imap)
        check_sign_in(sign_in, provider=MICROSOFT_365, timeout_seconds=services.mail_timeout_seconds)
        credentials = MailCredentials(None, smtp, imap)
        with services.database.write(is_durable=True) as session:
            account = connect_account(
                session, services.vault, address, sender_name=self.sender_name, credentials=credentials
            )
            keep_grant(services.vault, account, grant, MICROSOFT)
            session.add(account)
            return account

    def _mailbox(self, grant: Grant) -> str:
        address = self.address or address_in(grant.id_token)
        if address is None:
            raise UnreadableAnswer(
                "Microsoft did not say whose mailbox this is. Nothing was changed; say it: onelane accounts connect "
                "microsoft --address ADDRESS.",
                raw="",
            )
        return address

    def _servers(self, services: Services, address: str) -> tuple[MailServer, MailServer | None]:
        """As the person says, else as they are known of this mailbox, else Microsoft's."""
        servers = _known_servers(services, address)
        if servers is not None and self.smtp == self.imap == ServerWishes():
            return servers
        provider = provider_of(address)
        at_microsoft = provider if provider is not None and provider.advice == MICROSOFT_365.advice else MICROSOFT_365
        smtp = replace(self.smtp, host=self.smtp.host or at_microsoft.smtp_host)
        imap = replace(self.imap, host=self.imap.host or at_microsoft.imap_host)
        return find_servers(address, user=address, smtp=smtp, imap=imap)


def address_in(id_token: str | None) -> str | None:
    """The address that an id token names; it came from Microsoft itself over TLS, so that nobody has to prove it."""
    try:
        body = (id_token or "").split(".")[1]
        payload: object = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return None
    claims = cast("dict[str, object]", payload) if isinstance(payload, dict) else {}
    # At work or school the name of the sign-in is the mailbox's, and `email` may be any that somebody entered.
    names = (claims.get("preferred_username"), claims.get("email"))
    addresses = (
        name.strip().lower() for name in names if isinstance(name, str) and wire_address(name.strip()) is not None
    )
    return next(addresses, None)


def _known_servers(services: Services, address: str) -> tuple[MailServer, MailServer | None] | None:
    """Where a mailbox that has signed in at Microsoft before sends, and where it is read."""
    with services.database.read() as session:
        account = accounts.find_account(session, Platform.GMAIL, address.strip().lower())
    try:
        credentials = None if account is None else read_credentials(services.vault, account)
    except (BadRequest, VaultClosed):
        return None
    return None if credentials is None or credentials.password is not None else (credentials.smtp, credentials.imap)
