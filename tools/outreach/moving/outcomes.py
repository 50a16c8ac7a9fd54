"""Outcomes: what became of a step, with all that follows from it, in the caller's transaction.

See docs/sequences.md, "The mover".
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from onelane.storage.database.engine import Session
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound import action_moves, outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass, OutboundAction
from onelane.storage.outreach.sequence_steps import record_step
from onelane.storage.people.engagements import EngagementType, forget_sent, note_sent
from onelane.storage.platforms.accounts import PLATFORM_OF, Transport
from onelane.storage.workflows import due_enrollments
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.steps import Counted, NewStep, StepResult, StepStatus, StepType
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.content.publication import fail_content, finish_content
from onelane.tools.outreach.reading.enrollment_facts import RETURNED, current_action

_GIVEN_BACK = "The account's own provider gave it back: nobody got it."
StepOutcome = Literal["sent", "done", "skipped"]

_ENGAGEMENTS = {
    TemplateStepType.MESSAGE: EngagementType.MESSAGE,
    TemplateStepType.CONNECT: EngagementType.CONNECTION_REQUEST,
    TemplateStepType.FOLLOW: EngagementType.FOLLOW,
    TemplateStepType.LIKE: EngagementType.LIKE,
    TemplateStepType.COMMENT: EngagementType.COMMENT,
}


def finish_step(session: Session, action: OutboundAction, outcome: StepOutcome, *, at: datetime) -> None:
    """Record that a step was carried out or left out, and let its person go on; a second time changes nothing.

    The action's own state is set by the caller.

    Args:
        session: a writing one
        action: what was carried out
        outcome: `sent` by an account, `done` by the person, or `skipped`
        at: when
    """
    if action.content_item_id is not None:
        finish_content(session, action, outcome, at=at)
        if action.contact_id is None or action.transport is Transport.GMAIL_DRAFT:
            return  # it is to nobody, or has not gone yet: a letter among the drafts is the person's to send
    was_skipped = outcome == "skipped"
    if not was_skipped and not _note_engagement(session, action, at):
        return
    if not _moved_on(session, action, at) and was_skipped:
        return
    counts = Counted(processed=1, skipped=1) if was_skipped else Counted(processed=1, success=1)
    result = StepResult(
        {"outcome": outcome, "at": at.isoformat()},
        counts,
        StepStatus.SKIPPED if was_skipped else StepStatus.COMPLETED,
        contact_id=action.contact_id,
    )
    record_step(
        session, action.workflow_run_id, NewStep(None, StepType.ENGAGEMENT_ACTION, result, None, _about(action))
    )


def fail_step(
    session: Session, action: OutboundAction, *, reason: str, ends_as: StateReason | None, at: datetime
) -> None:
    """Record that a step failed.

    Args:
        session: a writing one
        action: what failed; its own state is set by the caller
        reason: why, in a sentence
        ends_as: why the enrollment is removed; None when it stays and waits for a person
        at: when
    """
    if action.content_item_id is not None:
        fail_content(session, action)
    result = StepResult(
        {"at": at.isoformat()}, Counted(processed=1, error=1), StepStatus.FAILED, action.contact_id, error=reason
    )
    record_step(session, action.workflow_run_id, NewStep(None, StepType.ERROR, result, None, _about(action)))
    if action.enrollment_id is None:
        return
    if ends_as is not None:
        end_enrollment(session, action.enrollment_id, EnrollmentStatus.REMOVED, ends_as, at=at)
    else:
        due_enrollments.hold_for_person(session, action.enrollment_id, Gate.STATE)


def begin_step_again(session: Session, enrollment_id: str) -> bool:
    """Let the step of somebody be written anew, because the message for it expired or failed; False where none did.

    A person says so: what was not answered in time, or was refused, is not tried again by itself. Whoever rests because
    a colleague answered goes on as well.
    """
    if due_enrollments.go_on_after_answer(session, enrollment_id):
        return True
    action = _action_of_step(session, enrollment_id)
    if action is None or action.status not in (ActionStatus.EXPIRED, ActionStatus.FAILED):
        return False
    action_moves.move_action(
        session, action.id, from_any=[ActionStatus.EXPIRED], to=ActionStatus.CANCELLED, reason="expired"
    )
    return due_enrollments.begin_step_again(session, enrollment_id)


def _action_of_step(session: Session, enrollment_id: str) -> OutboundAction | None:
    """What is written for the step of somebody who is on their way."""
    enrollment = session.get(Enrollment, enrollment_id, populate_existing=True)
    if enrollment is None or enrollment.status is not EnrollmentStatus.ACTIVE:
        return None
    return current_action(enrollment, outbound_actions.list_of_enrollment(session, enrollment_id))


def begin_cancelled_steps(session: Session, enrollment_ids: Collection[str]) -> None:
    """Let the step of each of these be written anew whose message was cancelled when they left: they are back now."""
    actions = outbound_actions.list_of_enrollments(session, enrollment_ids)
    for enrollment_id, enrollment_actions in actions.items():
        enrollment = session.get(Enrollment, enrollment_id, populate_existing=True)
        if enrollment is None:
            continue
        key = outbound_actions.action_key(enrollment_id, enrollment.current_step_index, enrollment.epoch)
        if any(each.action_key == key and each.status is ActionStatus.CANCELLED for each in enrollment_actions):
            due_enrollments.begin_step_again(session, enrollment_id)


def return_step(session: Session, action: OutboundAction, error_class: ErrorClass) -> None:
    """Record that the sender's own provider gave a letter back, so that nobody got it: it failed after all.

    Its person stands at that step again, which is written anew, unless they left the sequence or something later went
    out to them.

    Args:
        session: a writing one
        action: the letter
        error_class: why: `quota` or `blocked`
    """
    error_values = {"error_class": error_class, "error": _GIVEN_BACK}
    if not action_moves.move_action(
        session, action.id, from_any=[ActionStatus.SENT], to=ActionStatus.FAILED, **error_values
    ):
        return
    forget_sent(session, action.id)
    counts = Counted(processed=1, error=1)
    result = StepResult({}, counts, StepStatus.FAILED, action.contact_id, error=_GIVEN_BACK)
    record_step(session, action.workflow_run_id, NewStep(None, StepType.ERROR, result, None, _about(action)))
    if action.enrollment_id is None or _has_gone_on(session, action):
        return
    epoch = int(action.action_key.rpartition(":")[2])
    if due_enrollments.go_back(session, action.enrollment_id, action.step_index, epoch):
        action_moves.cancel_waiting(session, reason=RETURNED, enrollment_ids=[action.enrollment_id])


def look_again(session: Session, enrollment_ids: Collection[str]) -> None:
    """Let the mover look at these at once: after an approval, an edit, a changed contact, a pause that is over."""
    due_enrollments.look_again(session, enrollment_ids)


def _has_gone_on(session: Session, action: OutboundAction) -> bool:
    """Whether something of a later step went out to the same person in the same sequence."""
    actions = outbound_actions.list_of_enrollment(session, action.enrollment_id or "")
    return any(each.step_index > action.step_index and each.status in outbound_actions.LEFT for each in actions)


def _note_engagement(session: Session, action: OutboundAction, at: datetime) -> bool:
    """Note what passed between us and the person; False when it is noted already. The text is not kept there."""
    session.flush()
    return note_sent(
        session,
        outbound_action_id=action.id,
        contact_id=action.contact_id,
        platform_account_id=action.platform_account_id,
        engagement_type=_ENGAGEMENTS[action.step_type],
        template_id=action.template_id,
        workflow_run_id=action.workflow_run_id,
        platform=PLATFORM_OF[action.channel],
        platform_engagement_id=action.message_id,
        thread_id=action.thread_id,
        source="sequence",
        occurred_at=at,
    )


def _moved_on(session: Session, action: OutboundAction, at: datetime) -> bool:
    """Let the person go on with the next step; False when they are not at this one any more."""
    if action.enrollment_id is None:
        return False
    return due_enrollments.go_on(session, action.enrollment_id, action.step_index, at)


def _about(action: OutboundAction) -> dict[str, Any]:
    return {
        "actionId": action.id,
        "enrollmentId": action.enrollment_id,
        "stepIndex": action.step_index,
        "stepType": action.step_type.value,
        "channel": action.channel.value,
        "transport": action.transport.value,
    }
