"""What waits to be transmitted, and what was under way (docs/sequences.md, "Sending").

Every change here is conditional: whoever comes too late changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import renew_row, table_of, untracked_rows
from onelane.storage.outreach.outbound_actions import (
    LEFT,
    ActionStatus,
    OutboundAction,
    given_to_move,
    moving,
    previous_text_of,
)
from onelane.storage.platforms.accounts import Account, Transport
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
class Queued:
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


def list_line(session: Session, account_id: str, *, limit: int) -> list[Queued]:
    """The approved messages of an account in the order in which they go."""
    return [
        Queued(
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


def lock_account(session: Session, account_id: str) -> Account | None:
    """An account to be read, held until the transaction ends: whoever counts what left of it is alone."""
    return next(iter(untracked_rows(session, Account, _locked_account(), {"account": account_id})), None)


@cache
def _locked_account() -> sa.Select[*tuple[Any, ...]]:
    table = table_of(Account)
    return sa.select(table).where(table.c.id == sa.bindparam("account")).with_for_update()


def is_transmitting(session: Session, account_id: str) -> bool:
    """Whether a transmission of an account is under way."""
    return session.sql(_TRANSMITTING, {"account": account_id}).first() is not None


class Begun(NamedTuple):
    """What goes on when an action is about to be transmitted: in its account, and in the run of its sequence."""

    is_transmitting: bool
    run_status: RunStatus | None


def read_begun(session: Session, account_id: str, action_id: str) -> Begun:
    """What goes on in an account and in the run of one of its actions, in one statement for both."""
    row = session.sql(_BEGUN, {"account": account_id, "id": action_id}).one()
    return Begun(bool(row.is_transmitting), None if row.run_status is None else RunStatus(row.run_status))


def count_left(session: Session, account_id: str, since: datetime) -> int:
    """How many transmissions of an account have begun since then, but for those that came to nothing."""
    return session.sql(_COUNT_LEFT, {"account": account_id, "since": int(since.timestamp())}).scalar_one()


def list_transmitting(session: Session, account_id: str | None = None) -> Sequence[OutboundAction]:
    """The transmissions without an outcome, of one account if given."""
    query = select(OutboundAction).where(OutboundAction.status == ActionStatus.SENDING)
    if account_id is not None:
        query = query.where(OutboundAction.platform_account_id == account_id)
    return session.exec(query.order_by(col(OutboundAction.sending_at))).all()


def list_uncertain(session: Session) -> Sequence[OutboundAction]:
    """What may have been accepted, and nobody knows, oldest first."""
    query = select(OutboundAction).where(OutboundAction.status == ActionStatus.UNCERTAIN)
    return session.exec(query.order_by(col(OutboundAction.sending_at), col(OutboundAction.id))).all()


def begin_transmission(
    session: Session, action_id: str, *, claim: str, message_id: str, dated_at: datetime, sending_at: datetime
) -> None:
    """Let an approved action be under way; the caller holds its account and has just seen that it is approved.

    Args:
        session: one whose commit is durable
        action_id: the action
        claim: tells this transmission from all others
        message_id: of its letter
        dated_at: its letter's `Date`
        sending_at: now
    """
    values = {
        "id": action_id,
        "claim": claim,
        "message": message_id,
        "dated": int(dated_at.timestamp()),
        "now": int(sending_at.timestamp()),
    }
    if session.sql(_BEGIN_TRANSMISSION, values).rowcount != 1:
        raise RuntimeError(f"{action_id} is not approved any more, although its account is held")


def mark_final_dot(session: Session, action_id: str, *, claim: str, address_hash: str) -> bool:
    """Note that the last byte of a letter is about to leave.

    False when this transmission is nobody's any more, or something has come up since it began: the switch was turned
    off, its person's sequence ended, or its address must not be written to.
    """
    values = {"id": action_id, "claim": claim, "hash": address_hash, "now": int(session.now().timestamp())}
    return session.sql(_MARK_FINAL_DOT, values).rowcount == 1


def note_outcome(
    session: Session,
    action_id: str,
    *,
    claim: str,
    from_any: Collection[ActionStatus],
    to: ActionStatus,
    has_final_dot: bool | None = None,
    **changes: Any,
) -> OutboundAction | None:
    """Bring a transmission into another state; None when it has an outcome already.

    Args:
        session: a writing one
        action_id: the action
        claim: of this transmission
        from_any: the states in which it may be
        to: what it becomes
        has_final_dot: only where its last byte may have left, or where it has not
        changes: further columns
    """
    which = {"id": action_id, "sending_claim": claim}
    changes |= {"status": to, "updated_at": session.now()}
    statement = _moving(tuple(which), tuple(from_any), tuple(changes), has_final_dot)
    moved = untracked_rows(session, OutboundAction, statement, given_to_move(which, changes))
    renew_row(session, OutboundAction, action_id)
    return next(iter(moved), None)


@lru_cache
def _moving(
    which: tuple[str, ...], from_any: tuple[ActionStatus, ...], columns: tuple[str, ...], has_final_dot: bool | None
) -> sa.Executable:
    """`moving`, which gives the action as it is then."""
    return moving(which, from_any, columns, has_final_dot).returning(*table_of(OutboundAction).c)


def rewrite(session: Session, action_id: str, values: Mapping[str, Any], *, from_any: Collection[ActionStatus]) -> bool:
    """Let an action say something else, for which nobody has approved it yet; False when it is in none of `from_any`.

    Args:
        session: a writing one
        action_id: the action
        values: its new columns, with their hash
        from_any: the states in which it may be
    """
    table = table_of(OutboundAction)
    which = (table.c.id == action_id) & table.c.status.in_(list(from_any))
    unapproved = dict.fromkeys(("approved_at", "approved_via", "approved_hash"))
    changes = {
        **values,
        **unapproved,
        **previous_text_of(values),
        "status": ActionStatus.AWAITING_APPROVAL,
        "updated_at": session.now(),
    }
    statement = sa.update(OutboundAction).where(which).values(changes)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


def rewrite_task(session: Session, action_id: str, values: Mapping[str, Any]) -> bool:
    """Let a task that is not done yet say something else; it needs no approval. False when it is over."""
    table = table_of(OutboundAction)
    waits = (table.c.id == action_id) & (table.c.status == ActionStatus.APPROVED)
    changes = {**values, "approved_hash": values["content_hash"], "updated_at": session.now()}
    statement = sa.update(OutboundAction).where(waits & (table.c.transport == Transport.TASK)).values(changes)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


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
# As text, for these run with every letter: SQLAlchemy spends longer on looking at a built statement than SQLite on
# doing it. Nothing is put into it but what stands here.
_TRANSMITTING = sa.text(
    "SELECT 1 FROM outbound_actions WHERE platform_account_id = :account AND status = 'sending' LIMIT 1"
)
_BEGUN = sa.text(
    "SELECT EXISTS (SELECT 1 FROM outbound_actions WHERE platform_account_id = :account AND status = 'sending') "
    "AS is_transmitting, (SELECT workflow_runs.status FROM workflow_runs JOIN outbound_actions "
    "ON workflow_runs.id = outbound_actions.workflow_run_id WHERE outbound_actions.id = :id) AS run_status"
)
_COUNT_LEFT = sa.text(
    "SELECT count(*) FROM outbound_actions WHERE platform_account_id = :account AND sending_at > :since "
    "AND status IN ('sending', 'sent', 'uncertain')"
)
_BEGIN_TRANSMISSION = sa.text(
    "UPDATE outbound_actions SET status = 'sending', sending_at = :now, sending_claim = :claim, final_dot_at = NULL, "
    "message_id = :message, dated_at = :dated, updated_at = :now WHERE id = :id AND status = 'approved'"
)
_MARK_FINAL_DOT = sa.text(
    "UPDATE outbound_actions SET final_dot_at = :now, updated_at = :now "
    "WHERE id = :id AND status = 'sending' AND sending_claim = :claim "
    "AND NOT EXISTS (SELECT 1 FROM outbound_switch WHERE state <> 'on') "
    "AND EXISTS (SELECT 1 FROM workflow_enrollments WHERE workflow_enrollments.id = outbound_actions.enrollment_id "
    "AND workflow_enrollments.status IN ('pending', 'active')) "
    "AND NOT EXISTS (SELECT 1 FROM suppressions WHERE address_hash = :hash AND lifted_at IS NULL "
    "AND suppressions.channel IN (outbound_actions.channel, 'all'))"
)
