"""Merges two contacts: repoints all foreign keys, deletes the duplicate."""

import sqlalchemy as sa

from onelane.storage.contact_references import columns_that_refer_to_contacts
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, table_of
from onelane.storage.outreach.enrollment_merge import unite_enrollments
from onelane.storage.people.contact_sources import ContactSource
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.engagements import Engagement
from onelane.storage.people.identities import Identity
from onelane.storage.search.contact_index import forget_contacts

_KEEP_REFUSAL = sa.text(
    "UPDATE contacts SET (consent_basis, consent_at) = "
    "(SELECT consent_basis, consent_at FROM contacts WHERE id = :gone) "
    "WHERE id = :kept AND lower(trim(coalesce(consent_basis, ''))) <> 'refused' "
    "AND EXISTS (SELECT 1 FROM contacts WHERE id = :gone AND lower(trim(consent_basis)) = 'refused')"
)


def unite_contacts(session: Session, *, kept_id: str, gone_id: str) -> None:
    """Give all that belongs to one contact to another, and remove it; the kept one's own columns are for the caller.

    But a no of the other's is kept, for who refused must not be written to under their addresses. Of what the kept
    contact has already, such as an address, the other's is dropped: a unique key would refuse it.
    """
    forget_contacts(session, [gone_id])
    session.sql(_KEEP_REFUSAL, {"kept": kept_id, "gone": gone_id})
    _drop_doubles(session, ContactEmail, ("normalized",), kept_id, gone_id)
    _drop_doubles(session, ContactSource, ("field", "url"), kept_id, gone_id)
    _drop_doubles(session, Engagement, ("platform", "platform_engagement_id"), kept_id, gone_id)
    unite_enrollments(session, kept_id=kept_id, gone_id=gone_id)
    identities = table_of(Identity).c
    session.sql(sa.update(Identity).where(identities.contact_id == gone_id).values(is_primary=False))
    for column in columns_that_refer_to_contacts():
        session.sql(sa.update(column.table).where(column == gone_id).values({column.name: kept_id}))
    session.sql(sa.delete(Contact).where(table_of(Contact).c.id == gone_id))


def _drop_doubles(session: Session, row: type[Row], columns: tuple[str, ...], kept_id: str, gone_id: str) -> None:
    table = table_of(row)
    names = [table.c[name] for name in columns]
    of_kept = sa.select(*names).where(table.c.contact_id == kept_id)
    session.sql(sa.delete(table).where(table.c.contact_id == gone_id, sa.tuple_(*names).in_(of_kept)))
