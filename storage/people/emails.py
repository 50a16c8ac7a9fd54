"""E-mail addresses of contacts: every address, who said so, and whether it may prove who someone is."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import flag_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, Values, among, bare, insert_into, read_rows, table_of
from onelane.storage.people.contacts import Contact


class ContactEmail(Row, table=True):
    """A row of `contact_emails`."""

    __tablename__ = "contact_emails"
    __table_args__ = (
        sa.Index("ix_contact_emails_contact_address", "contact_id", "normalized", unique=True),
        sa.Index("ix_contact_emails_normalized", "normalized"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    contact_id: str = Field(foreign_key="contacts.id", ondelete="CASCADE", sa_type=sa.Text)
    address: str = Field(sa_type=sa.Text)
    """As it was written."""
    normalized: str = Field(sa_type=sa.Text)
    """In lower case: what is compared."""
    label: str | None = Field(default=None, sa_type=sa.Text)
    source: str = Field(sa_type=sa.Text)
    """The platform or the hand that gave it."""
    is_verified: bool = Field(default=False, sa_column=flag_column(default=False))
    """True when a platform or the person vouches for it: only then does it prove an identity."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def list_emails(session: Session, contact_id: str) -> list[ContactEmail]:
    """All addresses of a contact, oldest first."""
    query = select(ContactEmail).where(ContactEmail.contact_id == contact_id).order_by(sa.asc("id"))
    return list(session.exec(query))


def find_vouched(session: Session, normalized: str) -> list[Contact]:
    """The contacts whom this address is known to belong to, archived or not; more than two are not told."""
    query = select(Contact).join(ContactEmail, col(ContactEmail.contact_id) == col(Contact.id))
    query = query.where(ContactEmail.normalized == normalized, col(ContactEmail.is_verified))
    return list(session.exec(query.order_by(col(Contact.id)).limit(2)))


def keep_email(
    session: Session, contact_id: str, *, address: str, normalized: str, source: str, is_verified: bool
) -> None:
    """Keep an address of a contact. What was verified stays so."""
    email = ContactEmail(
        id=session.new_id("eml"),
        contact_id=contact_id,
        address=address,
        normalized=normalized,
        source=source,
        is_verified=is_verified,
        created_at=session.now(),
    )
    table = table_of(ContactEmail)
    insert = insert_into(session, table)
    still_verified = sa.or_(table.c.is_verified, insert.excluded.is_verified)
    session.sql(
        insert.values(**email.model_dump()).on_conflict_do_update(
            index_elements=["contact_id", "normalized"], set_={"is_verified": still_verified}
        )
    )


def forget_email(session: Session, contact_id: str, normalized: str) -> None:
    """Take an address away from a contact."""
    session.sql(
        sa.delete(ContactEmail).where(
            col(ContactEmail.contact_id) == contact_id, col(ContactEmail.normalized) == normalized
        )
    )


def read_addresses(session: Session, contact_ids: Collection[str]) -> list[tuple[str, str]]:
    """All addresses of these contacts, in lower case, each with its contact's id."""
    table = bare(ContactEmail)
    query = sa.select(table.c.contact_id, table.c.normalized).where(among(session, table.c.contact_id, contact_ids))
    return [(row.contact_id, row.normalized) for row in session.sql(query)]


def read_owners(session: Session, addresses: Collection[str]) -> list[Values]:
    """Who has these addresses, oldest first: normalized address, contact id, and whether it is vouched for."""
    table = bare(ContactEmail)
    query = sa.select(table.c.normalized, table.c.contact_id, table.c.is_verified)
    query = query.where(among(session, table.c.normalized, addresses)).order_by(table.c.id)
    return read_rows(session, query)


def vouch_for_emails(session: Session, emails: Collection[tuple[str, str]]) -> None:
    """Let known addresses prove who someone is; each is a contact's id and a normalized address."""
    mail = table_of(ContactEmail)
    statement = sa.update(mail).values(is_verified=True)
    statement = statement.where(mail.c.contact_id == sa.bindparam("of"), mail.c.normalized == sa.bindparam("mail"))
    if emails:
        session.sql(statement, [{"of": contact_id, "mail": address} for contact_id, address in emails])
