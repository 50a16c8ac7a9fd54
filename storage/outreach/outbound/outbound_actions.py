"""Outbound actions: single messages and tasks that go to a person (docs/tables.md, "Outbound actions").

An action outlives all that it refers to: what was sent stays recorded.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, count_column, enum_column, time_column, word_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, new_row, table_of, untracked_rows
from onelane.storage.platforms.accounts import Channel, Transport
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.templates import TemplateStepType


class ActionStatus(Vocabulary):
    """Where an action is between its plan and its outcome."""

    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval", "hand", "warn"
    APPROVED = "approved", "Approved", "clock", "accent"
    REJECTED = "rejected", "Rejected", "x", "plain"
    EXPIRED = "expired", "Expired", "clock", "plain"
    CANCELLED = "cancelled", "Cancelled", "circle-slash", "plain"
    SENDING = "sending", "Sending", "loader", "accent"
    SENT = "sent", "Sent", "circle-check", "good"
    FAILED = "failed", "Failed", "circle-x", "bad"
    UNCERTAIN = "uncertain", "Uncertain", "circle-alert", "bad"

    @property
    def is_over(self) -> bool:
        """Whether it stays as it is."""
        return self in (self.REJECTED, self.CANCELLED, self.SENT, self.FAILED)


WAITING = (ActionStatus.AWAITING_APPROVAL, ActionStatus.APPROVED)
"""Nothing of these has left, so that they may still be cancelled."""
UNSENT = (*WAITING, ActionStatus.EXPIRED)
"""What has not left and may still: what nobody answered in time, once its person says so."""
LEFT = (ActionStatus.SENDING, ActionStatus.SENT, ActionStatus.UNCERTAIN)
"""What left, or may have."""
ACTION_TRANSITIONS: Mapping[ActionStatus, frozenset[ActionStatus]] = {
    ActionStatus.AWAITING_APPROVAL: frozenset(
        {
            ActionStatus.AWAITING_APPROVAL,
            ActionStatus.APPROVED,
            ActionStatus.REJECTED,
            ActionStatus.EXPIRED,
            ActionStatus.CANCELLED,
        }
    ),
    ActionStatus.APPROVED: frozenset(
        {ActionStatus.AWAITING_APPROVAL, ActionStatus.SENDING, ActionStatus.SENT, ActionStatus.CANCELLED}
    ),
    ActionStatus.SENDING: frozenset(
        {ActionStatus.SENT, ActionStatus.APPROVED, ActionStatus.FAILED, ActionStatus.UNCERTAIN}
    ),
    ActionStatus.UNCERTAIN: frozenset({ActionStatus.SENT, ActionStatus.APPROVED, ActionStatus.FAILED}),
    ActionStatus.REJECTED: frozenset(),
    ActionStatus.EXPIRED: frozenset({ActionStatus.AWAITING_APPROVAL, ActionStatus.REJECTED, ActionStatus.CANCELLED}),
    ActionStatus.CANCELLED: frozenset(),
    ActionStatus.SENT: frozenset({ActionStatus.FAILED}),
    ActionStatus.FAILED: frozenset(),
}
"""What an action may become; only a task goes from approved to sent, when the person marks it done.

What was sent fails only where the sender's own provider gave it back."""


class ErrorClass(Vocabulary):
    """What a failed transmission means for what comes next."""

    RETRY_LATER = "retry_later"
    QUOTA = "quota"
    BLOCKED = "blocked"
    REFUSED = "refused"
    SIGNED_OUT = "signed_out"


class OutboundAction(Row, table=True):
    """A row of `outbound_actions`."""

    __tablename__ = "outbound_actions"
    __table_args__ = (
        sa.Index("ix_outbound_actions_key", "action_key", unique=True),
        sa.Index("ix_outbound_actions_message_id", "message_id", unique=True),
        sa.Index("ix_outbound_actions_sending", "platform_account_id", "sending_at"),
        sa.Index("ix_outbound_actions_due", "status", "not_before"),
        sa.Index("ix_outbound_actions_contact", "contact_id"),
        # What refers to a row that is deleted is found without reading all that was ever sent.
        sa.Index("ix_outbound_actions_enrollment", "enrollment_id", "step_index"),
        sa.Index("ix_outbound_actions_template", "template_id", "id"),
        sa.Index("ix_outbound_actions_version", "template_version_id"),
        sa.Index("ix_outbound_actions_run", "workflow_run_id"),
        sa.Index("ix_outbound_actions_content", "content_item_id", "id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    action_key: str = Field(sa_type=sa.Text)
    """`enrollment:step:epoch`, so that a step is carried out once; of a draft `content:item:number`."""
    enrollment_id: str | None = Field(
        default=None, foreign_key="workflow_enrollments.id", ondelete="SET NULL", sa_type=sa.Text
    )
    contact_id: str | None = Field(default=None, foreign_key="contacts.id", ondelete="SET NULL", sa_type=sa.Text)
    template_id: str | None = Field(
        default=None, foreign_key="workflow_templates.id", ondelete="SET NULL", sa_type=sa.Text
    )
    template_version_id: str | None = Field(
        default=None, foreign_key="template_versions.id", ondelete="SET NULL", sa_type=sa.Text
    )
    workflow_run_id: str | None = Field(
        default=None, foreign_key="workflow_runs.id", ondelete="SET NULL", sa_type=sa.Text
    )
    platform_account_id: str | None = Field(
        default=None, foreign_key="platform_accounts.id", ondelete="SET NULL", sa_type=sa.Text
    )
    content_item_id: str | None = Field(default=None, sa_type=sa.Text)
    """The draft that it carries out, which may be gone by now."""
    channel: Channel = Field(sa_column=word_column(Channel))
    transport: Transport = Field(sa_column=word_column(Transport))
    step_type: TemplateStepType = Field(sa_column=word_column(TemplateStepType))
    step_index: int
    variant: str | None = Field(default=None, sa_type=sa.Text)
    from_address: str | None = Field(default=None, sa_type=sa.Text)
    to_address: str | None = Field(default=None, sa_type=sa.Text)
    """An e-mail address, or the address of a profile."""
    subject: str | None = Field(default=None, sa_type=sa.Text)
    body_text: str | None = Field(default=None, sa_type=sa.Text)
    body_html: str | None = Field(default=None, sa_type=sa.Text)
    previous_text: str | None = Field(default=None, sa_type=sa.Text)
    """What `body_text` was before it was edited or written anew."""
    in_reply_to: str | None = Field(default=None, sa_type=sa.Text)
    message_id: str | None = Field(default=None, sa_type=sa.Text)
    content_hash: str = Field(sa_type=sa.Text)
    """Of what goes, to whom, from which account and under whose name."""
    status: ActionStatus = Field(
        default=ActionStatus.AWAITING_APPROVAL,
        sa_column=enum_column(ActionStatus, name="ck_outbound_actions_status", default=ActionStatus.AWAITING_APPROVAL),
    )
    reason: str | None = Field(default=None, sa_type=sa.Text)
    """Why it was cancelled or rejected: a reason of the enrollment's, or the person's own words."""
    not_before: datetime | None = Field(default=None, sa_column=time_column())
    expires_at: datetime | None = Field(default=None, sa_column=time_column())
    approved_at: datetime | None = Field(default=None, sa_column=time_column())
    approved_via: Door | None = Field(
        default=None, sa_column=enum_column(Door, name="ck_outbound_actions_approved_via", nullable=True)
    )
    approved_hash: str | None = Field(default=None, sa_type=sa.Text)
    edited_at: datetime | None = Field(default=None, sa_column=time_column())
    """When a person wrote its text anew; since then the template's text is not rendered into it."""
    sending_at: datetime | None = Field(default=None, sa_column=time_column())
    sending_claim: str | None = Field(default=None, sa_type=sa.Text)
    """Tells its transmissions apart: only the one that has it may send the last byte."""
    dated_at: datetime | None = Field(default=None, sa_column=time_column())
    """The `Date` of its letter: when its first transmission began, and the same at every other."""
    final_dot_at: datetime | None = Field(default=None, sa_column=time_column())
    """Set before the last byte of a letter: nothing without it was accepted."""
    sent_at: datetime | None = Field(default=None, sa_column=time_column())
    provider_id: str | None = Field(default=None, sa_type=sa.Text)
    thread_id: str | None = Field(default=None, sa_type=sa.Text)
    attempts: int = Field(default=0, sa_column=count_column())
    error_class: ErrorClass | None = Field(
        default=None, sa_column=enum_column(ErrorClass, name="ck_outbound_actions_error_class", nullable=True)
    )
    error: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def action_key(enrollment_id: str, step_index: int, epoch: int) -> str:
    """What makes an action the only one of its step."""
    return f"{enrollment_id}:{step_index}:{epoch}"


def create_action(session: Session, **values: Any) -> OutboundAction | None:
    """A new action; `values` are its columns but for times. None when its key is taken: the step has one."""
    if find_action(session, values["action_key"]) is not None:
        return None
    values.setdefault("id", session.new_id("out"))
    action = add_action(session, **values)
    session.flush()
    return action


def add_action(session: Session, **values: Any) -> OutboundAction:
    """A new action of a step that has none; it is in the database once the session is flushed."""
    now = session.now()
    action = new_row(OutboundAction, created_at=now, updated_at=now, **values)
    session.add(action)
    return action


def get_action(session: Session, action_id: str) -> OutboundAction | None:
    """The action with this id."""
    return session.get(OutboundAction, action_id)


def get_actions(session: Session, action_ids: Collection[str]) -> Sequence[OutboundAction]:
    """The actions with these ids that there are."""
    if not action_ids:
        return []
    return session.exec(select(OutboundAction).where(among(session, table_of(OutboundAction).c.id, action_ids))).all()


def find_action(session: Session, key: str) -> OutboundAction | None:
    """The action with this key."""
    return session.exec(select(OutboundAction).where(OutboundAction.action_key == key)).first()


def find_by_message_ids(session: Session, message_ids: Collection[str]) -> Sequence[OutboundAction]:
    """The actions whose letters have these Message-IDs."""
    table = table_of(OutboundAction)
    return session.exec(select(OutboundAction).where(among(session, table.c.message_id, message_ids))).all()


def list_of_enrollment(session: Session, enrollment_id: str) -> Sequence[OutboundAction]:
    """The actions of an enrollment in the order of its steps, to be read only."""
    return untracked_rows(session, OutboundAction, _of_enrollment(), {"enrollment": enrollment_id})


@cache
def _of_enrollment() -> sa.Select[*tuple[Any, ...]]:
    table = table_of(OutboundAction)
    query = sa.select(table).where(table.c.enrollment_id == sa.bindparam("enrollment"))
    return query.order_by(table.c.step_index, table.c.id)


def list_of_enrollments(session: Session, enrollment_ids: Collection[str]) -> dict[str, list[OutboundAction]]:
    """The actions of several enrollments, each in the order of its steps; none of one that has none."""
    query = select(OutboundAction).where(among(session, table_of(OutboundAction).c.enrollment_id, enrollment_ids))
    by_enrollment: dict[str, list[OutboundAction]] = {}
    for action in session.exec(query.order_by(col(OutboundAction.step_index), col(OutboundAction.id))):
        by_enrollment.setdefault(action.enrollment_id or "", []).append(action)
    return by_enrollment


def has_sent(session: Session, *, template_id: str) -> bool:
    """Whether anything of a template has left, or may have."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.id).where(table.c.template_id == template_id, table.c.status.in_(LEFT))
    return session.sql(query.limit(1)).first() is not None


def sent_since(session: Session, account_id: str, since: datetime) -> Sequence[datetime]:
    """When transmissions of an account began since then, in order: what caps and spacing count."""
    table = table_of(OutboundAction)
    query = sa.select(table.c.sending_at).where(
        table.c.platform_account_id == account_id, table.c.sending_at > since, table.c.status.in_(LEFT)
    )
    return list(session.sql(query.order_by(table.c.sending_at)).scalars())


def list_sent_by(
    session: Session, *, run_ids: Collection[str], enrollment_ids: Collection[str]
) -> Sequence[OutboundAction]:
    """The messages of these runs and enrollments that have left, oldest first."""
    table = table_of(OutboundAction)
    of_sender = among(session, table.c.workflow_run_id, run_ids) | among(session, table.c.enrollment_id, enrollment_ids)
    return session.exec(select(OutboundAction).where(of_sender, table.c.status.in_(LEFT)).order_by(table.c.id)).all()
