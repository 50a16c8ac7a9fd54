"""Idempotency keys: the answer of a call is kept, so that the same key never acts twice."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, col

from onelane.storage.database.columns import time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_into, table_of


class KeptAnswer(Row, table=True):
    """A row of `tool_answers`."""

    __tablename__ = "tool_answers"

    tool: str = Field(primary_key=True, sa_type=sa.Text)
    idempotency_key: str = Field(primary_key=True, sa_type=sa.Text)
    arguments_hash: str = Field(sa_type=sa.Text)
    """So that one key used for two different calls is noticed."""
    answer: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def get_answer(session: Session, tool: str, idempotency_key: str) -> KeptAnswer | None:
    """What this call with this key was answered before."""
    return session.get(KeptAnswer, (tool, idempotency_key))


def begin_answer(session: Session, *, tool: str, idempotency_key: str, arguments_hash: str) -> bool:
    """Take a key for the call that begins. False when it was taken before; that call's answer is there then.

    Of two calls at once the second one waits here until the first is committed or rolled back.
    """
    table = table_of(KeptAnswer)
    row = {"tool": tool, "idempotency_key": idempotency_key, "arguments_hash": arguments_hash, "answer": ""}
    statement = (
        insert_into(session, table)
        .values(**row, created_at=session.now())
        .on_conflict_do_nothing()
        .returning(table.c.tool)
    )
    return session.sql(statement).one_or_none() is not None


def keep_answer(session: Session, *, tool: str, idempotency_key: str, answer: str) -> None:
    """Keep an answer with the transaction that made it true."""
    is_this_call = (col(KeptAnswer.tool) == tool) & (col(KeptAnswer.idempotency_key) == idempotency_key)
    session.sql(sa.update(KeptAnswer).where(is_this_call).values(answer=answer))
