"""Archiving: putting contacts aside, with all that goes with it."""

from collections.abc import Mapping

from onelane.storage.database.engine import Session
from onelane.storage.outreach.enrollment_ends import end_all_of_contacts
from onelane.storage.people import contacts
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows.enrollments import StateReason


def archive(session: Session, reasons: Mapping[str, str], *, run_id: str | None) -> None:
    """Archive contacts; they leave what they are enrolled in, and lists do not find them any more.

    Args:
        session: the transaction
        reasons: why, by the contacts' ids
        run_id: the run that does it, if any
    """
    by_reason: dict[str, list[str]] = {}
    for contact_id, reason in reasons.items():
        by_reason.setdefault(reason, []).append(contact_id)
    for reason, ids in by_reason.items():
        contacts.archive_contacts(session, ids, reason, run_id=run_id)
    end_all_of_contacts(session, list(reasons), StateReason.CONTACT_ARCHIVED)
    index_contacts(session, list(reasons))
