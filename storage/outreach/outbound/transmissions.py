"""Transmissions: what is under way, and what came of it (docs/sequences.md, "Sending").

Every change here is conditional: whoever comes too late changes nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import renew_row, table_of, untracked_rows
from onelane.storage.outreach.outbound.action_moves import move_statement, move_values
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Account
from onelane.storage.workflows.runs import RunStatus


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


class TransmissionState(NamedTuple):
    """What goes on when an action is about to be transmitted: in its account, and in the run of its sequence."""

    is_transmitting: bool
    run_status: RunStatus | None


def read_state(session: Session, account_id: str, action_id: str) -> TransmissionState:
    """What goes on in an account and in the run of one of its actions, in one statement for both."""
    row = session.sql(_BEGUN, {"account": account_id, "id": action_id}).one()
    return TransmissionState(bool(row.is_transmitting), None if row.run_status is None else RunStatus(row.run_status))


def count_begun(session: Session, account_id: str, since: datetime) -> int:
    """How many actions of an account were last transmitted since then, also in vain: told by an index alone."""
    return session.sql(_COUNT_BEGUN, {"account": account_id, "since": int(since.timestamp())}).scalar_one()


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
    off, its person's sequence ended, they were archived or refuse, its template, run or account holds, or its address
    must not be written to.
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
    statement = _move_statement(tuple(which), tuple(from_any), tuple(changes), has_final_dot)
    rows = untracked_rows(session, OutboundAction, statement, move_values(which, changes))
    renew_row(session, OutboundAction, action_id)
    return next(iter(rows), None)


def leave_uncertain(session: Session) -> None:
    """Of all that was on its way nobody knows whether it arrived."""
    table = table_of(OutboundAction)
    is_leaving = table.c.status == ActionStatus.SENDING
    values = {"status": ActionStatus.UNCERTAIN, "updated_at": session.now()}
    statement = sa.update(OutboundAction).where(is_leaving).values(**values)
    session.sql(statement.execution_options(synchronize_session="fetch"))


@lru_cache
def _move_statement(
    which: tuple[str, ...], from_any: tuple[ActionStatus, ...], columns: tuple[str, ...], has_final_dot: bool | None
) -> sa.Executable:
    """`moving`, which gives the action as it is then."""
    return move_statement(which, from_any, columns, has_final_dot).returning(*table_of(OutboundAction).c)


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
_COUNT_BEGUN = sa.text(
    "SELECT count(*) FROM outbound_actions WHERE platform_account_id = :account AND sending_at > :since"
)
_BEGIN_TRANSMISSION = sa.text(
    "UPDATE outbound_actions SET status = 'sending', sending_at = :now, sending_claim = :claim, final_dot_at = NULL, "
    "message_id = :message, dated_at = :dated, updated_at = :now WHERE id = :id AND status = 'approved'"
)
_MARK_FINAL_DOT = sa.text(
    "UPDATE outbound_actions SET final_dot_at = :now, updated_at = :now "
    "WHERE id = :id AND status = 'sending' AND sending_claim = :claim "
    "AND NOT EXISTS (SELECT 1 FROM outbound_switch WHERE state <> 'on') "
    "AND EXISTS (SELECT 1 FROM workflow_enrollments JOIN contacts ON contacts.id = workflow_enrollments.contact_id "
    "WHERE workflow_enrollments.id = outbound_actions.enrollment_id "
    "AND workflow_enrollments.status IN ('pending', 'active') AND contacts.archived_at IS NULL "
    "AND lower(trim(coalesce(contacts.consent_basis, ''))) <> 'refused') "
    "AND NOT EXISTS (SELECT 1 FROM workflow_templates "
    "WHERE workflow_templates.id = outbound_actions.template_id AND workflow_templates.status <> 'active') "
    "AND NOT EXISTS (SELECT 1 FROM workflow_runs WHERE workflow_runs.id = outbound_actions.workflow_run_id "
    "AND workflow_runs.status NOT IN ('pending', 'running')) "
    "AND NOT EXISTS (SELECT 1 FROM platform_accounts "
    "WHERE platform_accounts.id = outbound_actions.platform_account_id AND platform_accounts.status <> 'active') "
    "AND NOT EXISTS (SELECT 1 FROM suppressions WHERE address_hash = :hash AND lifted_at IS NULL "
    "AND suppressions.channel IN (outbound_actions.channel, 'all'))"
)
