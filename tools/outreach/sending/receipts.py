"""What became of a transmission, with all that follows from it, in one commit (docs/sequences.md, "Sending")."""

from datetime import datetime, timedelta
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import action_moves, outbound_actions, transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass, OutboundAction
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import StateReason
from onelane.tools.outreach.inbound.stops import suppress_address
from onelane.tools.outreach.mail.header_text import one_line
from onelane.tools.outreach.mail.smtp import Outcome
from onelane.tools.outreach.mail.smtp_answers import Refusal
from onelane.tools.outreach.moving.outcomes import fail_step, finish_step
from onelane.tools.outreach.sending.breaker import look_at_failures
from onelane.tools.outreach.sending.delivery import Delivery
from onelane.tools.outreach.stopping.account_pauses import pause_for
from onelane.tools.registry.context import Services

RETRY_AFTER = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""So long an action waits after each attempt that was certainly in vain; after one more it has failed."""
_OPEN = (ActionStatus.SENDING, ActionStatus.UNCERTAIN)
_NO_ERROR: dict[str, None] = dict.fromkeys(("error_class", "error", "reason"))
_MOST_CHARS = 500
_COUNTED = (ErrorClass.RETRY_LATER, ErrorClass.BLOCKED)
"""What counts as an attempt; a quota or a lost password is not the letter's fault."""


def record(session: Session, services: Services, action_id: str, claim: str, delivery: Delivery) -> ActionStatus | None:
    """Note how a transmission went; what it has become, or None when somebody else has noted an outcome.

    Args:
        session: a writing one
        services: hashes an address that is suppressed
        action_id: the action
        claim: of this transmission
        delivery: how it went
    """
    transmission = delivery.transmission
    if transmission.outcome is Outcome.SENT:
        return _note_sent(session, action_id, claim, delivery)
    if transmission.outcome is Outcome.UNCERTAIN or transmission.refusal is None:
        return _uncertain(session, action_id, claim, transmission.answer)
    action = outbound_actions.get_action(session, action_id)
    if action is None:
        return None
    cause = transmission.refusal
    if cause.error_class is ErrorClass.REFUSED:
        return _note_refusal(session, services, action_id, claim, cause)
    if delivery.again_at is not None:
        return back_to_approved(
            session,
            action_id,
            claim,
            not_before=delivery.again_at,
            error_class=cause.error_class,
            error=_short(cause.message),
        )
    attempts = action.attempts + (cause.error_class in _COUNTED)
    if attempts > len(RETRY_AFTER):
        return _give_up(session, action_id, claim, cause, attempts)
    return _again(session, action, claim, cause, attempts, was_reached=delivery.was_reached)


def back_to_approved(
    session: Session,
    action_id: str,
    claim: str,
    *,
    not_before: datetime,
    has_final_dot: bool | None = None,
    **changes: Any,
) -> ActionStatus | None:
    """Let an action go again that certainly was not accepted; cancelled where its person's sequence ended meanwhile."""
    action = transmissions.note_outcome(
        session,
        action_id,
        claim=claim,
        from_any=_OPEN,
        to=ActionStatus.APPROVED,
        has_final_dot=has_final_dot,
        not_before=not_before,
        final_dot_at=None,
        **changes,
    )
    return None if action is None else cancel_if_over(session, action)


def cancel_if_over(session: Session, action: OutboundAction) -> ActionStatus:
    """Cancel an approved action whose enrollment ended while it was under way; what it is then."""
    if action.content_item_id is not None:
        return ActionStatus.APPROVED
    enrollment = enrollments.get_enrollment(session, action.enrollment_id or "")
    if enrollment is not None and not enrollment.status.is_over:
        return ActionStatus.APPROVED
    reason = StateReason.CONTACT_ERASED if enrollment is None else (enrollment.state_reason or StateReason.MANUAL)
    action_moves.move_action(
        session, action.id, from_any=[ActionStatus.APPROVED], to=ActionStatus.CANCELLED, reason=reason
    )
    return ActionStatus.CANCELLED


def _note_sent(session: Session, action_id: str, claim: str, delivery: Delivery) -> ActionStatus | None:
    now = session.now()
    action = transmissions.note_outcome(
        session,
        action_id,
        claim=claim,
        from_any=_OPEN,
        to=ActionStatus.SENT,
        sent_at=now,
        provider_id=_short(delivery.transmission.answer),
        thread_id=delivery.thread_id,
        **_NO_ERROR,
    )
    if action is None:
        return None
    finish_step(session, action, "sent", at=now)
    return ActionStatus.SENT


def _uncertain(session: Session, action_id: str, claim: str, answer: str) -> ActionStatus | None:
    action = transmissions.note_outcome(
        session,
        action_id,
        claim=claim,
        from_any=[ActionStatus.SENDING],
        to=ActionStatus.UNCERTAIN,
        error=_short(answer),
    )
    return None if action is None else ActionStatus.UNCERTAIN


def _note_refusal(
    session: Session, services: Services, action_id: str, claim: str, cause: Refusal
) -> ActionStatus | None:
    action = _note_failure(session, action_id, claim, cause)
    if action is None:
        return None
    if cause.is_address_gone and action.to_address is not None:
        suppress_address(
            session,
            services.vault,
            action.to_address,
            reason=SuppressionReason.BOUNCE_HARD,
            contact_id=action.contact_id,
            source=action.id,
        )
    fail_step(session, action, reason=cause.message, ends_as=StateReason.BOUNCE_HARD, at=session.now())
    look_at_failures(session, action)
    return ActionStatus.FAILED


def _give_up(session: Session, action_id: str, claim: str, cause: Refusal, attempts: int) -> ActionStatus | None:
    action = _note_failure(session, action_id, claim, cause, attempts=attempts)
    if action is None:
        return None
    reason = f"Given up after {attempts} attempts. {cause.message}"
    fail_step(session, action, reason=reason, ends_as=None, at=session.now())
    look_at_failures(session, action)
    return ActionStatus.FAILED


def _note_failure(
    session: Session, action_id: str, claim: str, cause: Refusal, **changes: Any
) -> OutboundAction | None:
    return transmissions.note_outcome(
        session,
        action_id,
        claim=claim,
        from_any=_OPEN,
        to=ActionStatus.FAILED,
        final_dot_at=None,
        error_class=cause.error_class,
        error=_short(cause.message),
        **changes,
    )


def _again(
    session: Session, action: OutboundAction, claim: str, cause: Refusal, attempts: int, *, was_reached: bool
) -> ActionStatus | None:
    counts = attempts > action.attempts
    wait = RETRY_AFTER[attempts - 1] if counts else timedelta()
    became = back_to_approved(
        session,
        action.id,
        claim,
        not_before=session.now() + wait,
        attempts=attempts,
        error_class=cause.error_class,
        error=_short(cause.message),
    )
    if became is not None and action.platform_account_id is not None:
        pause_for(session, action.platform_account_id, cause, was_reached=was_reached)
    return became


def _short(text: str) -> str:
    return one_line(text)[:_MOST_CHARS]
