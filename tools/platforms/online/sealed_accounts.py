"""Accounts whose credentials did not open, and that go on once they do (docs/platforms.md, "Renewing a sign-in")."""

from onelane.storage.outreach.signing_in import is_sealed, list_sealed, mark_signed_in
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.credentials import open_parts
from onelane.tools.registry.gate.vault import Vault, VaultClosed


def let_in_again(services: Services) -> None:
    """Let accounts go on whose credentials open again, because the right key is back."""
    with services.database.read() as session:
        account_ids = [account.id for account in list_sealed(session) if _opens(services.vault, account)]
    if not account_ids:
        return
    with services.database.write() as session:
        for account_id in account_ids:
            account = accounts.get_account(session, account_id)
            if account is not None and account.status is AccountStatus.NEEDS_REAUTH:
                mark_signed_in(session, account)


def is_signed_out(vault: Vault, account: Account) -> bool:
    """Whether an account must sign in again; one whose credentials open again need not."""
    return account.status is AccountStatus.NEEDS_REAUTH and not (is_sealed(account) and _opens(vault, account))


def _opens(vault: Vault, account: Account) -> bool:
    try:
        return not any(part.get("is_over") for part in open_parts(vault, account).values())
    except VaultClosed:
        return False
