"""Template versions: what a template said when it was activated (docs/tables.md, "Template versions").

A version is never changed but for its approval, so that everybody is sent what they were enrolled for.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import enum_column, json_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, table_of
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.templates import Template, TemplateStatus

_ACTIVE = TemplateStatus.ACTIVE


class TemplateVersion(Row, table=True):
    """A row of `template_versions`."""

    __tablename__ = "template_versions"
    __table_args__ = (sa.Index("ix_template_versions_number", "template_id", "version", unique=True),)

    id: str = Field(primary_key=True, sa_type=sa.Text)
    template_id: str = Field(foreign_key="workflow_templates.id", ondelete="CASCADE", sa_type=sa.Text)
    version: int
    """Counted from 1 in each template."""
    name: str = Field(sa_type=sa.Text)
    config: str = Field(default="{}", sa_column=json_column())
    steps: str = Field(default="[]", sa_column=json_column("[]"))
    content_hash: str = Field(sa_type=sa.Text)
    """Of the config and the steps."""
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    approved_at: datetime | None = Field(default=None, sa_column=time_column())
    approved_via: Door | None = Field(
        default=None, sa_column=enum_column(Door, name="ck_template_versions_approved_via", nullable=True)
    )


def freeze_version(
    session: Session, *, template_id: str, name: str, config: str, steps: str, content_hash: str
) -> TemplateVersion:
    """The latest version of a template when it says just this, else a new one."""
    latest = latest_version(session, template_id)
    if latest is not None and latest.content_hash == content_hash:
        return latest
    version = TemplateVersion(
        id=session.new_id("ver"),
        template_id=template_id,
        version=1 if latest is None else latest.version + 1,
        name=name,
        config=config,
        steps=steps,
        content_hash=content_hash,
        created_at=session.now(),
    )
    session.add(version)
    session.flush()
    return version


def get_version(session: Session, version_id: str) -> TemplateVersion | None:
    """The version with this id."""
    return session.get(TemplateVersion, version_id)


def find_version(session: Session, template_id: str, number: int) -> TemplateVersion | None:
    """The version of a template with this number."""
    query = select(TemplateVersion).where(TemplateVersion.template_id == template_id, TemplateVersion.version == number)
    return session.exec(query).first()


def latest_version(session: Session, template_id: str) -> TemplateVersion | None:
    """The newest version of a template; None when it was never activated."""
    query = select(TemplateVersion).where(TemplateVersion.template_id == template_id)
    return session.exec(query.order_by(col(TemplateVersion.version).desc()).limit(1)).first()


def is_approved(session: Session, template_id: str, version_id: str | None) -> bool:
    """Whether a person approved a version of a template, or its newest one where none is named."""
    row = session.sql(_APPROVED_AT, {"template": template_id, "version": version_id}).first()
    return row is not None and row.approved_at is not None


def version_numbers(session: Session, version_ids: Collection[str]) -> dict[str, int]:
    """The numbers of versions, by their ids."""
    table = table_of(TemplateVersion)
    if not version_ids:
        return {}
    query = sa.select(table.c.id, table.c.version).where(among(session, table.c.id, version_ids))
    return {row.id: row.version for row in session.sql(query)}


def list_versions(session: Session, template_id: str) -> Sequence[TemplateVersion]:
    """All versions of a template, the newest first."""
    query = select(TemplateVersion).where(TemplateVersion.template_id == template_id)
    return session.exec(query.order_by(col(TemplateVersion.version).desc())).all()


def list_unapproved(session: Session) -> Sequence[TemplateVersion]:
    """The latest version of each active template that no person has approved, oldest first."""
    source, later = table_of(Template), table_of(TemplateVersion).alias("later")
    is_active = sa.exists().where(source.c.id == col(TemplateVersion.template_id), source.c.status == _ACTIVE)
    has_later = sa.exists().where(
        later.c.template_id == col(TemplateVersion.template_id), later.c.version > col(TemplateVersion.version)
    )
    query = select(TemplateVersion).where(col(TemplateVersion.approved_at).is_(None), is_active, ~has_later)
    return session.exec(query.order_by(col(TemplateVersion.id))).all()


def approve_version(session: Session, version_id: str, *, content_hash: str, via: Door) -> bool:
    """Note that a person approved this very text. False when it is approved already, or says something else."""
    table = table_of(TemplateVersion)
    is_this_text = (table.c.id == version_id) & (table.c.content_hash == content_hash) & table.c.approved_at.is_(None)
    statement = sa.update(TemplateVersion).where(is_this_text).values(approved_at=session.now(), approved_via=via)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


def void_approvals(session: Session) -> None:
    """Note of no version that a person approved it."""
    was_approved = table_of(TemplateVersion).c.approved_at.is_not(None)
    statement = sa.update(TemplateVersion).where(was_approved).values(approved_at=None, approved_via=None)
    session.sql(statement.execution_options(synchronize_session="fetch"))


_APPROVED_AT = sa.text(
    "SELECT approved_at FROM template_versions WHERE template_id = :template "
    "ORDER BY CASE WHEN id = :version THEN 0 ELSE 1 END, version DESC LIMIT 1"
)
