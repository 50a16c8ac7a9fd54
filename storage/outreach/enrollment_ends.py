"""Ends of stays in sequences: the one way in which somebody leaves, with all that follows from it."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach.outbound import action_moves
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.outreach.sequence_steps import record_step
from onelane.storage.workflows import enrollments, tasks
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus, StateReason
from onelane.storage.workflows.steps import NewStep, StepResult, StepType
from onelane.storage.workflows.tasks import TaskOutcome


def end_enrollment(
    session: Session,
    enrollment_id: str,
    status: EnrollmentStatus,
    reason: StateReason | None,
    *,
    at: datetime,
) -> bool:
    """End somebody's stay in a sequence: nothing that has not left goes out any more. False when it is over already.

    Who has not begun yet can't have completed anything or answered it, so that they are removed.
    """
    enrollment = session.get(Enrollment, enrollment_id, populate_existing=True)
    if enrollment is None or enrollment.status.is_over:
        return False
    to = EnrollmentStatus.REMOVED if enrollment.status is EnrollmentStatus.PENDING else status
    if not enrollments.change_enrollment_status(
        session, enrollment_id, from_status=enrollment.status, to=to, reason=reason
    ):
        return False
    action_moves.cancel_waiting(session, reason=reason or to.value, enrollment_ids=[enrollment_id])
    tasks.close_actions(session, _action_ids(session, enrollment_id), TaskOutcome.SKIPPED)
    _tell_end(session, enrollment, to, reason, at)
    return True


def _tell_end(
    session: Session, enrollment: Enrollment, to: EnrollmentStatus, reason: StateReason | None, at: datetime
) -> None:
    result = StepResult(
        {"decision": "ended", "status": to.value, "reason": reason and reason.value, "at": at.isoformat()},
        contact_id=enrollment.contact_id,
    )
    about = {"enrollmentId": enrollment.id, "stepIndex": enrollment.current_step_index}
    record_step(session, enrollment.workflow_run_id, NewStep(None, StepType.DECISION, result, None, about))


def correct_end(
    session: Session, enrollment_id: str, status: EnrollmentStatus, reason: StateReason, *, at: datetime
) -> bool:
    """Let somebody who had completed a sequence have ended by what came back of its letters; False when they had not.

    That they completed it is only known once it is known what became of its last letter.
    """
    enrollment = session.get(Enrollment, enrollment_id, populate_existing=True)
    if enrollment is None or not enrollments.change_enrollment_status(
        session, enrollment_id, from_status=EnrollmentStatus.COMPLETED, to=status, reason=reason
    ):
        return False
    _tell_end(session, enrollment, status, reason, at)
    return True


def end_all_of_contacts(session: Session, contact_ids: Collection[str], reason: StateReason) -> int:
    """End whatever these contacts are enrolled in; nothing that has not left goes to them. How many stays that were."""
    action_moves.cancel_waiting(session, reason=reason, contact_ids=contact_ids)
    ongoing = _ongoing_of(session, contact_ids)
    for enrollment_id in ongoing:
        end_enrollment(session, enrollment_id, EnrollmentStatus.REMOVED, reason, at=session.now())
    return len(ongoing)


def _ongoing_of(session: Session, contact_ids: Collection[str]) -> list[str]:
    table = table_of(Enrollment)
    query = sa.select(table.c.id).where(among(session, table.c.contact_id, contact_ids), table.c.status.in_(ONGOING))
    return list(session.sql(query.order_by(table.c.id)).scalars())


def _action_ids(session: Session, enrollment_id: str) -> list[str]:
    table = table_of(OutboundAction)
    return list(session.sql(sa.select(table.c.id).where(table.c.enrollment_id == enrollment_id)).scalars())
