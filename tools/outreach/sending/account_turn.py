"""An account's turn: what is approved goes out of it, one letter after the other, over one connection."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound import outbound_line, transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_line import Due
from onelane.storage.outreach.signing_in import mark_sealed, mark_signed_out
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, InboundSource, Transport
from onelane.tools.outreach.inbound.inbox import MailboxUnreadable, read_inbox
from onelane.tools.outreach.mail.letter import BadLetter, WireLetter, to_wire
from onelane.tools.outreach.mail.mail_accounts import NotSignedIn
from onelane.tools.outreach.mail.smtp import Outcome, Transmission
from onelane.tools.outreach.mail.smtp_answers import Stage, refusal
from onelane.tools.outreach.sending.clearance import Clearance, ClearedLetter, HeldPart
from onelane.tools.outreach.sending.delivery import Delivery
from onelane.tools.outreach.sending.receipts import back_to_approved, record
from onelane.tools.outreach.sending.sent_folder import SentFolder, open_sent_folder
from onelane.tools.outreach.sending.transports import CARRIERS, Carrier
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.vault import VaultClosed

LOG = logging.getLogger(__name__)
_BAD_ADDRESS = 553
_CHOSEN_AT_ONCE = 20
"""Whatever comes up behind a higher place in line waits for so many letters at most."""
_UNREAD = timedelta(minutes=1)
"""So long a follow-up waits whose account's mailbox can't be read."""


class _Withdrawn(Exception):
    """Something came up before the last byte left, so that it does not leave."""


class AccountTurn:
    """What one account sends until nothing of it is due; nobody else sends from it meanwhile.

    Args:
        database: where actions are
        services: the vault and the time-out
        account_id: the account
        until: tells that it has to stop
    """

    def __init__(self, database: Database, services: Services, account_id: str, until: Callable[[], bool]) -> None:
        self._database = database
        self._services = services
        self._account_id = account_id
        self._until = until
        self._clearance = Clearance(services, account_id)
        self._passed_over: set[str] = set()
        self._is_unreadable = False
        self._carrier: Carrier | None = None
        self._transport = Transport.TASK
        self._sent_folder: SentFolder | None = None
        self._stack = ExitStack()

    def take(self) -> int:
        """Send what is due; how many letters the server accepted."""
        count = 0
        with self._stack:
            while due := self._choose():
                for each in due:
                    result = HeldPart.ACCOUNT if self._until() else self._clear(each)
                    if result is HeldPart.ACCOUNT:
                        return count
                    self._passed_over.add(each.action_id)
                    count += isinstance(result, ClearedLetter) and self._transmit(result)
        return count

    def _choose(self) -> list[Due]:
        """What comes next, in order; nothing where the account may send nothing now."""
        with self._database.read() as session:
            account = accounts.get_account(session, self._account_id)
            if account is None:
                return []
            room = self._clearance.room(session, account)
            if not room.for_any or not self._is_connected(account):
                return []
            due = outbound_line.list_due(
                session,
                self._account_id,
                tuple(CARRIERS),
                now=session.now(),
                with_first_touches=room.for_first_touches,
                limit=_CHOSEN_AT_ONCE + len(self._passed_over),
            )
        # Nothing is looked at twice in one turn: what was held may be due again at once.
        return [each for each in due if each.action_id not in self._passed_over]

    def _is_connected(self, account: Account) -> bool:
        """See to it that there is a way to the account's servers; without one it rests until it is connected again."""
        if self._carrier is not None:
            return True
        self._transport = account.transport or Transport.TASK
        open_carrier = CARRIERS.get(self._transport)
        if open_carrier is None:
            return False
        try:
            self._carrier = open_carrier(self._services, account)
            self._stack.callback(self._carrier.close)
            self._sent_folder = open_sent_folder(self._services, account)
        except ToolError as error:
            LOG.warning("%s sends nothing: %s", account.id, error)
            with self._database.write() as session:
                (mark_sealed if isinstance(error, VaultClosed) else mark_signed_out)(session, account.id)
            return False
        if self._sent_folder is not None:
            self._stack.enter_context(self._sent_folder)
        return True

    def _clear(self, due: Due) -> ClearedLetter | HeldPart:
        if due.follows and not self._knows_answers():
            with self._database.write() as session:
                outbound_line.postpone(session, due.action_id, session.now() + _UNREAD)
            return HeldPart.ACTION
        claim = self._database.ids.new("snd")
        with self._database.write(is_durable=True) as session:
            return self._clearance.clear(session, due, claim=claim)

    def _knows_answers(self) -> bool:
        """Read the mailbox up to now; False where that can't be done, so that nobody knows whether they answered."""
        with self._database.read() as session:
            account = accounts.get_account(session, self._account_id)
        if account is None or account.inbound is not InboundSource.IMAP:
            return True
        if self._is_unreadable:
            return False
        try:
            read_inbox(self._services, self._account_id)
        except (MailboxUnreadable, NotSignedIn) as error:
            LOG.warning("%s sends no follow-up now: %s", self._account_id, error)
            # Each attempt may take as long as the server is silent: what comes next is not kept waiting as well.
            self._is_unreadable = True
            return False
        return True

    def _transmit(self, cleared_letter: ClearedLetter) -> bool:
        is_sent = self._hand_over(cleared_letter)
        if not is_sent:
            self._clearance.forget_last()
        return is_sent

    def _hand_over(self, cleared_letter: ClearedLetter) -> bool:
        try:
            wire = to_wire(cleared_letter.letter)
        except BadLetter as error:
            self._refuse(cleared_letter, error)
            return False
        try:
            delivery = self._carry(wire, cleared_letter)
        except _Withdrawn:
            with self._database.write() as session:
                back_to_approved(session, cleared_letter.action_id, cleared_letter.claim, not_before=session.now())
            return False
        is_sent = self._record(cleared_letter, delivery) is ActionStatus.SENT
        if is_sent:
            self._keep_copy(cleared_letter, wire)
        return is_sent

    def _refuse(self, cleared_letter: ClearedLetter, error: BadLetter) -> None:
        """Note that a letter can't go as it is; no server was asked."""
        cause = refusal(Stage.RCPT, _BAD_ADDRESS, str(error))
        self._record(cleared_letter, Delivery(Transmission(Outcome.NOT_SENT, cause.message, cause)))

    def _carry(self, wire: WireLetter, cleared_letter: ClearedLetter) -> Delivery:
        if self._carrier is None:
            raise RuntimeError("nothing is cleared before there is a carrier")
        with self._services.telemetry.send(transport=self._transport, account_id=self._account_id) as watch:
            delivery = self._carrier.carry(wire, before_final_byte=lambda: self._mark_final_dot(cleared_letter))
            watch.ended(delivery.transmission.outcome)
        return delivery

    def _mark_final_dot(self, cleared_letter: ClearedLetter) -> None:
        address_hash = self._services.vault.address_hash(cleared_letter.letter.to_address)
        with self._database.write(is_durable=True) as session:
            if not transmissions.mark_final_dot(
                session, cleared_letter.action_id, claim=cleared_letter.claim, address_hash=address_hash
            ):
                raise _Withdrawn

    def _record(self, cleared_letter: ClearedLetter, delivery: Delivery) -> ActionStatus | None:
        with self._database.write() as session:
            return record(session, self._services, cleared_letter.action_id, cleared_letter.claim, delivery)

    def _keep_copy(self, cleared_letter: ClearedLetter, wire: WireLetter) -> None:
        if self._sent_folder is not None and self._sent_folder.exists:
            self._sent_folder.keep(
                self._database,
                action_id=cleared_letter.action_id,
                message_id=cleared_letter.letter.message_id,
                content=wire.content,
                sent_at=cleared_letter.letter.date,
            )
