"""The watch: looks each second whether clock, database and key are what they were, and stops outbound when not.

See docs/sequences.md, "The switch".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from onelane.storage.database.engine import Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.outbound import outbound_state, outbound_switch
from onelane.storage.outreach.outbound.outbound_switch import OutboundSwitch, SwitchReason, SwitchState
from onelane.storage.workflows.enrollments import Via
from onelane.tools.outreach.stopping.rehashing import is_recognised
from onelane.tools.outreach.stopping.restored_copy import void_yeses
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.outbound_mark import Mark
from onelane.tools.registry.gate.vault import VaultClosed

CLOCKS_DIFFER = timedelta(minutes=5)
"""So much the clocks of several machines, or one that is set right, may differ."""
MARK_EVERY = timedelta(seconds=30)
JOINS_WITHIN = timedelta(seconds=60)
"""A database that somebody else has looked at so lately is in use, and no copy that was put back."""
_OFF = "ONELANE_OUTBOUND=off"


@dataclass(frozen=True, slots=True)
class _Look:
    """What is there to be compared."""

    switch: OutboundSwitch
    mark: Mark | None
    beside: Mark | None
    is_beside: bool
    now: datetime


class Watch:
    """Looks after the switch for the process that executes.

    Args:
        services: the database, the vault and the mark
        begins_stopped: the person said that this process begins with everything stopped
    """

    def __init__(self, services: Services, *, begins_stopped: bool = False) -> None:
        self._services = services
        self._begins_stopped = begins_stopped
        self._is_due = True

    def begin(self) -> None:
        """Look before anything is carried out."""
        if self._begins_stopped:
            with self._services.database.write() as session:
                if outbound_switch.read_switch(session).state is SwitchState.ON:
                    _stop(session, SwitchReason.MANUAL, note=_OFF)
            self._begins_stopped = False
        self.look()

    def look(self) -> None:
        """Stop outbound where something is not what it was; else note that it is."""
        with self._services.database.read() as session:
            look = self._look_now(session)
            reason = self._fault(session, look)
            is_due = self._is_time_to_mark(session, look)
        if reason is not None:
            self._stop(reason, look.switch)
        elif is_due:
            self._write_mark()

    def _look_now(self, session: Session, *, is_held: bool = False) -> _Look:
        # The file first, for it is written last: another process may let both grow in between.
        text = self._services.outbound_mark.read()
        switch = outbound_switch.read_switch(session, is_held=is_held)
        return _Look(switch, Mark.read(switch.mark), Mark.read(text), text is not None, session.now())

    def _fault(self, session: Session, look: _Look) -> SwitchReason | None:
        """What is not as it was."""
        seen_at = look.switch.last_seen_at
        if seen_at is not None and look.now < seen_at - CLOCKS_DIFFER:
            return SwitchReason.CLOCK_WENT_BACK
        if self._is_copy(session, look):
            return SwitchReason.RESTORED_COPY
        return SwitchReason.KEY_CHANGED if self._has_other_key(session, look.mark) else None

    def _is_copy(self, session: Session, look: _Look) -> bool:
        mark, beside = look.mark, look.beside
        if mark is None:
            # Before anything was written for anybody, a home may begin anew.
            was_marked = look.switch.mark is not None or look.is_beside
            return was_marked and outbound_state.has_any_action(session)
        if beside is None:
            return look.is_beside or not self._joins(look.switch, mark, look.now)
        return beside.name != mark.name or mark.at < beside.at

    def _joins(self, switch: OutboundSwitch, mark: Mark, now: datetime) -> bool:
        """Whether this is one more machine on a PostgreSQL that others use at this moment."""
        is_in_use = switch.last_seen_at is not None and now - switch.last_seen_at <= JOINS_WITHIN
        is_known = mark.key_id in ("", self._key_id())
        return self._services.database.dialect == "postgresql" and is_in_use and is_known

    def _has_other_key(self, session: Session, mark: Mark | None) -> bool:
        if not suppressions.has_any(session):
            return False
        key_id = self._key_id()
        if mark is not None and mark.key_id:
            return mark.key_id != key_id
        latest = suppressions.latest_with_address(session)
        return key_id is None or (latest is not None and not is_recognised(self._services.vault, latest))

    def _is_time_to_mark(self, session: Session, look: _Look) -> bool:
        mark = look.mark
        if mark is None or self._is_due or look.now - mark.at >= MARK_EVERY:
            return True
        left_at = outbound_state.last_left_at(session)
        return left_at is not None and left_at >= mark.at.replace(microsecond=0)

    def _write_mark(self) -> None:
        """Let the mark grow: in the database first, so that only an older database is behind what stands beside it."""
        with self._services.database.write(is_durable=True) as session:
            # Held, so that of two processes that begin at once one makes the first mark, and the other finds it.
            look = self._look_now(session, is_held=True)
            if self._fault(session, look) is not None:
                return
            mark = self._next_mark(session, look)
            # Until it stands beside the database, it is written again: the disk may have no room for it now.
            self._is_due = True
            if look.mark is None:
                # The first one stands beside the database before it is in it: a database without one is no copy.
                self._services.outbound_mark.write(mark)
            seen_at = max(look.now, look.switch.last_seen_at or look.now)
            if not outbound_switch.set_mark(session, str(mark), before=look.switch.mark, seen_at=seen_at):
                return
        self._services.outbound_mark.write(mark)
        self._is_due = False

    def _next_mark(self, session: Session, look: _Look) -> Mark:
        key_id = (self._key_id() or "") if suppressions.has_any(session) else ""
        return Mark.new(key_id, look.now) if look.mark is None else look.mark.later(key_id, look.now)

    def _stop(self, reason: SwitchReason, switch: OutboundSwitch) -> None:
        """Stop for a reason of its own; what is stopped for one stays so, and by hand it learns of this one."""
        if switch.state is SwitchState.STOPPED and switch.reason is not SwitchReason.MANUAL:
            return
        with self._services.database.write() as session:
            now = outbound_switch.read_switch(session, is_held=True)
            if now.state is SwitchState.ON or now.reason is SwitchReason.MANUAL:
                _stop(session, reason, note=now.note if now.state is SwitchState.STOPPED else None)

    def _key_id(self) -> str | None:
        try:
            return self._services.vault.key_id
        except VaultClosed:
            return None


def _stop(session: Session, reason: SwitchReason, *, note: str | None) -> None:
    if reason is SwitchReason.RESTORED_COPY:
        void_yeses(session)
    outbound_switch.turn_switch(session, SwitchState.STOPPED, via=Via.ONELANE, reason=reason, note=note)
