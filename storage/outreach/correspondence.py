"""Who was written to: looked up by address and by action, so that what comes back finds its person.

See docs/mail.md, "Matching".
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach.outbound.outbound_actions import LEFT, OutboundAction
from onelane.storage.people.emails import ContactEmail


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A person who was written to, found by one of their addresses."""

    contact_id: str
    address: str
    first_sent_at: datetime | None
    last_action_id: str


def find_correspondents(session: Session, addresses: Collection[str]) -> list[Correspondent]:
    """The people with one of these addresses, in lower case, to whom something was sent."""
    if not addresses:
        return []
    mails, actions = table_of(ContactEmail), table_of(OutboundAction)
    people = (
        sa.select(mails.c.contact_id, mails.c.normalized.label("address"))
        .where(among(session, mails.c.normalized, addresses))
        .subquery()
    )
    began = sa.func.min(sa.func.coalesce(actions.c.sending_at, actions.c.sent_at)).label("first_sent_at")
    query = (
        sa.select(people.c.contact_id, people.c.address, began, sa.func.max(actions.c.id).label("last_action_id"))
        .join(actions, actions.c.contact_id == people.c.contact_id)
        .where(actions.c.status.in_(LEFT))
        .group_by(people.c.contact_id, people.c.address)
        .order_by(people.c.contact_id)
    )
    return [Correspondent(*row) for row in session.sql(query)]


def find_left_actions(
    session: Session, *, message_ids: Collection[str], action_ids: Collection[str]
) -> list[OutboundAction]:
    """The actions that left, or may have, with one of these Message-IDs or ids; the latest first."""
    actions = table_of(OutboundAction)
    has_id = among(session, actions.c.message_id, message_ids) | among(session, actions.c.id, action_ids)
    query = select(OutboundAction).where(has_id, actions.c.status.in_(LEFT))
    return list(session.exec(query.order_by(col(OutboundAction.id).desc())))


def has_anything_left(session: Session) -> bool:
    """Whether anything was ever sent by e-mail, so that something may come back."""
    actions = table_of(OutboundAction)
    query = sa.select(actions.c.id).where(actions.c.message_id.is_not(None), actions.c.status.in_(LEFT))
    return session.sql(query.limit(1)).first() is not None
