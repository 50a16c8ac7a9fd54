"""Answers that were given: what a call with an idempotency key brought, so that the same key never acts twice."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.columns import time_column
from onelane.storage.database import Session
from onelane.storage.rows import Row


class Answer(Row, table=True):
    """A row of `tool_answers`."""

    __tablename__ = "tool_answers"

    tool: str = Field(primary_key=True, sa_type=sa.Text)
    idempotency_key: str = Field(primary_key=True, sa_type=sa.Text)
    arguments_hash: str = Field(sa_type=sa.Text)
    """So that one key used for two different calls is noticed."""
    answer: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def get_answer(session: Session, tool: str, idempotency_key: str) -> Answer | None:
    """What this call with this key was answered before."""
    return session.get(Answer, (tool, idempotency_key))


def keep_answer(session: Session, *, tool: str, idempotency_key: str, arguments_hash: str, answer: str) -> None:
    """Keep an answer with the transaction that made it true; the primary key refuses a second one."""
    session.add(
        Answer(
            tool=tool,
            idempotency_key=idempotency_key,
            arguments_hash=arguments_hash,
            answer=answer,
            created_at=session.now(),
        )
    )
    session.flush()
