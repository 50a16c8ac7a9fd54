"""Contact identities: who a contact is on each platform (SPEC 3.1)."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, select

from onelane.storage.accounts import Platform
from onelane.storage.columns import count_column, enum_column, flag_column, json_column, time_column
from onelane.storage.database import Session
from onelane.storage.rows import Row


class Identity(Row, table=True):
    """A row of `contact_identities`. A platform's user belongs to one contact: the unique key says so."""

    __tablename__ = "contact_identities"
    __table_args__ = (
        sa.Index("idx_identity_platform_user", "platform", "platform_user_id", unique=True),
        sa.Index("idx_identity_contact", "contact_id"),
        sa.Index(
            "ix_identity_url",
            "platform_url",
            sqlite_where=sa.text("platform_url IS NOT NULL"),
            postgresql_where=sa.text("platform_url IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    contact_id: str = Field(foreign_key="contacts.id", ondelete="CASCADE", sa_type=sa.Text)
    platform: Platform = Field(sa_column=enum_column(Platform, name="ck_contact_identities_platform"))
    platform_user_id: str = Field(sa_type=sa.Text)
    platform_handle: str | None = Field(default=None, sa_type=sa.Text)
    platform_url: str | None = Field(default=None, sa_type=sa.Text)
    platform_data: str = Field(default="{}", sa_column=json_column())
    is_primary: bool = Field(default=False, sa_column=flag_column(default=False))
    is_active: bool = Field(default=True, sa_column=flag_column(default=True))
    followers_count: int | None = Field(default=None)
    following_count: int | None = Field(default=None)
    posts_count: int = Field(default=0, sa_column=count_column())
    last_synced_at: datetime | None = Field(default=None, sa_column=time_column())
    sync_errors: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def list_identities(session: Session, contact_id: str) -> list[Identity]:
    """All identities of a contact, the primary one first."""
    query = select(Identity).where(Identity.contact_id == contact_id)
    return list(session.exec(query.order_by(sa.desc("is_primary"), sa.asc("id"))))
