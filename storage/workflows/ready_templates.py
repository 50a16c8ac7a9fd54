"""Ready-made templates: which of those that come with Onelane were loaded, and in which version."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_into, table_of


class ReadyTemplate(Row, table=True):
    """A row of `ready_templates`: it outlives its template, so that what a person deleted is not loaded again."""

    __tablename__ = "ready_templates"

    system_key: str = Field(primary_key=True, sa_type=sa.Text)
    content_hash: str = Field(sa_type=sa.Text)
    """Of the newest version that was offered here, whether or not the template took it."""
    template_id: str | None = Field(
        default=None, foreign_key="workflow_templates.id", ondelete="SET NULL", sa_type=sa.Text
    )
    """The template; none once a person has deleted it."""
    loaded_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def loaded_hashes(session: Session) -> Mapping[str, str]:
    """The hash of each ready-made template that was loaded, by its key."""
    table = table_of(ReadyTemplate)
    return {row[0]: row[1] for row in session.sql(sa.select(table.c.system_key, table.c.content_hash))}


def take_new(session: Session, system_key: str, content_hash: str) -> bool:
    """Take it upon this transaction to load a template for the first time. False when somebody else has."""
    table = table_of(ReadyTemplate)
    row = {"system_key": system_key, "content_hash": content_hash, "loaded_at": session.now()}
    statement = insert_into(session, table).values(**row).on_conflict_do_nothing().returning(table.c.system_key)
    return session.sql(statement).one_or_none() is not None


def take_newer(session: Session, system_key: str, *, loaded_hash: str, content_hash: str) -> bool:
    """Take it upon this transaction to load a newer version. False when somebody else has."""
    table = table_of(ReadyTemplate)
    is_loaded = (table.c.system_key == system_key) & (table.c.content_hash == loaded_hash)
    changes = {"content_hash": content_hash, "loaded_at": session.now()}
    return session.sql(sa.update(table).where(is_loaded).values(**changes)).rowcount == 1


def note_template(session: Session, system_key: str, template_id: str) -> None:
    """Say which template it became."""
    has_key = col(ReadyTemplate.system_key) == system_key
    session.sql(sa.update(ReadyTemplate).where(has_key).values(template_id=template_id))


def find_ready_template(session: Session, system_key: str) -> ReadyTemplate | None:
    """What is known of the ready-made template with this key."""
    return session.exec(select(ReadyTemplate).where(col(ReadyTemplate.system_key) == system_key)).one_or_none()
