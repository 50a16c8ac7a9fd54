"""How an account stands: what its person has to do so that it goes on (docs/mail.md, "Accounts")."""

from onelane.storage.platforms.accounts import Account, AccountStatus, AuthType, Transport
from onelane.tools.registry.gate.credentials import MICROSOFT, open_parts
from onelane.tools.registry.gate.vault import Vault, VaultClosed


def next_step_of(vault: Vault, account: Account) -> str | None:
    """The command that lets an account go on; None while nothing holds it, or time alone does."""
    if account.status is AccountStatus.NEEDS_REAUTH:
        return reconnecting(vault, account)
    if account.status is AccountStatus.PAUSED or account.waits_for_person:
        return f"onelane accounts resume {account.id}"
    return None


def reconnecting(vault: Vault, account: Account) -> str | None:
    """The command that signs an account in again, where there is one."""
    if account.transport is Transport.SMTP and _is_at_microsoft(vault, account):
        return f"onelane accounts connect microsoft --address {account.account_key}"
    if account.transport is Transport.SMTP:
        return f"onelane accounts connect smtp --address {account.account_key}"
    if account.auth_type is AuthType.API_KEY:
        return f"onelane accounts connect {account.platform} --token -"
    return f"onelane accounts connect {account.platform}" if account.auth_type is AuthType.OAUTH else None


def _is_at_microsoft(vault: Vault, account: Account) -> bool:
    """Whether an account's mail servers let it in by what Microsoft granted."""
    if account.auth_type is not AuthType.OAUTH:
        return False
    try:
        return MICROSOFT in open_parts(vault, account)
    except VaultClosed:
        # What signs in and sends by SMTP is there, but for an address of Google's with a password besides.
        return True
