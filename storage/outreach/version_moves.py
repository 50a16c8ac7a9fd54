"""Who is on their way in which version of a template, and how they come into another.

See docs/sequences.md, "Migrating".
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus


def count_by_version(session: Session, template_id: str) -> dict[str, int]:
    """How many are on their way in each version of a template, by its id."""
    table = table_of(Enrollment)
    query = sa.select(table.c.template_version_id, sa.func.count().label("people"))
    query = query.where(table.c.template_id == template_id, table.c.status.in_(ONGOING))
    rows = session.sql(query.group_by(table.c.template_version_id))
    return {row.template_version_id: row.people for row in rows if row.template_version_id is not None}


def list_elsewhere(session: Session, template_id: str, version_id: str) -> Sequence[Enrollment]:
    """The ongoing enrollments of a template that go by another version than this one, oldest first."""
    other = sa.or_(col(Enrollment.template_version_id).is_(None), col(Enrollment.template_version_id) != version_id)
    query = select(Enrollment).where(Enrollment.template_id == template_id, col(Enrollment.status).in_(ONGOING), other)
    return session.exec(query.order_by(col(Enrollment.id))).all()


def move_to_version(session: Session, enrollment: Enrollment, version_id: str, *, step_index: int) -> bool:
    """Let somebody go on in another version, before this step; False when they have moved on since they were read.

    Their steps begin anew, so that nothing that is written for one is taken for another.
    """
    is_at_step = (
        (col(Enrollment.id) == enrollment.id)
        & col(Enrollment.status).in_(ONGOING)
        & (col(Enrollment.current_step_index) == enrollment.current_step_index)
        & (col(Enrollment.epoch) == enrollment.epoch)
    )
    values: dict[str, Any] = {
        "template_version_id": version_id,
        "current_step_index": step_index,
        "epoch": enrollment.epoch + 1,
        "waiting_for": None,
        "claimed_until": None,
    }
    if enrollment.status is EnrollmentStatus.ACTIVE:
        values["next_step_at"] = session.now()
    statement = sa.update(Enrollment).where(is_at_step).values(**values)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1
