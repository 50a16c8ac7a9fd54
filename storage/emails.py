"""E-mail addresses of contacts: every address, who said so, and whether it may prove who someone is."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, select

from onelane.storage.columns import flag_column, time_column
from onelane.storage.database import Session
from onelane.storage.rows import Row


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
