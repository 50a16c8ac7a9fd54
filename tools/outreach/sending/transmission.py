"""Transmission: what is approved and may go now goes, exactly once (docs/sequences.md, "Sending")."""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.name_locks import holding
from onelane.storage.outreach.outbound import content_actions, outbound_line, outbound_switch, transmissions
from onelane.storage.outreach.outbound.outbound_switch import SwitchState
from onelane.storage.platforms import accounts
from onelane.tools.outreach.reading.account_facts import account_facts
from onelane.tools.outreach.sending.account_room import room_of
from onelane.tools.outreach.sending.account_turn import AccountTurn
from onelane.tools.outreach.sending.recovery import lease, recover
from onelane.tools.outreach.sending.transports import CARRIERS
from onelane.tools.platforms.online.sealed_accounts import let_in_again
from onelane.tools.registry.context import Services

ACCOUNTS_AT_ONCE = 8
_LOOK_SECONDS = 1.0
_TRANSPORTS = (*CARRIERS, *content_actions.CONTENT_TRANSPORTS)


def send_due(database: Database, services: Services, *, until: Callable[[], bool] | None = None) -> int:
    """Send what is approved and may go now, until nothing is left.

    Each account sends over one connection, and only in one place at a time, whoever else calls this. A slow server
    keeps no other account waiting.

    Args:
        database: where actions are
        services: the vault and the time-out of mail servers
        until: tells that it has to stop; the letter that is under way then is finished

    Returns:
        How many letters were accepted.
    """
    let_in_again(services)
    return _Turns(database, services, until or (lambda: False)).take()


@dataclass
class _Turns:
    """The turns of the accounts that have something to send."""

    database: Database
    services: Services
    until: Callable[[], bool]
    sent_count: int = 0
    _under_way: set[str] = field(default_factory=set[str])
    _failures: list[Exception] = field(default_factory=list[Exception])
    _change: threading.Condition = field(default_factory=threading.Condition)

    def take(self) -> int:
        had_turn: set[str] = set()
        while not self.until():
            self._begin(self._to_serve(had_turn), had_turn)
            with self._change:
                if not self._under_way:
                    break
                self._change.wait(_LOOK_SECONDS)
        with self._change:
            self._change.wait_for(lambda: not self._under_way)
        if self._failures:
            raise self._failures[0]
        return self.sent_count

    def _to_serve(self, had_turn: Collection[str]) -> Sequence[str]:
        """The accounts that had no turn yet, and may send something."""
        with self.database.read() as session:
            if outbound_switch.read_state(session) is not SwitchState.ON:
                return ()
            now = session.now()
            # On PostgreSQL who holds an account's name is the only one that can be at it.
            began_before = now if self.database.dialect == "postgresql" else now - lease(self.services)
            account_ids = outbound_line.accounts_to_serve(session, _TRANSPORTS, now=now, began_before=began_before)
            return [each for each in account_ids if each not in had_turn and self._has_room(session, each, now)]

    def _has_room(self, session: Session, account_id: str, now: datetime) -> bool:
        """Whether an account may send anything now, or was cut off: whoever rests needs no turn."""
        account = accounts.get_account(session, account_id)
        if account is None:
            return False
        room = room_of(account_facts(session, account), now)
        return room.for_any or transmissions.is_transmitting(session, account_id)

    def _begin(self, account_ids: Sequence[str], had_turn: set[str]) -> None:
        for account_id in account_ids:
            with self._change:
                if len(self._under_way) >= ACCOUNTS_AT_ONCE:
                    return
                self._under_way.add(account_id)
            had_turn.add(account_id)
            name = f"onelane-sends-{account_id}"
            try:
                self.services.machine.begin(name, partial(self._serve, account_id))
            except RuntimeError:
                self._end(account_id)
                raise

    def _serve(self, account_id: str) -> None:
        count = 0
        try:
            with holding(self.database, f"sends {account_id}") as is_mine:
                if is_mine:
                    self._recover(account_id)
                    count = AccountTurn(self.database, self.services, account_id, self.until).take()
                    count += self._take_content(account_id)
        except Exception as error:  # noqa: BLE001 - the outer edge of a thread; told to whoever called
            self._failures.append(error)
        finally:
            self._end(account_id, count)

    def _take_content(self, account_id: str) -> int:
        """Carry out what was approved of drafts; what does it is loaded where there is something."""
        with self.database.read() as session:
            due = content_actions.list_due_content(
                session, account_id, content_actions.CONTENT_TRANSPORTS, now=session.now(), limit=1
            )
        if not due:
            return 0
        from onelane.tools.outreach.sending.posting.content_turn import ContentTurn

        return ContentTurn(self.database, self.services, account_id, self.until).take()

    def _recover(self, account_id: str) -> None:
        is_alone = self.database.dialect == "postgresql"
        began_before = None if is_alone else self.database.clock() - lease(self.services)
        recover(self.database, account_id, began_before=began_before)

    def _end(self, account_id: str, count: int = 0) -> None:
        with self._change:
            self.sent_count += count
            self._under_way.discard(account_id)
            self._change.notify_all()
