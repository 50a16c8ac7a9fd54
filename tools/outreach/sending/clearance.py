"""The transaction that begins a transmission: everything is looked at once more (docs/sequences.md, "Sending").

It is committed to the disk before the first byte leaves, so that no crash makes a letter go twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.outreach import outbound_actions, outbound_queue, outbound_switch, suppressions
from onelane.storage.outreach.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.outreach.outbound_switch import SwitchState
from onelane.storage.platforms.accounts import Account, Channel
from onelane.storage.workflows import enrollments, runs, templates
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.outreach.mail.letter import Letter, new_message_id
from onelane.tools.outreach.moving.content import content_hash
from onelane.tools.outreach.moving.drafting import Draft, draft
from onelane.tools.outreach.moving.outcomes import end_enrollment, look_again
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts
from onelane.tools.outreach.planning.gates import GateState, first_closed, gates_of
from onelane.tools.outreach.planning.planner import Plan, is_first, plan
from onelane.tools.outreach.reading import (
    account_facts,
    action_facts,
    enrollment_facts,
    former_places,
    read_people,
    sequence_of,
    surroundings,
)
from onelane.tools.outreach.sending.letters import letter_of
from onelane.tools.outreach.sending.receipts import cancel_if_over
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest

_LOOK_AGAIN = timedelta(seconds=30)
"""So long an action waits whose gate does not say when it opens."""
_CHANCE = 16
"""So many characters of a Message-ID nobody can guess."""
_CHANGED = "What would be sent has changed since it was approved."
_OF_ACCOUNT = (Gate.SWITCH, Gate.ACCOUNT, Gate.SPACING)
"""Gates that are closed for everything that an account would send now."""
_ENDINGS = {
    Gate.REPLY: (EnrollmentStatus.REPLIED, StateReason.REPLY),
    Gate.SUPPRESSION: (EnrollmentStatus.REMOVED, StateReason.SUPPRESSED),
    Gate.CONSENT: (EnrollmentStatus.REMOVED, StateReason.SUPPRESSED),
    Gate.ARCHIVED: (EnrollmentStatus.REMOVED, StateReason.CONTACT_ARCHIVED),
    Gate.TEMPLATE_WINDOW: (EnrollmentStatus.REMOVED, StateReason.TEMPLATE_ENDED),
    Gate.POLICY: (EnrollmentStatus.REMOVED, StateReason.NO_CHANNEL),
}


class Held(StrEnum):
    """What does not go now."""

    ACTION = "action"
    ACCOUNT = "account"
    """Nor anything else of its account."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A letter that may go, and only in this transmission.

    Args:
        action_id: its action, which is `sending` by now
        claim: tells this transmission from others of the same action
        letter: what goes
        enrollment_id: whose step it is
    """

    action_id: str
    claim: str
    letter: Letter
    enrollment_id: str | None


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
    closed: GateState | None
    fresh: Draft | None
    is_first: bool


def clear(session: Session, services: Services, texts: Texts, action_id: str, *, claim: str) -> Cleared | Held:
    """Begin the transmission of an approved action, if it may still go.

    Args:
        session: one whose commit is durable
        services: the vault knows suppressed addresses again
        texts: compiles each text once
        action_id: the action
        claim: tells this transmission from all others

    Returns:
        What goes; else whether only this action waits, or its whole account.
    """
    action = outbound_actions.get_action(session, action_id)
    account = None if action is None else outbound_queue.lock_account(session, action.platform_account_id or "")
    if action is None or account is None:
        return Held.ACTION
    session.refresh(action)
    if outbound_queue.is_transmitting(session, account.id):
        return Held.ACCOUNT
    enrollment = _enrollment(session, action)
    if enrollment is None:
        return Held.ACTION
    look = _look(session, services, texts, action, enrollment, account)
    if look is None:
        return _postponed(session, action, None)
    if look.closed is not None:
        return _held(session, look, look.closed)
    return _decided(session, services, look, account, claim=claim)


def may_still_go(session: Session, services: Services, cleared: Cleared) -> bool:
    """Whether nothing has come up since a transmission began; asked before its last byte leaves."""
    if outbound_switch.read_switch(session).state is not SwitchState.ON:
        return False
    enrollment = enrollments.get_enrollment(session, cleared.enrollment_id or "")
    if enrollment is None or enrollment.status.is_over:
        return False
    action = outbound_actions.get_action(session, cleared.action_id)
    return action is not None and not _is_suppressed(session, services, action)


def _enrollment(session: Session, action: OutboundAction) -> Enrollment | None:
    """Whose step an approved action is; None where it may not go at all, or not now, which is noted."""
    if action.status is not ActionStatus.APPROVED:
        return None
    enrollment = enrollments.get_enrollment(session, action.enrollment_id or "")
    if enrollment is None or enrollment.status.is_over:
        cancel_if_over(session, action)
        return None
    if _is_held_by_run(session, action):
        _postponed(session, action, None)
        return None
    return enrollment


def _decided(session: Session, services: Services, look: _Look, account: Account, *, claim: str) -> Cleared | Held:
    """What becomes of an action whose gates are all open."""
    if look.plan.step is None or look.plan.step.index != look.action.step_index:
        return _postponed(session, look.action, None)
    if _is_suppressed(session, services, look.action):
        end_enrollment(session, look.enrollment.id, *_ENDINGS[Gate.SUPPRESSION], at=session.now())
        return Held.ACTION
    if _fresh_hash(look, account) != look.action.approved_hash or look.action.content_hash != look.action.approved_hash:
        return _back_to_person(session, look, account)
    return _begun(session, services, look, account, claim=claim)


def _look(
    session: Session,
    services: Services,
    texts: Texts,
    action: OutboundAction,
    enrollment: Enrollment,
    account: Account,
) -> _Look | None:
    """The facts of an action's step, its plan and its gates; None where its template can't be read."""
    template = templates.get_template(session, enrollment.template_id)
    if template is None:
        return None
    try:
        sequence = sequence_of(session, template, enrollment.template_version_id)
    except BadRequest:
        return None
    people = read_people(session, [enrollment.contact_id], sequence, template_id=template.id, vault=services.vault)
    if enrollment.contact_id not in people:
        return None
    person = replace(people[enrollment.contact_id], in_other_sequence=False)
    actions = outbound_actions.list_of_enrollment(session, enrollment.id)
    places = former_places(session, template.id, [enrollment], {enrollment.id: actions})
    facts = enrollment_facts(enrollment, actions, began=enrollment.enrolled_at, places=places)
    sender = account_facts(session, account)
    version_id = enrollment.template_version_id
    around = surroundings(
        session, template, sequence, now=session.now(), defaults=services.outreach, version_id=version_id
    )
    written = action_facts(enrollment, actions)
    found = plan(sequence, facts, person, sender, around, written)
    fresh, missing = None, None
    if found.step is not None and found.step.index == action.step_index:
        try:
            fresh = draft(
                session, services, found, sequence, person, sender, actions,
                action_id=action.id, texts=texts,
            )  # fmt: skip
        except (MissingValue, BadText) as error:
            missing = None if action.edited_at is not None else f"{str(error).capitalize()}."
    if person.address is None:
        missing = f"They have no address for {sequence.channel.label}."
    gates = gates_of(sequence, facts, person, sender, around, found, action=written, missing=missing)
    return _Look(
        action, enrollment, sequence, person, sender, actions, found, first_closed(gates), fresh, is_first(facts)
    )


def _is_held_by_run(session: Session, action: OutboundAction) -> bool:
    """Whether the run of its sequence holds, or was ended."""
    run = None if action.workflow_run_id is None else runs.get_workflow_run(session, action.workflow_run_id)
    return run is not None and run.status not in (RunStatus.PENDING, RunStatus.RUNNING)


def _is_suppressed(session: Session, services: Services, action: OutboundAction) -> bool:
    """Whether its address must not be written to, by whatever contact it is known now."""
    found = suppressions.find_suppressions(session, [services.vault.address_hash(action.to_address or "")])
    return any(each.channel in (action.channel, Channel.ALL) for each in found)


def _fresh_hash(look: _Look, account: Account) -> str | None:
    """The hash of what would be written now; what a person wrote themselves is rendered from no template."""
    action = look.action
    if action.edited_at is None:
        return None if look.fresh is None else look.fresh.content_hash
    return content_hash(
        channel=action.channel,
        transport=action.transport,
        step_type=action.step_type,
        from_address=account.account_key,
        to_address=look.person.address,
        subject=action.subject,
        body_text=action.body_text,
        body_html=action.body_html,
        in_reply_to=action.in_reply_to,
    )


def _held(session: Session, look: _Look, closed: GateState) -> Held:
    action = look.action
    if closed.is_final and closed.gate in _ENDINGS:
        end_enrollment(session, look.enrollment.id, *_ENDINGS[closed.gate], at=session.now())
        return Held.ACTION
    if closed.gate is Gate.STATE and closed.is_final and look.plan.step is not None:
        end_enrollment(session, look.enrollment.id, *_ENDINGS[Gate.TEMPLATE_WINDOW], at=session.now())
        return Held.ACTION
    if closed.gate in _OF_ACCOUNT:
        return Held.ACCOUNT
    until = look.plan.at if closed.gate in (Gate.CAP, Gate.WINDOW) else closed.until
    if closed.gate is Gate.CAP and until is not None and action.template_id is not None:
        outbound_queue.postpone_template(
            session, action.template_id, action.platform_account_id or "", until, only_first=look.is_first
        )
    return _postponed(session, action, until)


def _postponed(session: Session, action: OutboundAction, until: datetime | None) -> Held:
    now = session.now()
    if until is None or until <= now:
        until = now + _LOOK_AGAIN
        look_again(session, [action.enrollment_id] if action.enrollment_id else [])
    outbound_queue.postpone(session, action.id, until)
    return Held.ACTION


def _back_to_person(session: Session, look: _Look, account: Account) -> Held:
    """What was approved is not what would go: its person has to look at it anew."""
    action = look.action
    rest = timedelta(hours=look.sequence.settings.expires_hours)
    values: dict[str, Any] = {} if look.fresh is None else look.fresh.columns
    if action.edited_at is not None:
        addresses = {"to_address": look.person.address, "from_address": account.account_key}
        values = {**addresses, "content_hash": _fresh_hash(look, account)}
    values |= {"expires_at": session.now() + rest, "reason": _CHANGED}
    outbound_queue.rewrite(session, action.id, values, from_any=[ActionStatus.APPROVED])
    return Held.ACTION


def _begun(session: Session, services: Services, look: _Look, account: Account, *, claim: str) -> Cleared:
    action, now = look.action, session.now()
    chance = services.vault.token(f"letter {action.id}")[:_CHANCE]
    message_id = action.message_id or new_message_id(action.id, account.account_key, chance)
    outbound_actions.move_action(
        session,
        action.id,
        from_any=[ActionStatus.APPROVED],
        to=ActionStatus.SENDING,
        sending_at=now,
        sending_claim=claim,
        final_dot_at=None,
        message_id=message_id,
        dated_at=action.dated_at or now,
    )
    session.refresh(action)
    name = look.sequence.settings.sender or account.sender_name
    letter = letter_of(services, action, sender_name=name, earlier=look.earlier)
    return Cleared(action.id, claim, letter, action.enrollment_id)
