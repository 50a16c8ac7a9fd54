"""Inbound messages: mail that answers ours, comes from somebody who was written to, or is a bounce.

See docs/tables.md, "Inbound messages".
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, col, select

from onelane.storage.database.columns import Vocabulary, count_column, json_column, time_column, word_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, new_row, table_of


class MessageKind(Vocabulary):
    """What a message is, in the order in which it is looked at."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    RECEIPT = "receipt"
    OPT_OUT = "opt_out"
    AUTO_REPLY = "auto_reply"
    REPLY = "reply"


class InboundMessage(Row, table=True):
    """A row of `inbound_messages`."""

    __tablename__ = "inbound_messages"
    __table_args__ = (
        sa.Index("ix_inbound_messages_key", "platform_account_id", "message_id", unique=True),
        sa.Index("ix_inbound_messages_contact", "contact_id", "sent_at"),
        sa.Index("ix_inbound_messages_action", "outbound_action_id"),
        sa.Index("ix_inbound_messages_created", "created_at"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    platform_account_id: str | None = Field(
        default=None, foreign_key="platform_accounts.id", ondelete="SET NULL", sa_type=sa.Text
    )
    message_id: str = Field(sa_type=sa.Text)
    in_reply_to: str | None = Field(default=None, sa_type=sa.Text)
    reference_ids: str = Field(default="[]", sa_column=json_column("[]"))
    from_address: str | None = Field(default=None, sa_type=sa.Text)
    to_address: str | None = Field(default=None, sa_type=sa.Text)
    subject: str | None = Field(default=None, sa_type=sa.Text)
    sent_at: datetime | None = Field(default=None, sa_column=time_column())
    headers: str = Field(default="{}", sa_column=json_column())
    """Only those that classifying reads."""
    own_text: str | None = Field(default=None, sa_type=sa.Text)
    """What the sender wrote, without what they quote: at most 4 kB, for 180 days."""
    dsn: str = Field(default="{}", sa_column=json_column())
    """What a bounce reports."""
    contact_id: str | None = Field(default=None, foreign_key="contacts.id", ondelete="SET NULL", sa_type=sa.Text)
    outbound_action_id: str | None = Field(
        default=None, foreign_key="outbound_actions.id", ondelete="SET NULL", sa_type=sa.Text
    )
    kind: MessageKind = Field(sa_column=word_column(MessageKind))
    rule: str | None = Field(default=None, sa_type=sa.Text)
    """By which rule it is of that kind."""
    classifier_version: int = Field(default=0, sa_column=count_column())
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def find_message(session: Session, account_id: str | None, message_id: str) -> InboundMessage | None:
    """The message of an account with this Message-ID."""
    of_account = (
        col(InboundMessage.platform_account_id).is_(None)
        if account_id is None
        else col(InboundMessage.platform_account_id) == account_id
    )
    return session.exec(select(InboundMessage).where(of_account, InboundMessage.message_id == message_id)).first()


def create_message(session: Session, **values: Any) -> InboundMessage | None:
    """A new message; `values` are its columns but for id and `created_at`. None when it is there already."""
    if find_message(session, values.get("platform_account_id"), values["message_id"]) is not None:
        return None
    message = new_row(InboundMessage, id=session.new_id("inb"), created_at=session.now(), **values)
    session.add(message)
    session.flush()
    return message


def list_of_contact(session: Session, contact_id: str) -> Sequence[InboundMessage]:
    """What came from a person, oldest first."""
    query = select(InboundMessage).where(InboundMessage.contact_id == contact_id)
    return session.exec(query.order_by(col(InboundMessage.sent_at), col(InboundMessage.id))).all()


def names_action(session: Session, action_id: str) -> bool:
    """Whether anything came back that names an action's letter, so that it was accepted."""
    query = select(InboundMessage.id).where(InboundMessage.outbound_action_id == action_id)
    return session.exec(query.limit(1)).first() is not None


def forget_texts(session: Session, *, before: datetime) -> int:
    """Drop the texts of messages that came in before then; how many had one."""
    table = table_of(InboundMessage)
    old = (table.c.created_at < before) & table.c.own_text.is_not(None)
    return session.sql(sa.update(InboundMessage).where(old).values(own_text=None)).rowcount
