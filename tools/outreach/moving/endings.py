"""Endings: how somebody leaves whom a gate holds for ever (docs/sequences.md, "The mover")."""

from collections.abc import Mapping
from datetime import datetime

from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.workflows.enrollments import EnrollmentStatus, Gate, StateReason
from onelane.tools.outreach.planning.facts import ContactFacts
from onelane.tools.outreach.planning.gates import GateState
from onelane.tools.outreach.planning.planner import Ending

_ENDS: Mapping[Gate, tuple[EnrollmentStatus, StateReason]] = {
    Gate.REPLY: (EnrollmentStatus.REPLIED, StateReason.REPLY),
    Gate.SUPPRESSION: (EnrollmentStatus.REMOVED, StateReason.SUPPRESSED),
    Gate.CONSENT: (EnrollmentStatus.REMOVED, StateReason.SUPPRESSED),
    Gate.ARCHIVED: (EnrollmentStatus.REMOVED, StateReason.CONTACT_ARCHIVED),
    Gate.TEMPLATE_WINDOW: (EnrollmentStatus.REMOVED, StateReason.TEMPLATE_ENDED),
    Gate.POLICY: (EnrollmentStatus.REMOVED, StateReason.NO_CHANNEL),
}
_SUPPRESSED_AS = {
    SuppressionReason.UNSUBSCRIBED.value: StateReason.UNSUBSCRIBED,
    SuppressionReason.BOUNCE_HARD.value: StateReason.BOUNCE_HARD,
}


def ending_behind(gate: GateState, person: ContactFacts, *, at: datetime) -> Ending | None:
    """How somebody's stay ends because of a gate; None while it may open again, or where it ends nothing."""
    if not gate.is_final or gate.gate not in _ENDS:
        return None
    status, reason = _ENDS[gate.gate]
    if gate.gate is Gate.REPLY and not person.has_replied:
        # A colleague of theirs did.
        status = EnrollmentStatus.REMOVED
    if gate.gate is Gate.SUPPRESSION:
        reason = _SUPPRESSED_AS.get(person.suppression_reason or "", reason)
    return Ending(status, reason, at)
