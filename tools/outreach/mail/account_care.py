"""What a person does with an account that is connected: hold it, let it go on, rename it, disconnect it.

See docs/mail.md, "Accounts".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import outbound_lists, outbound_state
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus, PauseReason
from onelane.storage.workflows.due_enrollments import look_again, look_again_at_gate
from onelane.storage.workflows.enrollments import Gate
from onelane.tools.outreach.mail.account_limits import set_limits
from onelane.tools.outreach.mail.account_standing import reconnecting
from onelane.tools.outreach.mail.header_text import one_line
from onelane.tools.outreach.mail.mail_accounts import smtp_host_of
from onelane.tools.platforms.online.sign_in.disconnecting import give_back
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Conflict, NotFound
from onelane.tools.registry.gate.deciding import check_writable, deciding

"""So long what waits for an approval waits at least, after its account was held."""


def pause_account(session: Session, account_id: str) -> Account:
    """Let nothing go out of an account until the person lets it go on.

    Raises:
        NotFound: there is none
        Conflict: it is signed out, so that nothing goes out of it anyway
    """
    account = _account(session, account_id)
    if account.status is AccountStatus.NEEDS_REAUTH:
        raise Conflict(f"{account.display_name} is signed out, so that nothing goes out of it. Nothing was changed.")
    account.status, account.pause_reason, account.paused_until = AccountStatus.PAUSED, PauseReason.MANUAL, None
    return _keep(session, account)


def resume_account(services: Services, account_id: str) -> str:
    """Let an account go on, whatever held it: the person has looked. Gives its id.

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is none
        Conflict: it is signed out
    """
    with deciding(services) as session:
        account = _account(session, account_id)
        _refuse_signed_out(services, account)
        account.status, account.pause_reason, account.paused_until = AccountStatus.ACTIVE, None, None
        outbound_state.give_account_time(session, account.id, until=session.now() + outbound_state.TIME_TO_ANSWER)
        look_again_at_gate(session, Gate.ACCOUNT)
        return _keep(session, account).id


@dataclass(frozen=True, slots=True)
class Disconnection:
    """An account that forgot how it signs in.

    Args:
        account_id: which
        left_to_do: what the person does themselves at the platform, if anything
    """

    account_id: str
    left_to_do: str | None


def disconnect_account(services: Services, account_id: str) -> Disconnection:
    """Give an account's sign-in back to its platform, then forget it; the account, its people and its history stay.

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is none
        Conflict: it is not connected
    """
    check_writable(services)
    with services.database.read() as session:
        account = _account(session, account_id)
    if account.credentials_encrypted is None:
        raise Conflict(f"{account.display_name} is not connected. Nothing was changed.")
    # Forgotten is what was given back, also where the platform does not answer.
    left_to_do = give_back(services, account)
    with deciding(services) as session:
        account = _account(session, account_id)
        account.credentials_encrypted, account.status = None, AccountStatus.NEEDS_REAUTH
        return Disconnection(_keep(session, account).id, left_to_do)


def change_account(
    services: Services,
    account_id: str,
    *,
    limits: Mapping[str, int | None],
    sender_name: str | None,
    signature: str | None,
) -> str:
    """Change how much goes out of an account, and as whose; what is None stays. Gives its id.

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is none
        BadRequest: a limit makes no sense, or is more than the provider takes
    """
    with deciding(services) as session:
        account = _account(session, account_id)
        if any(value is not None for value in limits.values()):
            set_limits(session, account, limits, smtp_host_of(services.vault, account))
        if sender_name is not None:
            account.sender_name = one_line(sender_name).strip() or None
            # What waits for a yes says under which name it goes.
            look_again(session, outbound_lists.enrollments_awaiting(session, account_id=account.id))
        if signature is not None:
            account.signature = signature.strip() or None
        return _keep(session, account).id


def _refuse_signed_out(services: Services, account: Account) -> None:
    if account.status is AccountStatus.NEEDS_REAUTH:
        again = reconnecting(services.vault, account)
        raise Conflict(f"{account.display_name} is signed out. Connect it again: {again}.")


def _account(session: Session, account_id: str) -> Account:
    account = accounts.get_account(session, account_id)
    if account is None:
        raise NotFound(f"There is no account {account_id[:100]!r}. onelane accounts list shows what there is.")
    return account


def _keep(session: Session, account: Account) -> Account:
    account.updated_at = session.now()
    session.add(account)
    session.flush()
    return account
