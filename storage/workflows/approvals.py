"""Approvals: what a call asks its person, what they answered, and that the answer was used (docs/agent.md, "Approval").

A yes is good for one call: the run, the call, the tool and the hash of what the person was shown must be the same, it
must not have been used, and its time must not be over. One conditional update looks at all of that and uses it up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, count_column, enum_column, json_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, table_of


class Answer(Vocabulary):
    """What a person said."""

    ALLOWED = "allowed"
    REFUSED = "refused"


class Door(Vocabulary):
    """Where a person said it."""

    CLI = "cli", "Terminal"
    REST = "rest", "REST with the person's key"
    DASHBOARD = "dashboard", "Page"
    ELICITATION = "elicitation", "The client's own form"


class Approval(Row, table=True):
    """A row of `approvals`."""

    __tablename__ = "approvals"
    __table_args__ = (
        sa.Index("ix_approvals_call", "workflow_run_id", "call_key"),
        sa.Index("ix_approvals_change", "change_number"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    workflow_run_id: str | None = Field(
        default=None, foreign_key="workflow_runs.id", ondelete="CASCADE", sa_type=sa.Text
    )
    """The run that asks; none when a chat does."""
    call_key: str = Field(sa_type=sa.Text)
    """Which call of the run or chat it is."""
    tool: str = Field(sa_type=sa.Text)
    arguments: str = Field(default="{}", sa_column=json_column())
    """Names in them are resolved to ids."""
    shown: str = Field(sa_type=sa.Text)
    """What the person reads, word for word."""
    content_hash: str = Field(sa_type=sa.Text)
    """Of the tool, the arguments and what is shown."""
    seal: str = Field(sa_type=sa.Text)
    """Made with the person's key of the row as it was asked, then as it was answered: no copy elsewhere is valid."""
    asked_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    expires_at: datetime = Field(sa_column=time_column(nullable=False))
    answer: Answer | None = Field(
        default=None, sa_column=enum_column(Answer, name="ck_approvals_answer", nullable=True)
    )
    answered_at: datetime | None = Field(default=None, sa_column=time_column())
    answered_via: Door | None = Field(
        default=None, sa_column=enum_column(Door, name="ck_approvals_answered_via", nullable=True)
    )
    reason: str | None = Field(default=None, sa_type=sa.Text)
    used_at: datetime | None = Field(default=None, sa_column=time_column())
    change_number: int = Field(default=0, sa_column=count_column())
    """Which change of the table made the row what it is; they only grow, but in an older copy."""


class Asked(NamedTuple):
    """A question before it is a row."""

    workflow_run_id: str | None
    call_key: str
    tool: str
    arguments: str
    shown: str
    content_hash: str


def create_approval(session: Session, approval_id: str, question: Asked, *, seal: str, lifetime: timedelta) -> Approval:
    """Ask; an open question of the same call about something else is withdrawn."""
    now = session.now()
    same_call = (col(Approval.workflow_run_id) == question.workflow_run_id) & (
        col(Approval.call_key) == question.call_key
    )
    if question.workflow_run_id is None:
        same_call = col(Approval.workflow_run_id).is_(None) & (col(Approval.call_key) == question.call_key)
    _change(session, same_call & _unused(), expires_at=now)
    approval = Approval(
        id=approval_id, **question._asdict(), seal=seal, asked_at=now, expires_at=now.replace(microsecond=0) + lifetime
    )
    session.add(approval)
    session.flush()
    return approval


def get_approval(session: Session, approval_id: str) -> Approval | None:
    """The approval with this id."""
    return session.exec(select(Approval).where(Approval.id == approval_id)).first()


def latest_of_call(session: Session, run_id: str | None, call_key: str) -> Approval | None:
    """The latest question of a call."""
    of_run = col(Approval.workflow_run_id).is_(None) if run_id is None else col(Approval.workflow_run_id) == run_id
    query = select(Approval).where(of_run, Approval.call_key == call_key)
    query = query.order_by(col(Approval.asked_at).desc(), col(Approval.id).desc()).limit(1)
    return session.exec(query.execution_options(populate_existing=True)).first()


def list_open(session: Session, *, run_id: str | None = None, limit: int = 200) -> Sequence[Approval]:
    """Questions that somebody can answer, oldest first; of one run if given."""
    query = select(Approval).where(col(Approval.answer).is_(None), col(Approval.expires_at) > session.now())
    if run_id is not None:
        query = query.where(Approval.workflow_run_id == run_id)
    return session.exec(query.order_by(col(Approval.asked_at), col(Approval.id)).limit(limit)).all()


def count_open(session: Session, *, run_id: str | None, beginning: str) -> int:
    """How many questions of a run, or of a chat whose calls' keys begin so, somebody can answer."""
    of_asker = col(Approval.call_key).startswith(beginning, autoescape=True)
    of_run = col(Approval.workflow_run_id).is_(None) if run_id is None else col(Approval.workflow_run_id) == run_id
    query = sa.select(sa.func.count()).select_from(Approval).where(of_run, of_asker, _open(session))
    return session.sql(query).scalar_one()


def answer_approval(
    session: Session,
    approval: Approval,
    answer: Answer,
    *,
    via: Door,
    reason: str | None,
    answered_at: datetime,
    seal: str,
    change_number: int,
) -> bool:
    """Answer an open question; False when it is answered already, or its time is over."""
    return _change(
        session,
        (col(Approval.id) == approval.id) & (col(Approval.content_hash) == approval.content_hash) & _open(session),
        answer=answer,
        answered_via=via,
        reason=reason,
        answered_at=answered_at,
        seal=seal,
        change_number=change_number,
    )


def use_approval(session: Session, approval_id: str, question: Asked, *, seal: str) -> bool:
    """Use a yes up for exactly this call; False when it is not one, not for this, or not good any more."""
    good = (
        (col(Approval.id) == approval_id)
        & _is_of_call(question)
        & (col(Approval.seal) == seal)
        & (col(Approval.answer) == Answer.ALLOWED)
        & (col(Approval.used_at).is_(None))
        & (col(Approval.expires_at) > session.now())
    )
    return _change(session, good, used_at=session.now())


def _is_of_call(question: Asked) -> sa.ColumnElement[bool]:
    of_run = (
        col(Approval.workflow_run_id).is_(None)
        if question.workflow_run_id is None
        else col(Approval.workflow_run_id) == question.workflow_run_id
    )
    is_same = (col(Approval.call_key) == question.call_key) & (col(Approval.tool) == question.tool)
    return of_run & is_same & (col(Approval.content_hash) == question.content_hash)


def withdraw(session: Session, run_id: str, call_key: str) -> None:
    """Nobody has to answer for this call any more."""
    of_call = (col(Approval.workflow_run_id) == run_id) & (col(Approval.call_key) == call_key)
    _change(session, of_call & _open(session), expires_at=session.now())


def withdraw_all(session: Session, run_id: str) -> None:
    """Nobody has to answer any more what a run asked, for it is over; one that is tried again asks anew.

    What was allowed and not done is not allowed any more either.
    """
    of_run = (col(Approval.workflow_run_id) == run_id) & (col(Approval.expires_at) > session.now())
    _change(session, of_run & _unused(), expires_at=session.now())


def last_change(session: Session) -> int:
    """The highest number of a change."""
    return session.sql(sa.select(sa.func.coalesce(sa.func.max(Approval.change_number), 0))).scalar_one()


def has_allowed(session: Session) -> bool:
    """Whether there is a yes that can be used."""
    return session.sql(sa.select(col(Approval.id)).where(_is_usable_yes(session)).limit(1)).first() is not None


def count_on(session: Session) -> None:
    """Give what is allowed a new number, as if it had changed."""
    _change(session, _is_usable_yes(session))


def void_allowed(session: Session, *, change_number: int) -> None:
    """Let nothing be allowed any more that was so far."""
    _change(session, _is_usable_yes(session), expires_at=session.now(), change_number=change_number)


def delete_of_chats(session: Session, before: datetime) -> int:
    """Delete what chats asked and is over since before this instant; how much. A run's goes with the run."""
    table = table_of(Approval)
    old = sa.delete(table).where(table.c.workflow_run_id.is_(None), table.c.expires_at < before)
    return session.sql(old).rowcount


def _open(session: Session) -> sa.ColumnElement[bool]:
    return col(Approval.answer).is_(None) & (col(Approval.expires_at) > session.now())


def _unused() -> sa.ColumnElement[bool]:
    """Not used, and not refused: whatever it says must not be said of something else."""
    return col(Approval.used_at).is_(None) & (col(Approval.answer).is_(None) | (col(Approval.answer) == Answer.ALLOWED))


def _is_usable_yes(session: Session) -> sa.ColumnElement[bool]:
    return (
        (col(Approval.answer) == Answer.ALLOWED)
        & col(Approval.used_at).is_(None)
        & (col(Approval.expires_at) > session.now())
    )


def _change(session: Session, which: sa.ColumnElement[bool], **changes: object) -> bool:
    approvals = sa.alias(table_of(Approval))
    following = sa.select(sa.func.coalesce(sa.func.max(approvals.c.change_number), 0) + 1).scalar_subquery()
    statement = (
        sa.update(Approval)
        .where(which)
        .values(**{"change_number": following, **changes})
        .execution_options(synchronize_session="fetch")
    )
    return session.sql(statement).rowcount == 1
