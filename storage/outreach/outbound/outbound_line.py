"""The line of each account: what is due, what goes next, and what is put off (docs/sequences.md, "Sending")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach.outbound.outbound_actions import LEFT, ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Transport
from onelane.storage.workflows.enrollments import Enrollment
from onelane.storage.workflows.runs import Run, RunStatus
from onelane.storage.workflows.templates import HELD, Template


def is_anything_due(session: Session) -> bool:
    """Whether anything may have to be transmitted now, or was under way; looking reads one index."""
    now = {"now": session.now()}
    return any(session.sql(query, now).first() is not None for query in _anything_due())


@cache
def _anything_due() -> Sequence[sa.Select[*tuple[str]]]:
    # Made once, for it is asked each second: to make them takes longer than to ask.
    table = table_of(OutboundAction)
    is_due = (table.c.status == ActionStatus.APPROVED) & (table.c.transport != Transport.TASK)
    is_due &= table.c.not_before.is_(None) | (table.c.not_before <= sa.bindparam("now", type_=table.c.not_before.type))
    under_way = table.c.status == ActionStatus.SENDING
    return [sa.select(table.c.id).where(condition).limit(1) for condition in (is_due, under_way)]


def accounts_to_serve(
    session: Session, transports: Collection[Transport], *, now: datetime, began_before: datetime
) -> Sequence[str]:
    """The accounts with something to transmit now, or with a transmission that began before then and has no outcome."""
    values = {"transports": list(transports), "now": now, "began_before": began_before}
    account_ids = session.sql(_accounts_to_serve(), values).scalars()
    return sorted(account_id for account_id in account_ids if account_id is not None)


@cache
def _accounts_to_serve() -> sa.CompoundSelect[*tuple[str]]:
    table = table_of(OutboundAction)
    due_accounts = sa.select(table.c.platform_account_id).where(*_due_conditions(table))
    unfinished_accounts = sa.select(table.c.platform_account_id).where(
        table.c.status == ActionStatus.SENDING,
        table.c.sending_at <= sa.bindparam("began_before", type_=table.c.sending_at.type),
    )
    return sa.union(due_accounts, unfinished_accounts)


class Due(NamedTuple):
    """Something that an account may transmit.

    Args:
        action_id: the action
        enrollment_id: whose step it is
        follows: whether something left to the same person in the same enrollment before
    """

    action_id: str
    enrollment_id: str | None
    follows: bool


def list_due(
    session: Session,
    account_id: str,
    transports: Collection[Transport],
    *,
    now: datetime,
    with_first_touches: bool,
    limit: int,
) -> list[Due]:
    """What an account transmits next, in order.

    Answers to people come first, which belong to no sequence, then follow-ups, then first touches.
    """
    most = _FIRST_TOUCH if with_first_touches else _FIRST_TOUCH - 1
    values = {"account": account_id, "now": now, "transports": list(transports), "most": most, "limit": limit}
    return [Due(row.id, row.enrollment_id, bool(row.follows)) for row in session.sql(_due_of_account(), values)]


@cache
def _due_of_account() -> sa.Select[*tuple[Any, ...]]:
    table = table_of(OutboundAction)
    rank = _rank(table)
    query = sa.select(table.c.id, table.c.enrollment_id, _follows(table).label("follows")).where(
        table.c.platform_account_id == sa.bindparam("account"),
        *_due_conditions(table),
        rank <= sa.bindparam("most", type_=sa.Integer),
    )
    return query.order_by(rank, table.c.not_before, table.c.id).limit(sa.bindparam("limit", type_=sa.Integer))


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message that is approved and waits for its turn.

    Args:
        action_id: the action
        template_id: of which template
        step_index: of which step
        seed: what its jitter is drawn from
        epoch: how often its person's steps were begun anew
        not_before: it goes from then on
        approved_at: since when its approval may be undone
        is_first: whether its person gets it as their first
    """

    action_id: str
    template_id: str | None
    step_index: int
    seed: int
    epoch: int
    not_before: datetime | None
    approved_at: datetime | None
    is_first: bool


def list_line(session: Session, account_id: str, *, limit: int) -> list[QueuedMessage]:
    """The approved messages of an account in the order in which they go."""
    return [
        QueuedMessage(
            row.id,
            row.template_id,
            row.step_index,
            row.seed or 0,
            row.epoch or 0,
            row.not_before,
            row.approved_at,
            row.rank == _FIRST_TOUCH,
        )
        for row in session.sql(_line_of_account(), {"account": account_id, "limit": limit})
    ]


@cache
def _line_of_account() -> sa.Select[*tuple[Any, ...]]:
    table, people = table_of(OutboundAction), table_of(Enrollment)
    rank = _rank(table).label("rank")
    columns = (table.c.id, table.c.template_id, table.c.step_index, table.c.not_before, table.c.approved_at)
    query = sa.select(*columns, people.c.seed, people.c.epoch, rank).join_from(
        table, people, table.c.enrollment_id == people.c.id, isouter=True
    )
    query = query.where(
        table.c.platform_account_id == sa.bindparam("account"),
        table.c.status == ActionStatus.APPROVED,
        table.c.transport != Transport.TASK,
    )
    return query.order_by(rank, table.c.not_before, table.c.id).limit(sa.bindparam("limit", type_=sa.Integer))


def postpone(session: Session, action_id: str, until: datetime) -> None:
    """Look at an approved action not before then."""
    table = table_of(OutboundAction)
    waits = (table.c.id == action_id) & (table.c.status == ActionStatus.APPROVED)
    statement = sa.update(OutboundAction).where(waits).values(not_before=until, updated_at=session.now())
    session.sql(statement.execution_options(synchronize_session=False))


def postpone_template(session: Session, template_id: str, account_id: str, until: datetime, *, only_first: bool) -> int:
    """Look at nothing of a template that is due from an account before then; how many actions that were."""
    table = table_of(OutboundAction)
    waits = (table.c.template_id == template_id) & (table.c.platform_account_id == account_id)
    waits &= (table.c.status == ActionStatus.APPROVED) & (table.c.not_before < until)
    if only_first:
        waits &= ~_follows(table)
    statement = sa.update(OutboundAction).where(waits).values(not_before=until)
    return session.sql(statement.execution_options(synchronize_session=False)).rowcount


def _due_conditions(table: sa.Table) -> list[sa.ColumnElement[bool]]:
    """That something is approved and may go by these `transports` at this `now`."""
    return [
        table.c.status == ActionStatus.APPROVED,
        table.c.transport.in_(sa.bindparam("transports", expanding=True)),
        table.c.not_before.is_(None) | (table.c.not_before <= sa.bindparam("now", type_=table.c.not_before.type)),
        ~_is_held(table),
    ]


def _rank(table: sa.Table) -> sa.Case[int]:
    """In which order an account sends: answers to people, follow-ups, first touches."""
    return sa.case((table.c.enrollment_id.is_(None), 0), (_follows(table), 1), else_=_FIRST_TOUCH)


def _is_held(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether an action's template or run holds, so that nobody looks at it before that goes on."""
    source, run = table_of(Template), table_of(Run)
    by_template = sa.exists().where(source.c.id == table.c.template_id, source.c.status.in_(HELD))
    return by_template | sa.exists().where(run.c.id == table.c.workflow_run_id, run.c.status == RunStatus.PAUSED)


def _follows(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether something left to the same person in the same enrollment before."""
    earlier = table.alias("earlier")
    return sa.exists().where(
        earlier.c.enrollment_id == table.c.enrollment_id, earlier.c.id != table.c.id, earlier.c.status.in_(LEFT)
    )


_FIRST_TOUCH = 2
"""What comes last."""
