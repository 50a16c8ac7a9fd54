"""The outbound switch: whether anything may leave, and when this database was last in use.

See docs/tables.md, "Outbound switch".
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field

from onelane.storage.database.columns import Vocabulary, enum_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, table_of
from onelane.storage.outreach.outbound_actions import extend_expiry
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


def read_switch(session: Session) -> OutboundSwitch:
    """The switch; on where nobody has ever touched it."""
    return session.get(OutboundSwitch, _ONLY) or OutboundSwitch(id=_ONLY, changed_at=session.now())


def turn_switch(
    session: Session, state: SwitchState, *, via: Via, reason: SwitchReason | None = None, note: str | None = None
) -> None:
    """Let nothing leave any more, or let it again: what waited for its approval meanwhile waits as much longer."""
    _ensure(session)
    before = read_switch(session)
    if before.state is SwitchState.STOPPED and state is SwitchState.ON:
        extend_expiry(session, int((session.now() - before.changed_at).total_seconds()))
        look_again_at_gate(session, Gate.SWITCH)
    values = {"state": state, "reason": reason, "note": note, "changed_at": session.now(), "changed_via": via}
    session.sql(sa.update(OutboundSwitch).values(**values).execution_options(synchronize_session="fetch"))


def note_seen(session: Session) -> None:
    """Note what the clock shows; the latest instant stays."""
    _ensure(session)
    table = table_of(OutboundSwitch)
    earlier = table.c.last_seen_at.is_(None) | (table.c.last_seen_at < session.now())
    statement = sa.update(OutboundSwitch).where(earlier).values(last_seen_at=session.now())
    session.sql(statement.execution_options(synchronize_session="fetch"))


def set_mark(session: Session, mark: str) -> None:
    """Note by which mark this database is known to be no copy."""
    _ensure(session)
    session.sql(sa.update(OutboundSwitch).values(mark=mark).execution_options(synchronize_session="fetch"))


def _ensure(session: Session) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"id": _ONLY, "changed_at": session.now()}
    session.sql(insert(table_of(OutboundSwitch)).values(**values).on_conflict_do_nothing())
