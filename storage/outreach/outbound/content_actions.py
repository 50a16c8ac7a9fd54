"""The outbound actions of drafts: what a person approved of them, and where it is (docs/tables.md, "Outbound actions").

A draft has one action for each time that it was approved, and only the last one counts.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Transport

CONTENT_TRANSPORTS = (Transport.X, Transport.LINKEDIN, Transport.GMAIL_DRAFT)
"""By which accounts carry drafts out."""


def content_key(item_id: str, number: int) -> str:
    """What makes an action the only one of the draft's approval with this number."""
    return f"content:{item_id}:{number}"


def list_of_item(session: Session, item_id: str) -> Sequence[OutboundAction]:
    """The actions of a draft, the last one first."""
    query = select(OutboundAction).where(OutboundAction.content_item_id == item_id)
    return session.exec(query.order_by(col(OutboundAction.id).desc())).all()


def last_of_items(session: Session, item_ids: Collection[str]) -> dict[str, OutboundAction]:
    """The last action of each of these drafts that has one."""
    query = select(OutboundAction).where(among(session, table_of(OutboundAction).c.content_item_id, item_ids))
    return {each.content_item_id or "": each for each in session.exec(query.order_by(col(OutboundAction.id)))}


def list_due_content(
    session: Session, account_id: str, transports: Collection[Transport], *, now: datetime, limit: int
) -> Sequence[str]:
    """The ids of what was approved of drafts and an account carries out now, in the order in which it was approved."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.id).where(
        table.c.platform_account_id == account_id,
        table.c.status == ActionStatus.APPROVED,
        table.c.transport.in_(list(transports)),
        table.c.not_before.is_(None) | (table.c.not_before <= now),
    )
    return list(session.sql(query.order_by(table.c.not_before, table.c.id).limit(limit)).scalars())


def mark_leaving(session: Session, action_id: str, *, claim: str) -> bool:
    """Note that the request which carries a draft out is about to leave.

    False when this transmission is nobody's any more, or something has come up since it began: the switch was turned
    off, the draft was taken back, or its recipient must not be written to.
    """
    values = {"id": action_id, "claim": claim, "now": int(session.now().timestamp())}
    return session.sql(_MARK_LEAVING, values).rowcount == 1


def last_outcomes(session: Session, account_id: str, *, limit: int) -> Sequence[ActionStatus]:
    """How the last posts of an account ended, the last one first."""
    table = table_of(OutboundAction)
    end_statuses = (ActionStatus.SENT, ActionStatus.FAILED, ActionStatus.UNCERTAIN)
    query = sa.select(table.c.status).where(
        table.c.platform_account_id == account_id,
        table.c.content_item_id.is_not(None),
        table.c.status.in_(end_statuses),
    )
    return list(session.sql(query.order_by(table.c.sending_at.desc()).limit(limit)).scalars())


_MARK_LEAVING = sa.text(
    "UPDATE outbound_actions SET final_dot_at = :now, updated_at = :now "
    "WHERE id = :id AND status = 'sending' AND sending_claim = :claim "
    "AND NOT EXISTS (SELECT 1 FROM outbound_switch WHERE state <> 'on') "
    "AND EXISTS (SELECT 1 FROM content_items WHERE content_items.id = outbound_actions.content_item_id "
    "AND content_items.status = 'approved')"
)
