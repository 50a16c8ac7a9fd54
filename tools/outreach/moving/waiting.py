"""Waiting: until when somebody is left alone, and which gate holds them (docs/sequences.md, "The mover")."""

from datetime import datetime, timedelta

from onelane.storage.workflows.enrollments import Enrollment, Gate, StateReason
from onelane.storage.workflows.steps import StepType
from onelane.tools.outreach.moving.move_context import MoveContext, tell
from onelane.tools.outreach.planning.gates import GateState

LOOK_AGAIN = timedelta(hours=6)
"""How often somebody is looked at whom nothing moves by itself: whoever changes a fact has them looked at at once."""
_SECOND = timedelta(seconds=1)
_OF_GATES = frozenset({StateReason.MISSING_FIELD, StateReason.NO_CHANNEL, StateReason.ACCOUNT_NEEDS_REAUTH})
"""Reasons of people who stay, for as long as a gate holds them."""


def rest(context: MoveContext, enrollment: Enrollment, until: datetime | None) -> None:
    """Leave somebody alone until then; nothing holds them."""
    _leave(context, enrollment, None, None)
    _put_off(context, enrollment, until)


def hold(
    context: MoveContext,
    enrollment: Enrollment,
    gate: GateState,
    *,
    until: datetime | None = None,
    reason: StateReason | None = None,
) -> None:
    """Note that a gate holds somebody; when it begins to, their run tells it.

    Args:
        context: where they are
        enrollment: who
        gate: the gate that is closed
        until: when they are looked at again, if not when it opens by itself
        reason: why they are where they are, if the gate alone does not say it
    """
    _leave(context, enrollment, gate, reason)
    _put_off(context, enrollment, until or gate.until)


def hold_for_person(context: MoveContext, enrollment: Enrollment, gate: GateState) -> None:
    """Leave somebody alone until a person does something."""
    _leave(context, enrollment, gate, None)
    enrollment.next_step_at = enrollment.claimed_until = None


def park(enrollment: Enrollment) -> None:
    """Leave somebody alone whose sequence is not active; they are looked at once it is."""
    enrollment.next_step_at = enrollment.claimed_until = None
    if enrollment.workflow_run_id is not None:
        enrollment.waiting_for = Gate.STATE


def _leave(context: MoveContext, enrollment: Enrollment, gate: GateState | None, reason: StateReason | None) -> None:
    if reason is not None or enrollment.state_reason in _OF_GATES:
        enrollment.state_reason = reason
    if gate is not None and enrollment.waiting_for is not gate.gate:
        output = {"gate": gate.gate.value, "detail": gate.detail}
        tell(context, enrollment, StepType.ROUTING_DECISION, enrollment.current_step_index, output)
    enrollment.waiting_for = None if gate is None else gate.gate


def _put_off(context: MoveContext, enrollment: Enrollment, until: datetime | None) -> None:
    """Never at once again, for nothing is different in the same second, and at the template's end at the latest."""
    at = max(until or context.now + LOOK_AGAIN, context.now + _SECOND)
    ends_at = context.sequence.ends_at
    if ends_at is not None and context.now <= ends_at < at:
        at = ends_at + _SECOND
    enrollment.next_step_at, enrollment.claimed_until = at, None
