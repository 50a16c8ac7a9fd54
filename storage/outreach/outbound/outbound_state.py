"""How all outbound actions stand: what waits, what left last, and what is added to what waits for an approval."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Account, AccountStatus, Transport
from onelane.storage.workflows.templates import HELD, Template

TIME_TO_ANSWER = timedelta(days=1)
"""At least so long a person has for an answer once something that was held goes on."""
_OPEN = (ActionStatus.AWAITING_APPROVAL, ActionStatus.APPROVED, ActionStatus.SENDING, ActionStatus.UNCERTAIN)


def has_any_action(session: Session) -> bool:
    """Whether anything was ever written for anybody."""
    return session.sql(sa.select(table_of(OutboundAction).c.id).limit(1)).first() is not None


def count_open(session: Session) -> dict[ActionStatus, int]:
    """How many messages wait, are under way or uncertain; none of a state is not told. Tasks are the person's."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.status, sa.func.count().label("actions"))
    query = query.where(table.c.status.in_(_OPEN), table.c.transport != Transport.TASK)
    return {row.status: row.actions for row in session.sql(query.group_by(table.c.status))}


def last_left_at(session: Session) -> datetime | None:
    """When the latest transmission of any account began."""
    table, accounts = table_of(OutboundAction), table_of(Account)
    # One look into the index for each account: all that was ever sent is not read.
    latest = sa.select(sa.func.max(table.c.sending_at)).where(table.c.platform_account_id == accounts.c.id)
    return session.sql(sa.select(sa.func.max(latest.scalar_subquery())).select_from(accounts)).scalar()


def add_stopped_time(session: Session, *, since: datetime) -> None:
    """Let what waits for an approval wait so much longer as nothing could go."""
    table, now = table_of(OutboundAction), int(session.now().timestamp())
    began = int(since.timestamp())
    instant = sa.type_coerce(table.c.created_at, sa.BigInteger())
    stood_still = now - sa.case((instant > began, instant), else_=began)
    later = sa.type_coerce(table.c.expires_at, sa.BigInteger()) + stood_still
    statement = sa.update(OutboundAction).where(
        table.c.status == ActionStatus.AWAITING_APPROVAL, table.c.expires_at >= since, table.c.created_at <= now
    )
    session.sql(statement.values(expires_at=later).execution_options(synchronize_session=False))


def give_account_time(session: Session, account_id: str, *, until: datetime) -> None:
    """Let what waits for an approval wait at least until then, of an account that was held."""
    _give_time(session, table_of(OutboundAction).c.platform_account_id == account_id, until)


def give_template_time(session: Session, template_id: str, *, until: datetime) -> None:
    """Let what waits for an approval wait at least until then, of a template that was paused."""
    _give_time(session, table_of(OutboundAction).c.template_id == template_id, until)


def time_stands_still(session: Session, action: OutboundAction) -> bool:
    """Whether nothing of it may leave for now: everything is stopped, its account is held, or its template paused."""
    account = session.get(Account, action.platform_account_id) if action.platform_account_id else None
    template = session.get(Template, action.template_id) if action.template_id else None
    is_held = account is not None and account.status is AccountStatus.PAUSED
    is_paused = template is not None and template.status in HELD
    return is_held or is_paused or session.sql(_IS_STOPPED).scalar() is not None


def _give_time(session: Session, condition: sa.ColumnElement[bool], until: datetime) -> None:
    table = table_of(OutboundAction)
    statement = sa.update(OutboundAction).where(
        condition, table.c.status == ActionStatus.AWAITING_APPROVAL, table.c.expires_at < until
    )
    session.sql(statement.values(expires_at=until).execution_options(synchronize_session=False))


_IS_STOPPED = sa.text("SELECT 1 FROM outbound_switch WHERE state = 'stopped'")
