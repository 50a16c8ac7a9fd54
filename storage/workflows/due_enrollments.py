"""Due enrollments: who has to be looked at now, and who does it (docs/sequences.md, "The mover").

Whoever waits is a row in one index and costs nothing. Who is due is claimed, so that two movers never take the same
person; a claim whose mover is gone runs out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, renew_row, table_of
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.templates import Template, TemplateStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """Who was claimed by one mover.

    Args:
        enrollment_ids: those that are its own until then
        until: when they are anybody's again
    """

    enrollment_ids: Sequence[str]
    until: datetime


def is_anybody_due(session: Session) -> bool:
    """Whether somebody has to be looked at."""
    return session.sql(_ANY, {"now": _seconds(session.now())}).first() is not None


def are_some_under_way(session: Session) -> bool:
    """Whether anybody is in a sequence."""
    return session.sql(_SOME).first() is not None


def claim_due(session: Session, *, seconds: int, limit: int) -> Claim:
    """Take those who have been due longest, so many at most; nobody whom another mover has."""
    until = session.now() + timedelta(seconds=seconds)
    params = {"now": _seconds(session.now()), "until": _seconds(until), "most": limit}
    dialect = session.get_bind().dialect.name
    rows = session.sql(_CLAIM if dialect == "sqlite" else _CLAIM_UNLOCKED, params)
    # RETURNING keeps no order.
    places = sorted((row.next_step_at, row.id) for row in rows)
    return Claim([each for _, each in places], datetime.fromtimestamp(params["until"], until.tzinfo))


def read_claimed(session: Session, enrollment_ids: Collection[str], until: datetime) -> Sequence[Enrollment]:
    """Those of these who are still claimed by this claim, the longest due first; they are locked on PostgreSQL."""
    query = select(Enrollment).where(
        among(session, table_of(Enrollment).c.id, enrollment_ids),
        col(Enrollment.status).in_(ONGOING),
        col(Enrollment.claimed_until) == until,
    )
    ordered_query = query.order_by(col(Enrollment.next_step_at), col(Enrollment.id))
    return session.exec(ordered_query.with_for_update().execution_options(populate_existing=True)).all()


def hold_for_person(session: Session, enrollment_id: str, gate: Gate) -> None:
    """Let an enrollment wait until a person does something."""
    changes = {"next_step_at": None, "claimed_until": None, "waiting_for": gate}
    statement = sa.update(Enrollment).where(col(Enrollment.id) == enrollment_id, col(Enrollment.status).in_(ONGOING))
    session.sql(statement.values(**changes).execution_options(synchronize_session="fetch"))


def rest_after_answer(session: Session, enrollment_id: str) -> None:
    """Let an enrollment rest until a person lets it go on, for a colleague has answered."""
    changes = {
        "next_step_at": None,
        "claimed_until": None,
        "waiting_for": Gate.REPLY,
        "state_reason": StateReason.REPLY,
    }
    statement = sa.update(Enrollment).where(col(Enrollment.id) == enrollment_id, col(Enrollment.status).in_(ONGOING))
    session.sql(statement.values(**changes).execution_options(synchronize_session="fetch"))


def go_on_after_answer(session: Session, enrollment_id: str) -> bool:
    """Let somebody go on who rested because of a colleague's answer; False when they did not."""
    changes = {"state_reason": None, "waiting_for": None, "next_step_at": session.now(), "claimed_until": None}
    rests = (col(Enrollment.status).in_(ONGOING), col(Enrollment.state_reason) == StateReason.REPLY)
    statement = sa.update(Enrollment).where(col(Enrollment.id) == enrollment_id, *rests).values(**changes)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


def put_off(session: Session, enrollment_id: str, until: datetime) -> None:
    """Look at an enrollment later."""
    later = {"next_step_at": until, "claimed_until": None}
    statement = sa.update(Enrollment).where(col(Enrollment.id) == enrollment_id, col(Enrollment.status).in_(ONGOING))
    session.sql(statement.values(**later).execution_options(synchronize_session="fetch"))


def look_again(
    session: Session, enrollment_ids: Collection[str] | None = None, *, contact_ids: Collection[str] = ()
) -> None:
    """Let these, or the enrollments of these contacts, be looked at now, whatever they wait for.

    In a template that is not active nobody is looked at.
    """
    table = table_of(Enrollment)
    which = (
        among(session, table.c.id, enrollment_ids)
        if enrollment_ids is not None
        else among(session, table.c.contact_id, contact_ids)
    )
    _look_again(session, which)


def look_again_at_template(session: Session, template_id: str, *, only_resting: bool) -> None:
    """Let those in a template be looked at now: everybody, or only those who wait without an instant."""
    which = col(Enrollment.template_id) == template_id
    _look_again(session, which & col(Enrollment.next_step_at).is_(None) if only_resting else which)


def look_again_at_gate(session: Session, gate: Gate) -> None:
    """Let those whom a gate holds be looked at now, for it may be open."""
    _look_again(session, col(Enrollment.waiting_for) == gate)


def go_on(session: Session, enrollment_id: str, step_index: int, at: datetime) -> bool:
    """Let somebody go on behind a step that was over then; False when they are not at that step any more."""
    params = {"id": enrollment_id, "step": step_index, "at": _seconds(at)}
    is_moved = session.sql(_GO_ON, params).rowcount == 1
    renew_row(session, Enrollment, enrollment_id)
    return is_moved


def begin_step_again(session: Session, enrollment_id: str) -> bool:
    """Let the step at which somebody is be written anew, under a new key; False when they are not active."""
    changes = {"epoch": col(Enrollment.epoch) + 1, "next_step_at": session.now(), "claimed_until": None}
    conditions = (col(Enrollment.id) == enrollment_id, col(Enrollment.status) == EnrollmentStatus.ACTIVE)
    statement = sa.update(Enrollment).where(*conditions).values(**changes, waiting_for=None)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


def go_back(session: Session, enrollment_id: str, step_index: int, epoch: int) -> bool:
    """Let somebody stand at a step again that they have left, to be written anew; False when they are elsewhere.

    Args:
        session: a writing one
        enrollment_id: who
        step_index: the step
        epoch: how often their steps were begun anew when they left it
    """
    statement = sa.update(Enrollment).where(
        col(Enrollment.id) == enrollment_id,
        col(Enrollment.status) == EnrollmentStatus.ACTIVE,
        col(Enrollment.current_step_index) > step_index,
        col(Enrollment.epoch) == epoch,
    )
    now = session.now()
    here = {"current_step_index": step_index, "step_began_at": now, "next_step_at": now, "epoch": epoch + 1}
    gone = session.sql(
        statement.values(**here, claimed_until=None, waiting_for=None).execution_options(synchronize_session="fetch")
    )
    return gone.rowcount == 1


def count_waiting_for(session: Session) -> dict[Gate, int]:
    """How many enrollments each gate holds now."""
    table = table_of(Enrollment)
    query = sa.select(table.c.waiting_for, sa.func.count().label("enrollments")).where(
        table.c.waiting_for.is_not(None), table.c.status.in_(ONGOING)
    )
    return {row.waiting_for: row.enrollments for row in session.sql(query.group_by(table.c.waiting_for))}


def _look_again(session: Session, which: sa.ColumnElement[bool]) -> None:
    source = table_of(Template)
    active = sa.select(source.c.id).where(source.c.status == TemplateStatus.ACTIVE)
    statement = sa.update(Enrollment).where(
        which, col(Enrollment.status).in_(ONGOING), col(Enrollment.template_id).in_(active)
    )
    now: dict[str, Any] = {"next_step_at": session.now(), "claimed_until": None}
    session.sql(statement.values(**now).execution_options(synchronize_session="fetch"))


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


# As text, for one of them is asked each second. The states are spelt out: only so SQLite uses the index of who is due.
_DUE = (
    "FROM workflow_enrollments WHERE status IN ('pending', 'active') AND next_step_at <= :now "
    "AND (claimed_until IS NULL OR claimed_until <= :now) ORDER BY next_step_at LIMIT"
)
_GO_ON = sa.text(
    "UPDATE workflow_enrollments SET current_step_index = :step + 1, step_began_at = :at, next_step_at = :at, "
    "claimed_until = NULL, waiting_for = NULL "
    "WHERE id = :id AND current_step_index = :step AND status IN ('pending', 'active')"
)
_CLAIM_THOSE = "UPDATE workflow_enrollments SET claimed_until = :until WHERE id"
_SOME = sa.text("SELECT 1 FROM workflow_enrollments WHERE status IN ('pending', 'active') LIMIT 1")
_ANY = sa.text(f"SELECT 1 {_DUE} 1")
_CLAIM = sa.text(f"{_CLAIM_THOSE} IN (SELECT id {_DUE} :most) RETURNING id, next_step_at")
_UNLOCKED = f"SELECT id {_DUE} :most FOR UPDATE SKIP LOCKED"
_CLAIM_UNLOCKED = sa.text(f"{_CLAIM_THOSE} = ANY (ARRAY ({_UNLOCKED})) RETURNING id, next_step_at")
