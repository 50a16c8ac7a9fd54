"""Everything that happened with a contact, in one order."""

from onelane.storage.contact_timeline import EventKind, EventPlace, list_events
from onelane.storage.database.engine import Database
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.people.contacts import create_contact
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason, enroll_contact
from onelane.storage.workflows.runs import WorkflowType, create_workflow_run
from onelane.storage.workflows.steps import StepType, create_workflow_step
from onelane.storage.workflows.templates import TemplateType, create_template


def test_what_happened_with_a_contact_is_told_once_newest_first_whatever_the_page(database: Database) -> None:
    with database.write() as session:
        ada, other = (create_contact(session, name=name) for name in ("Ada", "Grace"))
        run = create_workflow_run(session, workflow_type=WorkflowType.SYNC)
        template = create_template(session, name="Hello", template_type=TemplateType.OUTREACH)
        for contact in (ada, other):
            for step_type in (StepType.CONTACT_CREATE, StepType.ENGAGEMENT_ACTION):
                create_workflow_step(session, workflow_run_id=run.id, step_type=step_type, contact_id=contact.id)
        enrollment = enroll_contact(session, template_id=template.id, contact_id=ada.id)
        assert enrollment is not None
        now = session.now()
        assert end_enrollment(session, enrollment.id, EnrollmentStatus.REMOVED, StateReason.MANUAL, at=now)
    events: list[EventPlace] = []
    with database.read() as session:
        while found := list_events(
            session, ada.id, before=(events[-1].at, events[-1].key) if events else None, limit=1
        ):
            events += found
    kinds = [each.kind for each in events]
    assert kinds.index(EventKind.LEFT) < kinds.index(EventKind.ENTERED)
    assert sorted(kinds) == [EventKind.CREATED, EventKind.ENTERED, EventKind.LEFT, EventKind.STEP]
    assert [each.at for each in events] == sorted((each.at for each in events), reverse=True)
