"""What the person does with a mail account: connects it, checks it, limits it (docs/mail.md, "Accounts")."""

from collections.abc import Callable, Mapping

from onelane.storage.outreach.signing_in import mark_signed_in
from onelane.storage.platforms.accounts import Account, AccountStatus, InboundSource, Platform, Transport
from onelane.tools.outreach.mail.account_check import AccountChecked, check_account
from onelane.tools.outreach.mail.account_limits import AccountLimits, limits_of, set_limits
from onelane.tools.outreach.mail.mail_accounts import (
    MailCredentials,
    SignInCheck,
    check_sign_in,
    connect_account,
    mail_account,
    sign_in_of,
    smtp_host_of,
)
from onelane.tools.outreach.mail.mail_server import MailServer
from onelane.tools.outreach.mail.providers import provider_of
from onelane.tools.outreach.mail.sign_in.mail_key import MailSignIn
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.deciding import check_writable
from onelane.tools.registry.result import Result


class SignedIn(Result):
    """Which servers let an account in; null is one that was not asked."""

    smtp: bool | None
    imap: bool | None


class ConnectedAccount(Result):
    """An account that was connected for mail."""

    id: str
    platform: Platform
    transport: Transport | None
    address: str
    status: AccountStatus
    inbound: InboundSource | None
    checked: SignedIn

    def text(self) -> str:
        """What it can do now."""
        answers = (
            "Answers are read by IMAP."
            if self.inbound is InboundSource.IMAP
            else "Answers come by import: onelane sync gmail_metadata FILE."
        )
        return f"{self.address} is connected as {self.id}. {answers} Next: onelane accounts check {self.id}"


def connect_mail(
    services: Services,
    address: str,
    *,
    sender_name: str | None,
    password: str,
    smtp: MailServer,
    imap: MailServer | None,
    is_checked: bool = True,
) -> ConnectedAccount:
    """Connect an address, after its servers let it in.

    Args:
        services: the database and the vault
        address: the person's address
        sender_name: their name, as letters show it
        password: an app password
        smtp: where it sends
        imap: where answers are read, if anywhere
        is_checked: whether the servers are asked first

    Raises:
        NotSignedIn: a server does not let it in; nothing was changed
    """
    check_writable(services)
    credentials = MailCredentials(password, smtp, imap)
    check = SignInCheck()
    if is_checked:
        provider = provider_of(address, smtp.host)
        sign_in = MailSignIn(password, smtp, imap)
        check = check_sign_in(sign_in, provider=provider, timeout_seconds=services.mail_timeout_seconds)
    with services.database.write() as session:
        account = connect_account(session, services.vault, address, sender_name=sender_name, credentials=credentials)
        return _connected_account(account, check)


def check_mail(services: Services, account_id: str, *, chance: str, wait: Callable[[], object]) -> AccountChecked:
    """Send a message from the account to itself and see what its server says of it; see `check_account`."""
    check_writable(services)
    with services.database.read() as session:
        account = mail_account(session, account_id)
    result = check_account(
        account.id,
        account.account_key,
        sign_in_of(services, account),
        now=services.database.clock(),
        chance=chance,
        timeout_seconds=services.mail_timeout_seconds,
        wait=wait,
    )
    with services.database.write() as session:
        mark_signed_in(session, mail_account(session, account_id))
    return result


def change_limits(services: Services, account_id: str, changes: Mapping[str, int | None]) -> AccountLimits:
    """Change how much may go out of an account, or only show it; see `set_limits`."""
    with services.database.write() as session:
        account = mail_account(session, account_id)
        host = smtp_host_of(services.vault, account)
        if all(value is None for value in changes.values()):
            return limits_of(account, host)
        check_writable(services)
        return set_limits(session, account, changes, host)


def _connected_account(account: Account, check: SignInCheck) -> ConnectedAccount:
    return ConnectedAccount(
        id=account.id,
        platform=account.platform,
        transport=account.transport,
        address=account.account_key,
        status=account.status,
        inbound=account.inbound,
        checked=SignedIn(smtp=check.smtp, imap=check.imap),
    )
