"""Enrollments as sequences ask for them: many at once, by template, version or contact."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach import template_versions
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import (
    AT_REST,
    IS_ONGOING,
    ONGOING,
    Enrollment,
    EnrollmentStatus,
    Gate,
    StateReason,
)
from onelane.storage.workflows.templates import Template, TemplateStatus

_SEQUENCES = 20


def list_current(
    session: Session, template_id: str, contact_ids: Collection[str], *, limit: int
) -> Sequence[Enrollment]:
    """The ongoing enrollments of a template, oldest first, of these contacts if any are given."""
    table = table_of(Enrollment)
    query = select(Enrollment).where(Enrollment.template_id == template_id, col(Enrollment.status).in_(ONGOING))
    if contact_ids:
        # Ordered here: a database that is to order them reads all of the template for a few.
        rows = session.exec(query.where(among(session, table.c.contact_id, contact_ids)))
        return sorted(rows, key=lambda enrollment: enrollment.id)[:limit]
    return session.exec(query.order_by(col(Enrollment.id)).limit(limit)).all()


def sequence_without_question(session: Session, contact_id: str) -> str | None:
    """The name of a sequence that somebody is in and whose version a person approved: its letters ask nobody."""
    for stay in enrollments.list_ongoing_of(session, contact_id, limit=_SEQUENCES):
        if template_versions.is_approved(session, stay["template_id"], stay["template_version_id"]):
            return stay["template_name"]
    return None


def count_on_their_way(session: Session) -> int:
    """How many enrollments go on in active templates that have steps."""
    table, source = table_of(Enrollment), table_of(Template)
    query = sa.select(sa.func.count()).select_from(table).join(source, table.c.template_id == source.c.id)
    is_active = (source.c.status == TemplateStatus.ACTIVE) & table.c.template_version_id.is_not(None)
    return session.sql(query.where(is_active, table.c.status.in_(ONGOING))).scalar_one()


def count_people_in(session: Session, template_id: str, *, most: int) -> tuple[int, int]:
    """How many are in a template now, and for how many of them a message waits for a yes; no more than `most` are read.

    Args:
        session: the database
        template_id: the template
        most: so many are counted at most, for a list is shown quickly however many there are
    """
    table = table_of(Enrollment)
    there = sa.select(table.c.waiting_for).where(table.c.template_id == template_id, IS_ONGOING)
    people = there.limit(most).subquery()
    is_asked = sa.case((people.c.waiting_for == Gate.APPROVAL, 1), else_=0)
    row = session.sql(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(is_asked), 0)).select_from(people)).one()
    return row[0], row[1]


def give_version(session: Session, template_id: str, version_id: str) -> None:
    """Let those who were enrolled before a template had a version go by this one."""
    statement = sa.update(Enrollment).where(
        col(Enrollment.template_id) == template_id,
        col(Enrollment.template_version_id).is_(None),
        col(Enrollment.status).in_(ONGOING),
    )
    session.sql(statement.values(template_version_id=version_id).execution_options(synchronize_session=False))


def latest_of_contact(session: Session, contact_id: str) -> Enrollment | None:
    """The enrollment of a contact that goes on, else the one that ended last."""
    is_over = col(Enrollment.status).not_in(ONGOING)
    query = select(Enrollment).where(Enrollment.contact_id == contact_id)
    return session.exec(query.order_by(is_over, col(Enrollment.id).desc()).limit(1)).first()


class EarlierEntry(NamedTuple):
    """How somebody's latest stay in a template ended."""

    status: EnrollmentStatus
    reason: StateReason | None
    ended_at: datetime | None


def latest_entries(session: Session, template_id: str, contact_ids: Collection[str]) -> dict[str, EarlierEntry]:
    """The latest stay of each of these contacts in a template, ongoing or over."""
    table = table_of(Enrollment)
    query = sa.select(table.c.contact_id, table.c.status, table.c.state_reason, table.c.completed_at)
    query = query.where(table.c.template_id == template_id, among(session, table.c.contact_id, contact_ids))
    # After a merge, a stay that goes on may have been entered before one that is over.
    rows = session.sql(query.order_by(table.c.status.in_(ONGOING), table.c.entry))
    return {row.contact_id: EarlierEntry(row.status, row.state_reason, row.completed_at) for row in rows}


def end_all(session: Session, template_id: str, reason: StateReason) -> int:
    """End whatever goes on in a template; how many enrollments that were."""
    statement = sa.update(Enrollment).where(
        col(Enrollment.template_id) == template_id, col(Enrollment.status).in_(ONGOING)
    )
    values = {"status": EnrollmentStatus.REMOVED, "state_reason": reason, "completed_at": session.now(), **AT_REST}
    return session.sql(statement.values(**values)).rowcount
