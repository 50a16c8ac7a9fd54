"""Lists of outbound actions: pages for whoever looks, and what waits for a person's yes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.pages import Listing, Page, count_statement
from onelane.storage.database.rows import PlainRow, among, plain, plain_rows, table_of
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Account, Transport
from onelane.storage.workflows.enrollments import Enrollment


def list_actions(
    session: Session,
    *,
    status: ActionStatus | None = None,
    template_id: str | None = None,
    contact_id: str | None = None,
    page: int = 1,
    page_size: int = 25,
) -> Page[PlainRow]:
    """A page of actions, newest first."""
    filters = _filters(status, template_id, contact_id)
    total = count_listed(session, status=status, template_id=template_id, contact_id=contact_id)
    return _NEWEST_FIRST.page(session, filters, total=total, page=page, page_size=page_size)


def list_actions_after(
    session: Session,
    *,
    after_id: str,
    limit: int,
    status: ActionStatus | None = None,
    template_id: str | None = None,
    contact_id: str | None = None,
) -> Sequence[PlainRow]:
    """Actions, newest first, beginning behind this one."""
    filters = _filters(status, template_id, contact_id)
    return _NEWEST_FIRST.behind(session, filters, after=(after_id,), limit=limit)


def count_listed(
    session: Session,
    *,
    status: ActionStatus | None = None,
    template_id: str | None = None,
    contact_id: str | None = None,
) -> int:
    """How many actions such a list has."""
    filters = _filters(status, template_id, contact_id)
    return session.sql(count_statement(table_of(OutboundAction), tuple(filters)), filters).scalar_one()


def read_action(session: Session, action_id: str) -> PlainRow | None:
    """The action's columns as the database has them."""
    rows = plain_rows(session, _ONE, {"action_id": action_id})
    return rows[0] if rows else None


def read_awaiting(session: Session, *, limit: int) -> Sequence[PlainRow]:
    """The columns of what waits for a person's yes, as the database has them, oldest first."""
    table = table_of(OutboundAction)
    query = sa.select(*plain(table)).where(table.c.status == ActionStatus.AWAITING_APPROVAL)
    return plain_rows(session, query.order_by(table.c.id).limit(limit), {})


def list_in_state(
    session: Session, status: ActionStatus, *, oldest_first: bool = False, after_id: str | None = None, limit: int
) -> Sequence[PlainRow]:
    """A line for each action in this state, with whom it is for; what waits to be done by hand is in none of them."""
    table, people = table_of(OutboundAction), table_of(Contact)
    columns = [column for column in plain(table) if column.name in _OF_A_LINE]
    query = sa.select(*columns, people.c.name.label("contact_name"))
    query = query.select_from(table.outerjoin(people, people.c.id == table.c.contact_id)).where(_in_state(status))
    if after_id is not None:
        query = query.where(table.c.id > after_id if oldest_first else table.c.id < after_id)
    return plain_rows(session, query.order_by(table.c.id if oldest_first else table.c.id.desc()).limit(limit), {})


def count_in_state(session: Session, status: ActionStatus) -> int:
    """How many actions `list_in_state` has."""
    return session.sql(sa.select(sa.func.count()).where(_in_state(status))).scalar_one()


def _in_state(status: ActionStatus) -> sa.ColumnElement[bool]:
    table = table_of(OutboundAction)
    if status is not ActionStatus.APPROVED:
        return table.c.status == status
    return (table.c.status == status) & (table.c.transport != Transport.TASK)


def list_waiting_ids(session: Session, *, template_id: str | None = None) -> Sequence[str]:
    """What waits for a person's yes, oldest first; of one template if given."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.id).where(table.c.status == ActionStatus.AWAITING_APPROVAL)
    if template_id is not None:
        query = query.where(table.c.template_id == template_id)
    return list(session.sql(query.order_by(table.c.id)).scalars())


def list_approved_ids(session: Session) -> Sequence[str]:
    """What a person approved and has not left, oldest first; no tasks, which they do themselves."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.id).where(table.c.status == ActionStatus.APPROVED, table.c.transport != Transport.TASK)
    return session.sql(query.order_by(table.c.id)).scalars().all()


def enrollments_awaiting(
    session: Session, *, version_id: str | None = None, account_id: str | None = None
) -> Sequence[str]:
    """The enrollments in which something of this version, or from this account, waits for a person's yes."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.enrollment_id).distinct()
    columns = {table.c.template_version_id: version_id, table.c.platform_account_id: account_id}
    of_these = sa.and_(*(column == value for column, value in columns.items() if value is not None))
    waits = of_these & (table.c.status == ActionStatus.AWAITING_APPROVAL)
    return list(session.sql(query.where(waits, table.c.enrollment_id.is_not(None))).scalars())


class Sender(NamedTuple):
    """What says under whose name a message of a sequence goes."""

    id: str
    template_id: str
    version_id: str | None
    account_name: str | None


def read_senders(session: Session, action_ids: Sequence[str]) -> Sequence[Sender]:
    """Of these actions, those that an account sends to somebody who is in a sequence."""
    table, people, senders = table_of(OutboundAction), table_of(Enrollment), table_of(Account)
    query = (
        sa.select(table.c.id, people.c.template_id, people.c.template_version_id, senders.c.sender_name)
        .join(people, people.c.id == table.c.enrollment_id)
        .join(senders, senders.c.id == table.c.platform_account_id)
        .where(among(session, table.c.id, action_ids), table.c.transport != Transport.TASK)
    )
    return [Sender(*row) for row in session.sql(query)]


def _filters(status: ActionStatus | None, template_id: str | None, contact_id: str | None) -> dict[str, Any]:
    values = {"status": status, "template_id": template_id, "contact_id": contact_id}
    return {name: value for name, value in values.items() if value is not None}


_OF_A_LINE = frozenset(
    {
        "id", "status", "channel", "step_type", "subject", "to_address", "not_before", "sent_at", "content_item_id",
        "body_text",
    }
)  # fmt: skip
_NEWEST_FIRST = Listing(table_of(OutboundAction), ("id",), narrow="contact_id")
_ONE = sa.select(*plain(table_of(OutboundAction))).where(table_of(OutboundAction).c.id == sa.bindparam("action_id"))
