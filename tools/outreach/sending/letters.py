"""Letters of actions: what was approved, as it goes over the wire; the same at every attempt."""

from collections.abc import Sequence

from onelane.storage.outreach.outbound_actions import ActionStatus, OutboundAction
from onelane.tools.outreach.mail.letter import Letter
from onelane.tools.registry.context import Services

_LEFT = (ActionStatus.SENT, ActionStatus.UNCERTAIN)


def letter_of(
    services: Services, action: OutboundAction, *, sender_name: str | None, earlier: Sequence[OutboundAction]
) -> Letter:
    """The letter of an action that has its Message-ID and its date.

    Args:
        services: the vault makes the token by which they unsubscribe
        action: what was approved
        sender_name: who writes
        earlier: the actions of the same enrollment
    """
    if action.message_id is None or action.dated_at is None:
        raise RuntimeError("an action without a Message-ID has no letter")
    return Letter(
        action_id=action.id,
        message_id=action.message_id,
        date=action.dated_at,
        from_address=action.from_address or "",
        sender_name=sender_name,
        to_address=action.to_address or "",
        subject=action.subject or "",
        text=action.body_text or "",
        html=action.body_html,
        in_reply_to=action.in_reply_to,
        references=_thread(action, earlier) if action.in_reply_to is not None else (),
        unsubscribe_token=services.vault.token(action.id),
        public_url=services.public_url,
    )


def _thread(action: OutboundAction, earlier: Sequence[OutboundAction]) -> tuple[str, ...]:
    before = [each for each in earlier if each.step_index < action.step_index and each.status in _LEFT]
    return tuple(each.message_id for each in before if each.message_id is not None)
