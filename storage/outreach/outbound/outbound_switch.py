"""The outbound switch: whether anything may leave, and when this database was last in use.

See docs/tables.md, "Outbound switch".
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import Vocabulary, enum_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, insert_into, table_of
from onelane.storage.outreach.outbound.outbound_state import add_stopped_time
from onelane.storage.workflows.due_enrollments import look_again_at_gate
from onelane.storage.workflows.enrollments import Gate, Via

_ONLY = "outbound"


class SwitchState(Vocabulary):
    """Whether anything may leave."""

    ON = "on"
    STOPPED = "stopped"


class SwitchReason(Vocabulary):
    """Why nothing may leave."""

    MANUAL = "manual"
    CLOCK_WENT_BACK = "clock_went_back"
    RESTORED_COPY = "restored_copy"
    KEY_CHANGED = "key_changed"


class OutboundSwitch(Row, table=True):
    """The row of `outbound_switch`."""

    __tablename__ = "outbound_switch"

    id: str = Field(primary_key=True, sa_type=sa.Text)
    """Always `outbound`, so that there is one row."""
    state: SwitchState = Field(
        default=SwitchState.ON,
        sa_column=enum_column(SwitchState, name="ck_outbound_switch_state", default=SwitchState.ON),
    )
    reason: SwitchReason | None = Field(
        default=None, sa_column=enum_column(SwitchReason, name="ck_outbound_switch_reason", nullable=True)
    )
    note: str | None = Field(default=None, sa_type=sa.Text)
    changed_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    changed_via: Via | None = Field(
        default=None, sa_column=enum_column(Via, name="ck_outbound_switch_changed_via", nullable=True)
    )
    last_seen_at: datetime | None = Field(default=None, sa_column=time_column())
    """The latest instant that a process saw on its clock."""
    mark: str | None = Field(default=None, sa_type=sa.Text)
    """The same stands in `outbound.mark` of the data folder; another one there means that this is a copy."""


def read_switch(session: Session, *, is_held: bool = False) -> OutboundSwitch:
    """The switch; on where nobody has ever touched it.

    Args:
        session: a writing one where it is held
        is_held: nobody else changes it until the transaction ends
    """
    if is_held:
        _ensure(session)
    switch = session.get(OutboundSwitch, _ONLY, with_for_update=is_held, populate_existing=True)
    return switch or OutboundSwitch(id=_ONLY, changed_at=session.now())


def read_state(session: Session) -> SwitchState:
    """Whether anything may leave; on where nobody has ever touched it. It is asked for each letter."""
    return SwitchState(session.sql(_STATE).scalar() or SwitchState.ON)


def turn_switch(
    session: Session, state: SwitchState, *, via: Via, reason: SwitchReason | None = None, note: str | None = None
) -> None:
    """Let nothing leave any more, or let it again: what waited for its approval meanwhile waits as much longer.

    Another reason changes nothing of since when it is stopped.
    """
    before = read_switch(session, is_held=True)
    if before.state is SwitchState.STOPPED and state is SwitchState.ON:
        add_stopped_time(session, since=before.changed_at)
        look_again_at_gate(session, Gate.SWITCH)
    changed_at = before.changed_at if before.state is state else session.now()
    values = {"state": state, "reason": reason, "note": note, "changed_at": changed_at, "changed_via": via}
    session.sql(sa.update(OutboundSwitch).values(**values).execution_options(synchronize_session="fetch"))


def set_mark(session: Session, mark: str, *, before: str | None, seen_at: datetime) -> bool:
    """Note by which mark this database is known, and what the clock shows; False when somebody else was quicker.

    Args:
        session: a writing one
        mark: the new mark
        before: the mark that it replaces
        seen_at: an instant that is past
    """
    _ensure(session)
    table = table_of(OutboundSwitch)
    statement = sa.update(OutboundSwitch).where(table.c.mark.is_not_distinct_from(before))
    statement = statement.values(mark=mark, last_seen_at=seen_at)
    return session.sql(statement.execution_options(synchronize_session="fetch")).rowcount == 1


def _ensure(session: Session) -> None:
    values = {"id": _ONLY, "changed_at": session.now()}
    session.sql(insert_into(session, table_of(OutboundSwitch)).values(**values).on_conflict_do_nothing())


_STATE = sa.text("SELECT state FROM outbound_switch")
