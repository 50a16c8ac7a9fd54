"""Settling: what became of a letter of which nobody knows whether it arrived (docs/sequences.md, "Settling").

It is never sent again on a guess: either something proves what became of it, or a person says so.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach import inbound_messages
from onelane.storage.outreach.outbound import action_moves, outbound_actions, transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, Transport
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import StateReason
from onelane.tools.outreach.mail.imap import ImapFailed
from onelane.tools.outreach.moving.outcomes import fail_step, finish_step
from onelane.tools.outreach.sending.receipts import cancel_if_over
from onelane.tools.outreach.sending.sent_folder import SentFolder, sent_folder
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Conflict, NotFound, ToolError

if TYPE_CHECKING:
    from onelane.tools.outreach.sending.gmail_sent import GmailSent

LOG = logging.getLogger(__name__)

SettleChoice = Literal["sent", "again", "give_up"]
FILED_AFTER = timedelta(minutes=5)
"""So long a server may take until what it accepted lies in the Sent folder."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """What is known of a letter by now: that it was accepted, and under which id, or that it was not."""

    was_accepted: bool
    message_id: str | None = None
    platform_id: str | None = None


def settle_uncertain(database: Database, services: Services) -> int:
    """Look up what nobody knows the outcome of, wherever that can be proved; how many were settled."""
    with database.read() as session:
        uncertain = transmissions.list_uncertain(session)
    by_account: dict[str, list[OutboundAction]] = {}
    posts = [each for each in uncertain if each.content_item_id is not None]
    count = sum(_settle_content(database, services, each) for each in posts)
    for action in (each for each in uncertain if each.content_item_id is None):
        by_account.setdefault(action.platform_account_id or "", []).append(action)
    return count + sum(_settle_account(database, services, each, actions) for each, actions in by_account.items())


def settle(session: Session, action_id: str, choice: SettleChoice, *, via: Door) -> ActionStatus:
    """Settle by a person's word what nobody knows the outcome of; what the action is now.

    Args:
        session: a writing one
        action_id: the action
        choice: it was `sent`; send it `again`; or `give_up`, which ends its person's sequence
        via: the person's door

    Raises:
        NotFound: there is no such action
        Conflict: its outcome is known
    """
    action = outbound_actions.get_action(session, action_id)
    if action is None:
        raise NotFound(f"There is no message {action_id!r}. onelane outbound list shows what there is.")
    if action.status is not ActionStatus.UNCERTAIN:
        raise Conflict(
            f"The message {action_id} is {action.status.label.lower()}; only what is uncertain can be settled."
        )
    if choice == "sent":
        return _was_sent(session, action, None, reason=f"A person said so ({via}).")
    if choice == "again":
        return _goes_again(session, action, reason=f"A person lets it go again ({via}).")
    return _given_up(session, action, via)


def _settle_account(database: Database, services: Services, account_id: str, actions: Sequence[OutboundAction]) -> int:
    count = 0
    rest: list[OutboundAction] = []
    for action in actions:
        with database.read() as session:
            proof = _Proof(was_accepted=True) if inbound_messages.names_action(session, action.id) else None
        if proof is None:
            rest.append(action)
        else:
            count += _apply(database, action, proof)
    with database.read() as session:
        account = accounts.get_account(session, account_id)
    if not rest or account is None:
        return count
    try:
        with _sent_by(services, account) as folder:
            for action in rest:
                proof = _look_up(folder, action, database.clock())
                count += proof is not None and _apply(database, action, proof)
    except (ImapFailed, ToolError) as error:
        LOG.warning("%s: what is uncertain could not be looked up: %s", account_id, error)
    return count


def _settle_content(database: Database, services: Services, action: OutboundAction) -> bool:
    from onelane.tools.outreach.sending.posting.content_look_up import look_up

    try:
        result = look_up(database, services, action)
    except ToolError as error:
        LOG.warning("%s could not be looked up: %s", action.id, error)
        return False
    if result is None:
        return False
    return _apply(database, action, _Proof(result.was_taken, platform_id=result.platform_id))


def _sent_by(services: Services, account: Account) -> "SentFolder | GmailSent":
    """Where it is seen what an account has sent.

    Raises:
        ToolError: the account is not connected
    """
    if account.transport is Transport.GMAIL:
        from onelane.tools.outreach.sending.gmail_sent import GmailSent

        return GmailSent(services, account)
    return sent_folder(services, account)


def _look_up(folder: "SentFolder | GmailSent", action: OutboundAction, now: datetime) -> _Proof | None:
    """What the Sent folder proves: presence always, absence only where the server files what it accepts."""
    if not folder.exists or action.message_id is None or action.final_dot_at is None:
        return None
    kept_id = folder.find(action.id, action.message_id)
    if kept_id is not None:
        return _Proof(was_accepted=True, message_id=kept_id)
    if folder.files_by_itself and action.final_dot_at + FILED_AFTER <= now:
        return _Proof(was_accepted=False)
    return None


def _apply(database: Database, action: OutboundAction, proof: _Proof) -> bool:
    with database.write() as session:
        current = session.get(OutboundAction, action.id)
        if current is None or current.status is not ActionStatus.UNCERTAIN:
            return False
        if proof.was_accepted:
            _was_sent(session, current, proof.message_id, proof.platform_id, reason="It was found at the server.")
        else:
            _goes_again(session, current, reason="The server files what it accepts, and has no copy of it.")
        return True


def _was_sent(
    session: Session, action: OutboundAction, kept_id: str | None, platform_id: str | None = None, *, reason: str
) -> ActionStatus:
    at = action.final_dot_at or session.now()
    changes = (
        {"message_id": kept_id} if kept_id and not outbound_actions.find_by_message_ids(session, [kept_id]) else {}
    )
    action_moves.move_action(
        session,
        action.id,
        from_any=[ActionStatus.UNCERTAIN],
        to=ActionStatus.SENT,
        sent_at=at,
        provider_id=platform_id or action.provider_id,
        reason=reason,
        error=None,
        error_class=None,
        **changes,
    )
    session.refresh(action)
    finish_step(session, action, "sent", at=at)
    return ActionStatus.SENT


def _goes_again(session: Session, action: OutboundAction, *, reason: str) -> ActionStatus:
    action_moves.move_action(
        session,
        action.id,
        from_any=[ActionStatus.UNCERTAIN],
        to=ActionStatus.APPROVED,
        not_before=session.now(),
        final_dot_at=None,
        # Of a post the platform itself may say then that it is there already.
        attempts=action.attempts + (action.content_item_id is not None),
        reason=reason,
        error=None,
        error_class=None,
    )
    session.refresh(action)
    return cancel_if_over(session, action)


def _given_up(session: Session, action: OutboundAction, via: Door) -> ActionStatus:
    reason = f"Given up by a person ({via}): nobody knows whether it arrived."
    action_moves.move_action(
        session, action.id, from_any=[ActionStatus.UNCERTAIN], to=ActionStatus.FAILED, reason=reason
    )
    session.refresh(action)
    fail_step(session, action, reason=reason, ends_as=StateReason.MANUAL, at=session.now())
    return ActionStatus.FAILED
