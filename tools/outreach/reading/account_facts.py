"""What the planner knows of an account: how it stands, its limits, and what went out of it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.outbound.outbound_actions import LEFT, OutboundAction
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, Platform, Transport
from onelane.tools.outreach.mail.account_limits import pace_limits
from onelane.tools.outreach.planning.facts import AccountFacts
from onelane.tools.outreach.planning.pace import Sending

CAPS_SPAN = timedelta(days=1)
"""So far back caps count."""


def sending_accounts(session: Session, platform: Platform) -> list[AccountFacts]:
    """The accounts of a platform that could send, oldest first."""
    return [account_facts(session, row) for row in accounts.list_accounts(session, platform)]


def account_facts(session: Session, row: Account, sendings: Sequence[Sending] | None = None) -> AccountFacts:
    """What is known of an account.

    Args:
        session: for reading
        row: the account
        sendings: what went out of it in the last day, where that is known already
    """
    zone = orjson.loads(row.limits).get("timeZone")
    return AccountFacts(
        id=row.id,
        address=row.account_key,
        status=row.status,
        transport=row.transport,
        paused_until=row.paused_until,
        pause_reason=row.pause_reason,
        inbound=row.inbound,
        inbox_read_at=row.inbox_read_at,
        limits=pace_limits(row),
        sendings=list_sendings(session, row) if sendings is None else sendings,
        time_zone=zone if isinstance(zone, str) else None,
        sender_name=row.sender_name,
    )


def list_sendings(session: Session, row: Account) -> list[Sending]:
    """What went out of an account in the last day, and whether it was the first of its enrollment."""
    if row.transport in (None, Transport.TASK):
        return []
    rows = session.sql(_sendings(), {"account": row.id, "since": session.now() - CAPS_SPAN})
    return [Sending(each.sending_at, not each.follows, each.template_id) for each in rows]


@cache
def _sendings() -> sa.Select[*tuple[Any, ...]]:
    table = table_of(OutboundAction)
    earlier = table.alias("earlier")
    before = sa.exists().where(
        earlier.c.enrollment_id == table.c.enrollment_id,
        earlier.c.sending_at < table.c.sending_at,
        earlier.c.status.in_(LEFT),
    )
    query = sa.select(table.c.sending_at, table.c.template_id, before.label("follows")).where(
        table.c.platform_account_id == sa.bindparam("account"),
        table.c.sending_at > sa.bindparam("since", type_=table.c.sending_at.type),
        table.c.status.in_(LEFT),
    )
    return query.order_by(table.c.sending_at)
