"""The breaker: a template whose messages fail too often holds, and says so (docs/sequences.md, "Breaker")."""

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach import failure_counts
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.outreach.sequence_steps import record_step
from onelane.storage.workflows import templates
from onelane.storage.workflows.run_ends import pause_run
from onelane.storage.workflows.steps import NewStep, StepResult, StepStatus, StepType
from onelane.storage.workflows.templates import TemplateStatus

CONTACTS = 100
"""So many of a template's last contacts are looked at."""
LEAST = 20
"""With fewer nothing is concluded."""
SHARE = 0.1


def look_at_failures(session: Session, action: OutboundAction) -> None:
    """See whether a failure is one too many for its sequence."""
    if action.workflow_run_id is not None and action.template_id is not None:
        _look(session, action.workflow_run_id, action.template_id)


def look_at_sequences(database: Database) -> None:
    """See how the running sequences fare: a bounce comes as a mail, long after its message was sent."""
    with database.read() as session:
        running = failure_counts.running_sequences(session)
    for run_id, template_id in running:
        with database.read() as session:
            is_well = _complaint(session, run_id, template_id) is None
        if not is_well:
            with database.write() as session:
                _look(session, run_id, template_id)


def _look(session: Session, run_id: str, template_id: str) -> None:
    reason = _complaint(session, run_id, template_id)
    if reason is None or not pause_run(session, run_id, reason):
        return
    # Held with its template, so that the same way lets both go on.
    templates.change_template_status(session, template_id, from_any=[TemplateStatus.ACTIVE], to=TemplateStatus.PAUSED)
    result = StepResult({"decision": "held"}, status=StepStatus.FAILED, error=reason)
    record_step(session, run_id, NewStep(session.new_id(failure_counts.BREAKER), StepType.ERROR, result))


def _complaint(session: Session, run_id: str, template_id: str) -> str | None:
    """Why a sequence must hold, for its person; None when it fares well."""
    # What failed before a person let it go on again is known to them.
    since = failure_counts.last_breaker(session, run_id)
    counts = failure_counts.last_contacts(session, template_id, since=since, most=CONTACTS)
    if counts.contacts < LEAST or counts.failed < SHARE * counts.contacts:
        return None
    return (
        f"Messages to {counts.failed} of the last {counts.contacts} contacts failed or bounced, so that the sequence "
        "holds. Look at their addresses and at the account, then resume the run."
    )
