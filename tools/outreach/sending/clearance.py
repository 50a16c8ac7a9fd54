"""The transaction that begins a transmission: everything is looked at once more (docs/sequences.md, "Sending").

It is committed to the disk before the first byte leaves, so that no crash makes a letter go twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import untracked_row
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound import action_texts, outbound_actions, outbound_line, transmissions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.outbound.outbound_line import Due
from onelane.storage.platforms.accounts import Account
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.mail.letter import Letter, letter_chance, new_message_id
from onelane.tools.outreach.moving.drafting import Draft, draft, hash_of
from onelane.tools.outreach.moving.endings import ending_behind
from onelane.tools.outreach.moving.outcomes import look_again
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts
from onelane.tools.outreach.planning.gates import GateState, first_closed, gates_of
from onelane.tools.outreach.planning.planner import Ending, Plan, is_first, plan
from onelane.tools.outreach.reading.account_facts import account_facts
from onelane.tools.outreach.reading.enrollment_facts import action_facts, enrollment_facts, former_places
from onelane.tools.outreach.reading.surroundings import surroundings
from onelane.tools.outreach.sending.account_room import AccountRoom, room_of
from onelane.tools.outreach.sending.known_facts import KnownSendings, KnownSequences
from onelane.tools.outreach.sending.letters import letter_of
from onelane.tools.outreach.sending.receipts import cancel_if_over
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts
from onelane.tools.registry.context import Services

_LOOK_AGAIN, _SOON = timedelta(minutes=5), timedelta(seconds=30)
"""So long an action waits whose gate does not say when it opens."""
_CHANGED = "What would be sent has changed since it was approved."
_OF_ACCOUNT = (Gate.SWITCH, Gate.ACCOUNT, Gate.SPACING)
"""Gates that are closed for everything that an account would send now."""
_OPENED_BY_SOMEBODY = frozenset(Gate) - {Gate.STATE}
"""Gates that are no business of the mover's, which writes the steps that they hold."""


class HeldPart(StrEnum):
    """What does not go now."""

    ACTION = "action"
    ACCOUNT = "account"
    """Nor anything else of its account."""


@dataclass(frozen=True, slots=True)
class ClearedLetter:
    """A letter that may go, and only in this transmission.

    Args:
        action_id: its action, which is `sending` by now
        claim: tells this transmission from others of the same action
        letter: what goes
    """

    action_id: str
    claim: str
    letter: Letter


@dataclass(frozen=True, slots=True)
class _Look:
    """All that is known of an action's step at this instant."""

    action: OutboundAction
    enrollment: Enrollment
    sequence: OutreachSequence
    person: ContactFacts
    account: AccountFacts
    earlier: Sequence[OutboundAction]
    plan: Plan
    closed_gate: GateState | None
    fresh: Draft | None
    is_first: bool


class Clearance:
    """Begins the transmissions of one account, one after the other.

    Args:
        services: the vault knows suppressed addresses again
        account_id: the account
    """

    def __init__(self, services: Services, account_id: str) -> None:
        self._services = services
        self._account_id = account_id
        self._texts = Texts()
        self._sequences = KnownSequences()
        self._sendings = KnownSendings()

    def clear(self, session: Session, due: Due, *, claim: str) -> ClearedLetter | HeldPart:
        """Begin the transmission of an approved action, if it may still go.

        Args:
            session: one whose commit is durable
            due: the action
            claim: tells this transmission from all others

        Returns:
            What goes; else whether only this action waits, or its whole account.
        """
        account = transmissions.lock_account(session, self._account_id)
        state = transmissions.read_state(session, self._account_id, due.action_id)
        if account is None or state.is_transmitting:
            return HeldPart.ACCOUNT
        actions = _actions(session, due)
        action = next((each for each in actions if each.id == due.action_id), None)
        if action is None or action.platform_account_id != account.id:
            return HeldPart.ACTION
        enrollment = _enrollment(session, action, state.run_status)
        if enrollment is None:
            return HeldPart.ACTION
        look = self._look(session, action, enrollment, account, actions)
        if look is None:
            return _postpone(session, action, None)
        if look.closed_gate is not None:
            return _hold(session, look, look.closed_gate)
        return self._decide(session, look, account, claim=claim)

    def forget_last(self) -> None:
        """The last letter that was cleared did not leave, or nobody knows whether it did."""
        self._sendings.forget()

    def room(self, session: Session, account: Account) -> AccountRoom:
        """What the account may send now."""
        return room_of(account_facts(session, account, self._sendings.of(session, account)), session.now())

    def _look(
        self,
        session: Session,
        action: OutboundAction,
        enrollment: Enrollment,
        account: Account,
        actions: Sequence[OutboundAction],
    ) -> _Look | None:
        """The facts of an action's step, its plan and its gates; None where its template can't be read."""
        services, version_id = self._services, enrollment.template_version_id
        template = untracked_row(session, Template, enrollment.template_id)
        sequence = None if template is None else self._sequences.of(session, template, version_id)
        if template is None or sequence is None:
            return None
        people = read_people(session, [enrollment.contact_id], sequence, template_id=template.id, vault=services.vault)
        if enrollment.contact_id not in people:
            return None
        person = replace(people[enrollment.contact_id], in_other_sequence=False)
        places = former_places(session, template.id, [enrollment], {enrollment.id: actions})
        facts = enrollment_facts(enrollment, actions, began=enrollment.enrolled_at, places=places)
        sender = account_facts(session, account, self._sendings.of(session, account))
        defaults = services.workspace.read(session)
        around = surroundings(session, template, sequence, now=session.now(), defaults=defaults, version_id=version_id)
        written_facts = action_facts(enrollment, actions)
        step_plan = plan(sequence, facts, person, sender, around, written_facts)
        fresh, missing = self._fresh_draft(action, step_plan, sequence, person, sender, actions, seed=facts.seed)
        gates = gates_of(sequence, facts, person, sender, around, step_plan, action=written_facts, missing=missing)
        return _Look(
            action,
            enrollment,
            sequence,
            person,
            sender,
            actions,
            step_plan,
            first_closed(gates),
            fresh,
            is_first(facts),
        )

    def _fresh_draft(
        self,
        action: OutboundAction,
        step_plan: Plan,
        sequence: OutreachSequence,
        person: ContactFacts,
        sender: AccountFacts,
        actions: Sequence[OutboundAction],
        *,
        seed: int,
    ) -> tuple[Draft | None, str | None]:
        """What would be written now, and what it lacks; what a person wrote themselves lacks nothing."""
        if person.address is None:
            return None, f"They have no address for {sequence.channel.label}."
        if step_plan.step is None or step_plan.step.index != action.step_index or action.edited_at is not None:
            return None, None
        try:
            fresh = draft(
                self._services, step_plan, sequence, person, sender, actions,
                action_id=action.id, texts=self._texts, seed=seed,
            )  # fmt: skip
        except (MissingValue, BadText) as error:
            return None, f"{str(error).capitalize()}."
        return fresh, None

    def _decide(self, session: Session, look: _Look, account: Account, *, claim: str) -> ClearedLetter | HeldPart:
        """What becomes of an action whose gates are all open."""
        action = look.action
        if look.plan.step is None or look.plan.step.index != action.step_index:
            return _postpone(session, action, None)
        if _fresh_hash(look, account) != action.approved_hash or action.content_hash != action.approved_hash:
            return _back_to_person(session, look, account)
        return self._begin(session, look, account, claim=claim)

    def _begin(self, session: Session, look: _Look, account: Account, *, claim: str) -> ClearedLetter:
        action, now = look.action, session.now()
        chance = letter_chance(self._services.vault, action.id)
        message_id = action.message_id or new_message_id(action.id, account.account_key, chance)
        dated_at = (action.dated_at or now).replace(microsecond=0)
        transmissions.begin_transmission(
            session, action.id, claim=claim, message_id=message_id, dated_at=dated_at, sending_at=now
        )
        self._sendings.add(now, is_first=look.is_first, template_id=action.template_id)
        letter = letter_of(
            self._services,
            action,
            message_id=message_id,
            dated_at=dated_at,
            sender_name=_sender_name(look, account),
            earlier=look.earlier,
        )
        return ClearedLetter(action.id, claim, letter)


def _actions(session: Session, due: Due) -> Sequence[OutboundAction]:
    """The actions of the same enrollment in the order of its steps, or this one alone."""
    if due.enrollment_id is not None:
        return outbound_actions.list_of_enrollment(session, due.enrollment_id)
    alone = outbound_actions.get_action(session, due.action_id)
    return [] if alone is None else [alone]


def _enrollment(session: Session, action: OutboundAction, run_status: RunStatus | None) -> Enrollment | None:
    """Whose step an approved action is; None where it may not go at all, or not now, which is noted."""
    if action.status is not ActionStatus.APPROVED:
        return None
    enrollment = untracked_row(session, Enrollment, action.enrollment_id or "")
    if enrollment is None or enrollment.status.is_over:
        cancel_if_over(session, action)
        return None
    # The run of its sequence holds, or was ended.
    if run_status not in (None, RunStatus.PENDING, RunStatus.RUNNING):
        _postpone(session, action, None)
        return None
    return enrollment


def _fresh_hash(look: _Look, account: Account) -> str | None:
    """The hash of what would be written now; what a person wrote themselves is rendered from no template."""
    action = look.action
    if action.edited_at is None:
        return None if look.fresh is None else look.fresh.content_hash
    name = _sender_name(look, account)
    return hash_of(action, sender_name=name, from_address=account.account_key, to_address=look.person.address)


def _sender_name(look: _Look, account: Account) -> str | None:
    return look.sequence.settings.sender or account.sender_name


def _hold(session: Session, look: _Look, gate: GateState) -> HeldPart:
    action, now = look.action, session.now()
    ending = ending_behind(gate, look.person, at=now)
    if ending is None and gate.gate is Gate.STATE and gate.is_final and look.plan.step is not None:
        ending = Ending(EnrollmentStatus.REMOVED, StateReason.TEMPLATE_ENDED, now)
    if ending is not None:
        end_enrollment(session, look.enrollment.id, ending.status, ending.reason, at=ending.at)
        return HeldPart.ACTION
    if gate.gate in _OF_ACCOUNT:
        return HeldPart.ACCOUNT
    until = look.plan.at if gate.gate in (Gate.CAP, Gate.WINDOW) else gate.until
    if gate.gate is Gate.CAP and until is not None and action.template_id is not None:
        outbound_line.postpone_template(
            session, action.template_id, action.platform_account_id or "", until, only_first=look.is_first
        )
    return _postpone(session, action, until, gate.gate)


def _postpone(session: Session, action: OutboundAction, until: datetime | None, gate: Gate | None = None) -> HeldPart:
    """Look at an action again when its gate opens; where nobody knows when that is, after a while."""
    now = session.now()
    if until is None or until <= now:
        until = now + (_LOOK_AGAIN if gate in _OPENED_BY_SOMEBODY else _SOON)
    if gate not in _OPENED_BY_SOMEBODY and action.enrollment_id is not None:
        look_again(session, [action.enrollment_id])
    outbound_line.postpone(session, action.id, until)
    return HeldPart.ACTION


def _back_to_person(session: Session, look: _Look, account: Account) -> HeldPart:
    """What was approved is not what would go: its person has to look at it anew."""
    action = look.action
    rest = timedelta(hours=look.sequence.settings.expires_hours)
    values: dict[str, Any] = {} if look.fresh is None else look.fresh.columns
    if action.edited_at is not None:
        addresses = {"to_address": look.person.address, "from_address": account.account_key}
        values = {**addresses, "content_hash": _fresh_hash(look, account)}
    values |= {"expires_at": session.now() + rest, "reason": _CHANGED}
    action_texts.rewrite(session, action.id, values, from_any=[ActionStatus.APPROVED])
    look_again(session, [look.enrollment.id])
    return HeldPart.ACTION
