"""Accounts that are let in, and those that are not any more (docs/platforms.md, "Accounts")."""

from sqlmodel import select

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus, PauseReason
from onelane.storage.workflows.due_enrollments import look_again_at_gate
from onelane.storage.workflows.enrollments import Gate


def mark_signed_in(session: Session, account: Account) -> Account:
    """An account that is let in may be used again; what else holds it stays. Who waits for one goes on."""
    if account.status is AccountStatus.NEEDS_REAUTH or account.pause_reason is PauseReason.SIGNED_OUT:
        account.paused_until, account.pause_reason = None, None
        account.status = AccountStatus.ACTIVE
    account.updated_at = session.now()
    session.add(account)
    session.flush()
    look_again_at_gate(session, Gate.ACCOUNT)
    return account


def mark_signed_out(session: Session, account_id: str) -> None:
    """Nothing goes out of an account that is refused, until it is connected again."""
    account = accounts.get_account(session, account_id)
    if account is not None:
        account.status, account.updated_at = AccountStatus.NEEDS_REAUTH, session.now()
        session.add(account)
        session.flush()


def mark_sealed(session: Session, account_id: str) -> None:
    """Nothing goes out of an account whose credentials do not open; it may go on once they do."""
    account = accounts.get_account(session, account_id)
    if account is not None and account.status is AccountStatus.ACTIVE:
        account.pause_reason = account.pause_reason or PauseReason.SIGNED_OUT
    mark_signed_out(session, account_id)


def is_sealed(account: Account) -> bool:
    """Whether an account waits for the key that opens its credentials."""
    is_held = account.status is AccountStatus.NEEDS_REAUTH and account.pause_reason is PauseReason.SIGNED_OUT
    return is_held and account.credentials_encrypted is not None


def list_sealed(session: Session) -> list[Account]:
    """The accounts that wait for the key that opens their credentials."""
    return [
        row
        for row in session.exec(select(Account).where(Account.pause_reason == PauseReason.SIGNED_OUT))
        if is_sealed(row)
    ]
