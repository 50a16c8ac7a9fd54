"""When an account rests: its provider's limit, a refusal that a person has to look at, a lost password."""

from datetime import datetime, timedelta

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ErrorClass
from onelane.storage.outreach.signing_in import mark_signed_out
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import PauseReason
from onelane.tools.outreach.mail.smtp_answers import Refusal

_WINDOW = timedelta(days=1)
_LEAST = timedelta(hours=1)
UNREACHED = timedelta(minutes=5)
"""So long an account rests whose server could not be reached: every other letter would be tried in vain as well."""


def pause_for(session: Session, account_id: str, cause: Refusal, *, was_reached: bool) -> None:
    """Let an account rest as long as a refusal says; a longer rest stays.

    Args:
        session: a writing one
        account_id: the account
        cause: why nothing was accepted
        was_reached: whether the server let it in at all
    """
    now = session.now()
    if cause.error_class is ErrorClass.QUOTA:
        _pause(session, account_id, PauseReason.QUOTA, _free_at(session, account_id, now))
    elif cause.error_class is ErrorClass.BLOCKED:
        _pause(session, account_id, PauseReason.BLOCKED, None)
    elif cause.error_class is ErrorClass.SIGNED_OUT:
        mark_signed_out(session, account_id)
    elif not was_reached:
        _pause(session, account_id, None, now + UNREACHED)


def pause_for_return(session: Session, account_id: str, error_class: ErrorClass, *, returned_at: datetime) -> None:
    """Let an account rest whose own provider gave a letter back; what it said days ago says nothing of today.

    Args:
        session: a writing one
        account_id: the account
        error_class: `quota` or `blocked`
        returned_at: when the provider said so
    """
    if returned_at > session.now() - _WINDOW:
        pause_for(session, account_id, Refusal(error_class, "The provider gave a letter back."), was_reached=True)


def _pause(session: Session, account_id: str, reason: PauseReason | None, until: datetime | None) -> None:
    account = accounts.get_account(session, account_id)
    if account is None:
        return
    rests_longer = account.paused_until is not None and until is not None and account.paused_until >= until
    if account.waits_for_person or rests_longer:
        return
    account.paused_until, account.pause_reason, account.updated_at = until, reason, session.now()
    session.add(account)
    session.flush()


def _free_at(session: Session, account_id: str, now: datetime) -> datetime:
    """When the oldest message leaves the provider's rolling window."""
    instants = outbound_actions.sent_since(session, account_id, now - _WINDOW)
    return max(now + _LEAST, instants[0] + _WINDOW) if instants else now + _LEAST
