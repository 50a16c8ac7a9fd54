"""Unites the enrollments of two contacts that are one: of two that exclude each other, the one further ahead stays."""

from collections.abc import Callable, Sequence, Set

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Row as Fetched

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound.outbound_actions import LEFT, OutboundAction
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus, StateReason
from onelane.storage.workflows.templates import Template

_Found = Fetched[*tuple[object, ...]]
_THEIR_WORD = (StateReason.REPLY, StateReason.UNSUBSCRIBED)
"""What somebody said themselves, which holds for every sequence that they were in when they said it."""


def unite_enrollments(session: Session, *, kept_id: str, gone_id: str) -> None:
    """Give the enrollments of one contact to another, so that no unique key refuses them.

    What was sent in one that ends stays, and what waits to be sent in it is cancelled.
    """
    table = table_of(Enrollment)
    query = sa.select(table).where(table.c.contact_id.in_([kept_id, gone_id])).order_by(table.c.id)
    for word, row in _unheard(session.sql(query).all()):
        end_enrollment(session, str(row.id), word.status, word.state_reason, at=session.now())
    for row in _entered_before(session, session.sql(query).all()):
        end_enrollment(session, str(row.id), EnrollmentStatus.REMOVED, StateReason.MANUAL, at=session.now())
    rows = session.sql(query).all()
    doubles, excluded = _that_end(rows, kept_id)
    for row in (*doubles, *excluded):
        end_enrollment(session, str(row.id), EnrollmentStatus.REMOVED, StateReason.MANUAL, at=session.now())
    session.sql(sa.delete(table).where(table.c.id.in_([row.id for row in doubles])))
    _move(session, [row for row in rows if row not in doubles], kept_id=kept_id, gone_id=gone_id)


def _that_end(rows: Sequence[_Found], kept_id: str) -> tuple[list[_Found], list[_Found]]:
    """The stays behind another one in the same template, and those behind another exclusive one."""
    ongoing = sorted((row for row in rows if row.status in ONGOING), key=lambda row: _rank(row, kept_id))
    doubles = _behind(ongoing, lambda row: row.template_id)
    return doubles, _behind([row for row in ongoing if row not in doubles and row.is_exclusive], lambda row: True)


def _unheard(rows: Sequence[_Found]) -> list[tuple[_Found, _Found]]:
    """What one of the two said while the other went on, who was them: it would have ended their stays as well."""
    words = [row for row in rows if row.status not in ONGOING and row.state_reason in _THEIR_WORD]
    return [
        (word, row)
        for row in rows
        for word in words
        if row.status in ONGOING and word.contact_id != row.contact_id and word.completed_at >= row.enrolled_at
    ]


def _entered_before(session: Session, rows: Sequence[_Found]) -> list[_Found]:
    """The stays in a template that the other one, who was them, has left: they would get its letters once more."""
    over = [row for row in rows if row.status not in ONGOING and row.state_reason is not StateReason.BOUNCE_HARD]
    pairs = [
        (row, before)
        for row in rows
        for before in over
        if row.status in ONGOING and row.template_id == before.template_id and row.contact_id != before.contact_id
    ]
    if not pairs:
        return []
    written_to, many = _written_to(session, over), _entered_often(session, over)
    ended = {
        row.id: row
        for row, before in pairs
        if _was_told_to_leave(before, row)
        or (
            before.id in written_to
            and before.current_step_index > row.current_step_index
            and before.template_id not in many
        )
    }
    return list(ended.values())


def _was_told_to_leave(before: _Found, row: _Found) -> bool:
    """Whether somebody unsubscribed, or was removed by hand while they were there under their other name."""
    is_by_hand = before.state_reason is StateReason.MANUAL and before.completed_at > row.enrolled_at
    return is_by_hand or before.state_reason is StateReason.UNSUBSCRIBED


def _written_to(session: Session, rows: Sequence[_Found]) -> Set[object]:
    """The stays of these in which something went out."""
    actions = table_of(OutboundAction)
    query = sa.select(actions.c.enrollment_id).where(
        actions.c.enrollment_id.in_([row.id for row in rows]), actions.c.status.in_(LEFT)
    )
    return set(session.sql(query).scalars())


def _entered_often(session: Session, rows: Sequence[_Found]) -> Set[object]:
    """The templates of these that let people enter again."""
    source = table_of(Template)
    query = sa.select(source.c.id, source.c.config).where(source.c.id.in_([row.template_id for row in rows]))
    return {row.id for row in session.sql(query) if orjson.loads(row.config).get("reenroll")}


def _rank(row: _Found, kept_id: str) -> tuple[bool, int, bool, str]:
    """Who is further ahead comes first; of two equals, the one of the contact that stays."""
    return (row.status != EnrollmentStatus.ACTIVE, -row.current_step_index, row.contact_id != kept_id, row.id)


def _behind(ranked: Sequence[_Found], group: Callable[[_Found], object]) -> list[_Found]:
    """All but the first of each group."""
    groups: set[object] = set()
    behind: list[_Found] = []
    for row in ranked:
        if group(row) in groups:
            behind.append(row)
        groups.add(group(row))
    return behind


def _move(session: Session, rows: Sequence[_Found], *, kept_id: str, gone_id: str) -> None:
    """Let entries be counted on behind those that the contact which stays has already."""
    table = table_of(Enrollment)
    latest: dict[str, int] = {}
    for row in rows:
        if row.contact_id == kept_id:
            latest[row.template_id] = max(latest.get(row.template_id, 0), row.entry)
    for row in sorted((row for row in rows if row.contact_id == gone_id), key=lambda row: row.entry):
        latest[row.template_id] = latest.get(row.template_id, 0) + 1
        changes = {"contact_id": kept_id, "entry": latest[row.template_id]}
        session.sql(sa.update(table).where(table.c.id == row.id).values(changes))
