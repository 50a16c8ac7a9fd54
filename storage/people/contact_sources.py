"""Sources of contact values: page, method and run."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, enum_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_into, table_of


class SourceMethod(Vocabulary):
    """How a value was found."""

    STRUCTURED = "structured", "Structured data of a page"
    MODEL = "model", "Read from a page by the model"
    SEARCH = "search", "Search result"
    PERSON = "person", "Given by a person"


class ContactSource(Row, table=True):
    """A row of `contact_sources`: a page that says a value of a contact."""

    __tablename__ = "contact_sources"
    __table_args__ = (
        sa.Index("ix_contact_sources_value", "contact_id", "field", "url", unique=True),
        sa.Index("ix_contact_sources_run", "workflow_run_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    contact_id: str = Field(foreign_key="contacts.id", ondelete="CASCADE", sa_type=sa.Text)
    field: str = Field(sa_type=sa.Text)
    value: str = Field(sa_type=sa.Text)
    url: str = Field(sa_type=sa.Text)
    method: SourceMethod = Field(sa_column=enum_column(SourceMethod, name="ck_contact_sources_method"))
    workflow_run_id: str | None = Field(
        default=None, foreign_key="workflow_runs.id", ondelete="SET NULL", sa_type=sa.Text
    )
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def keep_source(
    session: Session,
    *,
    contact_id: str,
    field: str,
    value: str,
    url: str,
    method: SourceMethod,
    workflow_run_id: str | None,
) -> None:
    """Note where a value was found; what the same page said of the same field before is replaced."""
    table = table_of(ContactSource)
    changes = {"value": value, "method": method, "workflow_run_id": workflow_run_id, "created_at": session.now()}
    row = {"id": session.new_id("src"), "contact_id": contact_id, "field": field, "url": url, **changes}
    keys = [table.c.contact_id, table.c.field, table.c.url]
    session.sql(insert_into(session, table).values(**row).on_conflict_do_update(index_elements=keys, set_=changes))


def list_sources(session: Session, contact_id: str) -> Sequence[ContactSource]:
    """Where the values of a contact come from, field by field, the newest first."""
    query = select(ContactSource).where(ContactSource.contact_id == contact_id)
    return session.exec(query.order_by(col(ContactSource.field), col(ContactSource.created_at).desc())).all()
