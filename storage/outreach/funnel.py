"""How far outreach came with people: to how many something went, came back, was answered."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.inbound_messages import InboundMessage, MessageKind
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Transport


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many people.

    Args:
        contacted: to whom something was sent
        delivered: of these, whose letters did not come back
        replied: of these, who answered themselves
    """

    contacted: int
    delivered: int
    replied: int


def count_funnel(session: Session, *, since: datetime) -> Funnel:
    """The people to whom something was sent since then, by how far it came."""
    recipients = _sent_since(since).subquery()
    contacted = session.sql(sa.select(sa.func.count()).select_from(recipients)).scalar_one()
    bounced = _count_heard(session, recipients, since, (MessageKind.BOUNCE,))
    return Funnel(
        contacted,
        contacted - bounced,
        _count_heard(session, recipients, since, (MessageKind.REPLY, MessageKind.OPT_OUT)),
    )


def count_sent_since(session: Session, since: datetime) -> int:
    """How many letters went since then; what a person carried out by hand is none."""
    table = table_of(OutboundAction)
    query = sa.select(sa.func.count()).where(table.c.status == ActionStatus.SENT, table.c.sent_at >= since)
    return session.sql(query.where(table.c.transport != Transport.TASK)).scalar_one()


def first_awaiting(session: Session) -> datetime | None:
    """When the first of what waits for approval is planned."""
    table = table_of(OutboundAction)
    query = sa.select(sa.func.min(table.c.not_before)).where(table.c.status == ActionStatus.AWAITING_APPROVAL)
    return session.sql(query).scalar_one_or_none()


def _sent_since(since: datetime) -> sa.Select[*tuple[str]]:
    table = table_of(OutboundAction)
    of_people = table.c.contact_id.is_not(None)
    return (
        sa.select(table.c.contact_id)
        .where(table.c.status == ActionStatus.SENT, table.c.sent_at >= since, of_people)
        .distinct()
    )


def _count_heard(session: Session, recipients: sa.Subquery, since: datetime, kinds: tuple[MessageKind, ...]) -> int:
    table = table_of(InboundMessage)
    is_answer = table.c.kind.in_(kinds) & (table.c.created_at >= since)
    query = sa.select(sa.func.count(table.c.contact_id.distinct())).where(is_answer)
    return session.sql(query.where(table.c.contact_id.in_(sa.select(recipients.c.contact_id)))).scalar_one()
