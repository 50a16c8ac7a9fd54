"""How an account stands: what its person has to do so that it goes on (docs/mail.md, "Accounts")."""

from onelane.storage.platforms.accounts import Account, AccountStatus, AuthType, Transport


def next_step_of(account: Account) -> str | None:
    """The command that lets an account go on; None while nothing holds it, or time alone does."""
    if account.status is AccountStatus.NEEDS_REAUTH:
        return reconnecting(account)
    if account.status is AccountStatus.PAUSED or account.waits_for_person:
        return f"onelane accounts resume {account.id}"
    return None


def reconnecting(account: Account) -> str | None:
    """The command that signs an account in again, where there is one."""
    if account.transport is Transport.SMTP:
        return f"onelane accounts connect smtp --address {account.account_key}"
    if account.auth_type is AuthType.API_KEY:
        return f"onelane accounts connect {account.platform} --token -"
    return f"onelane accounts connect {account.platform}" if account.auth_type is AuthType.OAUTH else None
