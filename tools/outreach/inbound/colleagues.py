"""Colleagues of whoever answered: their sequences go on, rest or end, as the template says.

See docs/mail.md, "What stops". Who has the same company domain is a colleague; an address at a provider for everybody
says nothing of a company.
"""

from collections.abc import Collection

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows import due_enrollments, templates
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus, StateReason
from onelane.tools.outreach.mail.providers import PROVIDERS

_FOR_EVERYBODY = frozenset(domain for provider in PROVIDERS for domain in provider.domains)


def stop_colleagues(session: Session, template_id: str, contact_ids: Collection[str]) -> None:
    """Let the colleagues of people who answered in a sequence rest or leave it, where its template says so."""
    template = templates.get_template(session, template_id)
    answer_rule = None if template is None else orjson.loads(template.config).get("onAccountReply")
    if answer_rule not in ("pause", "stop"):
        return
    for enrollment_id in _colleagues(session, template_id, _domains(session, contact_ids)):
        if answer_rule == "stop":
            reason = StateReason.REPLY
            end_enrollment(session, enrollment_id, EnrollmentStatus.REMOVED, reason, at=session.now())
        else:
            due_enrollments.rest_after_answer(session, enrollment_id)


def _domains(session: Session, contact_ids: Collection[str]) -> set[str]:
    table = table_of(Contact)
    emails = session.sql(sa.select(table.c.email).where(among(session, table.c.id, contact_ids))).scalars()
    domains = {email.strip().lower().rpartition("@")[2] for email in emails if email}
    return {domain for domain in domains if domain} - _FOR_EVERYBODY


def _colleagues(session: Session, template_id: str, domains: Collection[str]) -> list[str]:
    people, stays = table_of(Contact), table_of(Enrollment)
    if not domains:
        return []
    same_domain = [sa.func.lower(people.c.email).endswith(f"@{domain}", autoescape=True) for domain in sorted(domains)]
    query = sa.select(stays.c.id).join_from(stays, people, stays.c.contact_id == people.c.id)
    query = query.where(stays.c.template_id == template_id, stays.c.status.in_(ONGOING), sa.or_(*same_domain))
    return list(session.sql(query.order_by(stays.c.id)).scalars())
