"""Contacts: the people one knows (SPEC 3.1)."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, update

from onelane.storage.accounts import Platform
from onelane.storage.columns import Vocabulary, count_column, enum_column, flag_column, json_column, time_column
from onelane.storage.database import Session
from onelane.storage.rows import Row


class FunnelStage(Vocabulary):
    """How far the relationship has come."""

    PROSPECT = "prospect"
    ENGAGED = "engaged"
    QUALIFIED = "qualified"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    ADVOCATE = "advocate"


class Contact(Row, table=True):
    """A row of `contacts`: one person, or an organisation that has no person."""

    __tablename__ = "contacts"
    __table_args__ = (
        sa.Index("idx_contacts_name", "name"),
        sa.Index("ix_contacts_live", "archived_at", "id"),
        sa.Index("ix_contacts_email", "email"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    first_name: str | None = Field(default=None, sa_type=sa.Text)
    last_name: str | None = Field(default=None, sa_type=sa.Text)
    headline: str | None = Field(default=None, sa_type=sa.Text)
    company: str | None = Field(default=None, sa_type=sa.Text)
    title: str | None = Field(default=None, sa_type=sa.Text)
    email: str | None = Field(default=None, sa_type=sa.Text)
    """The address to write to first; all of them are in `contact_emails`."""
    phone: str | None = Field(default=None, sa_type=sa.Text)
    platform: Platform | None = Field(
        default=None, sa_column=enum_column(Platform, name="ck_contacts_platform", nullable=True)
    )
    """Where this contact first came from."""
    profile_url: str | None = Field(default=None, sa_type=sa.Text)
    avatar_url: str | None = Field(default=None, sa_type=sa.Text)
    bio: str | None = Field(default=None, sa_type=sa.Text)
    location: str | None = Field(default=None, sa_type=sa.Text)
    website: str | None = Field(default=None, sa_type=sa.Text)
    notes: str | None = Field(default=None, sa_type=sa.Text)
    tags: str = Field(default="[]", sa_column=json_column("[]"))
    funnel_stage: FunnelStage = Field(
        default=FunnelStage.PROSPECT,
        sa_column=enum_column(FunnelStage, name="ck_contacts_funnel_stage", default=FunnelStage.PROSPECT),
    )
    score: int = Field(default=0, sa_column=count_column())
    enrichment_score: int = Field(default=0, sa_column=count_column())
    """0 to 100: how much is known."""
    metadata_: str = Field(
        default="{}", sa_column=sa.Column("metadata", sa.Text(), nullable=False, server_default=sa.text("'{}'"))
    )
    last_interaction_at: datetime | None = Field(default=None, sa_column=time_column())
    is_self: bool = Field(default=False, sa_column=flag_column(default=False))
    is_organisation: bool = Field(default=False, sa_column=flag_column(default=False))
    archived_at: datetime | None = Field(default=None, sa_column=time_column())
    archive_reason: str | None = Field(default=None, sa_type=sa.Text)
    archived_by_run_id: str | None = Field(default=None, sa_type=sa.Text)
    """The run that archived this contact, so that all of a run's archiving can be taken back."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def get_contact(session: Session, contact_id: str) -> Contact | None:
    """The contact with this id, archived or not."""
    return session.get(Contact, contact_id)


def archive_contact(session: Session, contact_id: str, reason: str, *, run_id: str | None = None) -> bool:
    """Put a contact aside and keep the reason. False when it is archived already, or unknown."""
    now = session.now()
    statement = (
        update(Contact)
        .where(col(Contact.id) == contact_id, col(Contact.archived_at).is_(None))
        .values(archived_at=now, archive_reason=reason, archived_by_run_id=run_id, updated_at=now)
    )
    return session.sql(statement).rowcount == 1


def restore_contact(session: Session, contact_id: str) -> bool:
    """Bring an archived contact back. False when it is not archived, or unknown."""
    statement = update(Contact).where(col(Contact.id) == contact_id, col(Contact.archived_at).is_not(None))
    return session.sql(statement.values(**_RESTORED, updated_at=session.now())).rowcount == 1


def restore_contacts_of_run(session: Session, run_id: str) -> int:
    """Bring back everyone whom this run archived; how many came back."""
    statement = update(Contact).where(col(Contact.archived_by_run_id) == run_id)
    return session.sql(statement.values(**_RESTORED, updated_at=session.now())).rowcount


_RESTORED = {"archived_at": None, "archive_reason": None, "archived_by_run_id": None}
