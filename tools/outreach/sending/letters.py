"""Letters of actions: what was approved, as it goes over the wire; the same at every attempt."""

from collections.abc import Sequence
from datetime import datetime

from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.tools.outreach.mail.letter import Letter
from onelane.tools.outreach.moving.drafting import left_before
from onelane.tools.registry.context import Services


def letter_of(
    services: Services,
    action: OutboundAction,
    *,
    message_id: str,
    dated_at: datetime,
    sender_name: str | None,
    earlier: Sequence[OutboundAction],
) -> Letter:
    """The letter of an action.

    Args:
        services: the vault makes the token by which they unsubscribe
        action: what was approved
        message_id: its own, at every attempt
        dated_at: when its first transmission began
        sender_name: who writes
        earlier: the actions of the same enrollment
    """
    before = left_before(earlier, action.step_index) if action.in_reply_to is not None else []
    return Letter(
        action_id=action.id,
        message_id=message_id,
        date=dated_at,
        from_address=action.from_address or "",
        sender_name=sender_name,
        to_address=action.to_address or "",
        subject=action.subject or "",
        text=action.body_text or "",
        html=action.body_html,
        in_reply_to=action.in_reply_to,
        references=tuple(each.message_id for each in before if each.message_id),
        thread_id=_thread_of(action, earlier) if action.in_reply_to is not None else None,
        unsubscribe_token=services.vault.token(action.id),
        public_url=services.public_url,
    )


def _thread_of(action: OutboundAction, earlier: Sequence[OutboundAction]) -> str | None:
    """The thread of the letter that an action follows, as the same account's server calls it."""
    thread_ids = (
        each.thread_id
        for each in earlier
        if each.message_id == action.in_reply_to and each.platform_account_id == action.platform_account_id
    )
    return next(thread_ids, None)
