"""Rhythms: with whom the person wants to be in touch again after some days, and who is due.

See docs/tables.md, "Contacts". What counts as being in touch is read off the rows that there are: words that passed
either way, and what the person did about a task.
"""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import bare, dialect_of
from onelane.storage.outreach.inbound_messages import InboundMessage, MessageKind
from onelane.storage.people.contacts import Contact
from onelane.storage.people.engagements import Engagement, EngagementType
from onelane.storage.workflows.tasks import Task, TaskOutcome, TaskType

_WORDS = (
    EngagementType.MESSAGE,
    EngagementType.REPLY,
    EngagementType.COMMENT,
    EngagementType.QUOTE,
    EngagementType.MENTION,
    EngagementType.CONNECTION_REQUEST,
)
"""A like or a follow is no word."""
_TASKS = (TaskType.MANUAL, TaskType.FOLLOW_UP)
"""A step that the person carries out by hand is an engagement too."""
_DAY_SECONDS = 86_400


class Rhythm(NamedTuple):
    """How it stands with somebody to whom the person wants to keep in touch.

    Args:
        contact_id: who
        name: how they are called
        days: after how many days they want to be in touch again
        last_at: when they last were, as far as that is known
        due_at: when they are to be in touch again
    """

    contact_id: str
    name: str
    days: int
    last_at: datetime | None
    due_at: datetime


def list_due(session: Session) -> list[Rhythm]:
    """Everybody live who is due by now, in the order of their ids."""
    contact, now = bare(Contact), int(session.now().timestamp())
    # Whoever the days of have not passed since then needs no look at what happened.
    may_be = sa.func.coalesce(_number(contact.c.rhythm_from), 0) + _seconds(contact) <= now
    # As a number it is found in no index, and sorted is what was found: else SQLite reads everybody to find the few.
    is_live = sa.cast(contact.c.archived_at, sa.BigInteger()).is_(None)
    every = _rhythms(session, is_live, may_be).subquery()
    rows = session.sql(sa.select(every).where(every.c.due_at <= now))
    return sorted(map(_rhythm, rows), key=attrgetter("contact_id"))


def find_rhythm(session: Session, contact_id: str) -> Rhythm | None:
    """How it stands with one contact; None where the person wants nothing of the kind."""
    row = session.sql(_rhythms(session, bare(Contact).c.id == contact_id)).first()
    return None if row is None else _rhythm(row)


def last_contact(session: Session, contact_id: str) -> datetime | None:
    """When the person and a contact were last in touch, as far as that is known."""
    contact = bare(Contact)
    query = sa.select(_last_at(session, contact)).select_from(contact).where(contact.c.id == contact_id)
    last_at: int | None = session.sql(query).scalar()
    return _instant(last_at)


def _rhythms(session: Session, *conditions: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    contact = bare(Contact)
    contacts = (
        sa.select(
            *(contact.c[name] for name in ("id", "name", "rhythm_days", "rhythm_from")),
            _last_at(session, contact).label("last_at"),
        )
        .where(contact.c.rhythm_days.is_not(None), *conditions)
        .subquery()
    )
    began_at = _greatest(session, contacts.c.last_at, sa.func.coalesce(_number(contacts.c.rhythm_from), 0))
    due_at: sa.Label[int] = (began_at + _seconds(contacts)).label("due_at")
    return sa.select(*contacts.c, due_at)


def _last_at(session: Session, contact: sa.TableClause) -> sa.ColumnElement[int]:
    """The latest instant at which words passed, or a task was done; 0 where none is known."""
    engagement, message, task = bare(Engagement), bare(InboundMessage), bare(Task)
    spoke = sa.select(sa.func.max(_number(engagement.c.occurred_at))).where(
        engagement.c.contact_id == contact.c.id, engagement.c.engagement_type.in_([word.value for word in _WORDS])
    )
    replied = sa.select(sa.func.max(sa.func.coalesce(_number(message.c.sent_at), _number(message.c.created_at)))).where(
        message.c.contact_id == contact.c.id, message.c.kind == MessageKind.REPLY.value
    )
    did = sa.select(sa.func.max(_number(task.c.completed_at))).where(
        task.c.related_contact_id == contact.c.id,
        task.c.task_type.in_([word.value for word in _TASKS]),
        task.c.outcome == TaskOutcome.DONE.value,
    )
    instants = (sa.func.coalesce(query.correlate(contact).scalar_subquery(), 0) for query in (spoke, replied, did))
    return _greatest(session, *instants)


def _greatest(session: Session, *values: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    name = "max" if dialect_of(session) == "sqlite" else "greatest"
    return _number(getattr(sa.func, name)(*values))


def _seconds(contact: sa.FromClause) -> sa.ColumnElement[int]:
    return _number(contact.c.rhythm_days) * _DAY_SECONDS


def _number(value: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.type_coerce(value, sa.BigInteger())


def _rhythm(row: sa.Row[Any]) -> Rhythm:
    due_at = datetime.fromtimestamp(row.due_at, UTC)
    return Rhythm(row.id, row.name, row.rhythm_days, _instant(row.last_at), due_at)


def _instant(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
