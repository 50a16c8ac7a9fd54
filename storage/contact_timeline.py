"""Everything that happened with a contact, in one order: which rows of which tables, page by page."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from onelane.storage.database.columns import Vocabulary
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import bare
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people.contacts import Contact
from onelane.storage.people.engagements import Engagement
from onelane.storage.workflows.enrollments import Enrollment
from onelane.storage.workflows.steps import CHANGING, Step, StepType
from onelane.storage.workflows.tasks import Task, TaskType

_TASKS = (TaskType.MANUAL, TaskType.FOLLOW_UP)
"""What the person carries out for a sequence is an engagement, and an answer to a question is no event."""


class EventKind(StrEnum):
    """Which table a row is of, and which of its instants is meant."""

    CREATED = "created"
    ENGAGEMENT = "engagement"
    STEP = "step"
    MESSAGE = "message"
    ENTERED = "entered"
    LEFT = "left"
    TASK = "task"


class EventFilter(Vocabulary):
    """Which events are looked at."""

    MESSAGES = "messages", "Messages"
    CHANGES = "changes", "Changes"


_ONLY: Mapping[EventFilter | None, Collection[EventKind]] = {
    None: EventKind,
    EventFilter.MESSAGES: (EventKind.ENGAGEMENT, EventKind.MESSAGE),
    EventFilter.CHANGES: (EventKind.CREATED, EventKind.STEP),
}


class EventPlace(NamedTuple):
    """A row of the order; what has no date is at 0 and comes last."""

    at: int
    key: str
    kind: EventKind
    row_id: str


def list_events(
    session: Session,
    contact_id: str,
    *,
    only: EventFilter | None = None,
    before: tuple[int, str] | None = None,
    limit: int,
) -> Sequence[EventPlace]:
    """Up to `limit` events, newest first, behind the one that is at `before`: its instant and its key.

    What was sent is an engagement, so that neither its message nor its step is told again.
    """
    parts = _parts(contact_id, only)
    every = sa.union_all(*(parts[kind] for kind in _ONLY[only])).subquery()
    query = sa.select(every.c.at, every.c.key, every.c.kind, every.c.row_id)
    if before is not None:
        at, key = before
        query = query.where(sa.or_(every.c.at < at, sa.and_(every.c.at == at, every.c.key < key)))
    rows = session.sql(query.order_by(every.c.at.desc(), every.c.key.desc()).limit(limit))
    return [EventPlace(at, key, EventKind(kind), row_id) for at, key, kind, row_id in rows]


def _parts(contact_id: str, only: EventFilter | None) -> dict[EventKind, sa.Select[*tuple[Any, ...]]]:
    contact, engagement, step = bare(Contact), bare(Engagement), bare(Step)
    message, enrollment, task = bare(OutboundAction), bare(Enrollment), bare(Task)
    is_told = step.c.step_type != StepType.ENGAGEMENT_ACTION.value
    if only is EventFilter.CHANGES:
        is_told &= step.c.step_type.in_([kind.value for kind in CHANGING])
    parts = [
        _part(EventKind.CREATED, contact, contact.c.created_at).where(contact.c.id == contact_id),
        _part(EventKind.ENGAGEMENT, engagement, engagement.c.occurred_at).where(engagement.c.contact_id == contact_id),
        _part(EventKind.STEP, step, step.c.created_at).where(step.c.contact_id == contact_id, is_told),
        _part(EventKind.MESSAGE, message, message.c.created_at).where(
            message.c.contact_id == contact_id, message.c.status != ActionStatus.SENT.value
        ),
        _part(EventKind.ENTERED, enrollment, enrollment.c.enrolled_at).where(enrollment.c.contact_id == contact_id),
        _part(EventKind.LEFT, enrollment, enrollment.c.completed_at).where(
            enrollment.c.contact_id == contact_id, enrollment.c.completed_at.is_not(None)
        ),
        _part(EventKind.TASK, task, task.c.completed_at).where(
            task.c.related_contact_id == contact_id,
            task.c.task_type.in_([kind.value for kind in _TASKS]),
            task.c.outcome.is_not(None),
        ),
    ]
    return dict(zip(EventKind, parts, strict=True))


def _part(kind: EventKind, table: sa.TableClause, at: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    number = sa.type_coerce(at, sa.BigInteger())
    word = sa.literal_column(f"'{kind.value}'", sa.Text())
    row_id = sa.type_coerce(table.c.id, sa.Text())
    # Ids of different tables begin differently; a stay has two instants.
    key = row_id.concat("-end") if kind is EventKind.LEFT else row_id
    return sa.select(
        sa.func.coalesce(number, 0).label("at"), key.label("key"), word.label("kind"), row_id.label("row_id")
    )
