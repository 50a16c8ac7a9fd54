"""An account's turn for what was approved of drafts: looked at once more, then carried out, one after the other."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import timedelta

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach.outbound import content_actions, outbound_actions, outbound_line, transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Account, Transport
from onelane.storage.workflows.enrollments import Gate
from onelane.tools.outreach.content.gates import content_gates
from onelane.tools.outreach.content.publication import withdraw
from onelane.tools.outreach.mail.letter import BadLetter, Letter, letter_chance, new_message_id
from onelane.tools.outreach.mail.smtp import Outcome, Transmission
from onelane.tools.outreach.mail.smtp_answers import Stage, refusal
from onelane.tools.outreach.planning.gates import GateState, first_closed
from onelane.tools.outreach.sending.delivery import Delivery
from onelane.tools.outreach.sending.posting.content_carriers import CONTENT_CARRIERS, ContentCarrier, ContentJob
from onelane.tools.outreach.sending.receipts import back_to_approved, record
from onelane.tools.registry.context import Services

LOG = logging.getLogger(__name__)
_AT_ONCE = 20
_LOOK_AGAIN = timedelta(minutes=1)
"""So long something waits whose gate does not say when it opens."""
_BAD_ADDRESS = 553


class _Withdrawn(Exception):
    """Something came up before the request left, so that it does not leave."""


class ContentTurn:
    """What one account carries out until nothing of it is due; nobody else does so meanwhile.

    Args:
        database: where actions are
        services: the vault, the settings and the platforms
        account_id: the account
        until: tells that it has to stop
    """

    def __init__(self, database: Database, services: Services, account_id: str, until: Callable[[], bool]) -> None:
        self._database = database
        self._services = services
        self._account_id = account_id
        self._until = until
        self._carriers: dict[Transport, ContentCarrier] = {}
        self._passed_over: set[str] = set()
        self._stack = ExitStack()

    def take(self) -> int:
        """Carry out what is due; how much of it was taken."""
        count = 0
        with self._stack:
            while due := self._choose():
                for action_id in due:
                    if self._until():
                        return count
                    self._passed_over.add(action_id)
                    transmission = self._begin(action_id)
                    count += transmission is not None and self._carry(*transmission)
        return count

    def _choose(self) -> list[str]:
        with self._database.read() as session:
            action_ids = content_actions.list_due_content(
                session, self._account_id, tuple(CONTENT_CARRIERS), now=session.now(), limit=_AT_ONCE
            )
        return [each for each in action_ids if each not in self._passed_over]

    def _begin(self, action_id: str) -> tuple[Account, OutboundAction, str] | None:
        """Begin a transmission whose gates are all open; it is on the disk before anything leaves."""
        claim = self._database.ids.new("snd")
        with self._database.write(is_durable=True) as session:
            account = transmissions.lock_account(session, self._account_id)
            action = outbound_actions.get_action(session, action_id)
            if account is None or action is None or transmissions.is_transmitting(session, self._account_id):
                return None
            gate = first_closed(content_gates(session, self._services, action))
            if gate is not None:
                _hold(session, action, gate)
                return None
            self._mark_begin(session, account, action, claim)
            session.refresh(action)
            return account, action, claim

    def _mark_begin(self, session: Session, account: Account, action: OutboundAction, claim: str) -> None:
        now = session.now()
        message_id = action.message_id or self._message_id(account, action)
        dated_at = (action.dated_at or now).replace(microsecond=0)
        transmissions.begin_transmission(
            session, action.id, claim=claim, message_id=message_id, dated_at=dated_at, sending_at=now
        )

    def _message_id(self, account: Account, action: OutboundAction) -> str:
        chance = letter_chance(self._services.vault, action.id)
        if action.transport is Transport.GMAIL_DRAFT:
            return new_message_id(action.id, account.account_key, chance)
        return f"{action.id}.{chance}"

    def _carry(self, account: Account, action: OutboundAction, claim: str) -> bool:
        try:
            with self._services.telemetry.send(transport=action.transport, account_id=account.id) as watch:
                delivery = self._carrier(account, action.transport).carry(
                    _job_of(account, action), before_leaving=lambda: self._mark_leaving(action.id, claim)
                )
                watch.ended(delivery.transmission.outcome)
        except _Withdrawn:
            with self._database.write() as session:
                back_to_approved(session, action.id, claim, not_before=session.now())
            return False
        except BadLetter as error:
            cause = refusal(Stage.RCPT, _BAD_ADDRESS, str(error))
            delivery = Delivery(Transmission(Outcome.NOT_SENT, cause.message, cause))
        with self._database.write() as session:
            return record(session, self._services, action.id, claim, delivery) is ActionStatus.SENT

    def _mark_leaving(self, action_id: str, claim: str) -> None:
        with self._database.write(is_durable=True) as session:
            if not content_actions.mark_leaving(session, action_id, claim=claim):
                raise _Withdrawn

    def _carrier(self, account: Account, transport: Transport) -> ContentCarrier:
        if transport not in self._carriers:
            self._carriers[transport] = self._stack.enter_context(
                closing(CONTENT_CARRIERS[transport](self._services, account))
            )
        return self._carriers[transport]


def _hold(session: Session, action: OutboundAction, gate: GateState) -> None:
    """Let something wait until its gate opens; what says something else than was approved goes back to its person."""
    if gate.gate in (Gate.APPROVAL, Gate.STATE) and gate.is_final:
        withdraw(session, action)
        return
    outbound_line.postpone(session, action.id, max(gate.until or session.now(), session.now() + _LOOK_AGAIN))


def _job_of(account: Account, action: OutboundAction) -> ContentJob:
    letter = Letter(
        action_id=action.id,
        message_id=action.message_id or "",
        date=action.dated_at or action.created_at,
        from_address=action.from_address or "",
        sender_name=account.sender_name,
        to_address=action.to_address or "",
        subject=action.subject or "",
        text=action.body_text or "",
    )
    return ContentJob(action.id, letter, was_tried=action.attempts > 0)
