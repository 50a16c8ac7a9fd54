"""Explains why something has not gone yet, and when it goes (docs/sequences.md, "Gates")."""

from dataclasses import replace
from typing import Literal

from onelane.storage.database.engine import Session
from onelane.storage.outreach import outbound_actions, sequence_enrollments
from onelane.storage.outreach.outbound_actions import OutboundAction
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import Enrollment, Gate
from onelane.tools.outreach.lint import sender_of
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts
from onelane.tools.outreach.planning.gates import GateState, gates_of, verdict_of
from onelane.tools.outreach.planning.planner import Plan, plan
from onelane.tools.outreach.planning.words import Verdict
from onelane.tools.outreach.reading import (
    action_facts,
    enrollment_facts,
    former_places,
    read_people,
    sending_accounts,
    sequence_of,
    surroundings,
)
from onelane.tools.outreach.rendering import render_step
from onelane.tools.outreach.sequence_views import Explanation, GateView
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.result import when

UNSUBSCRIBE_SHOWN = "(the address to unsubscribe)"
"""What stands in a text that is only shown: each message that goes has an address of its own."""


def explained(ctx: Context, given: str) -> Explanation:
    """Why somebody's next step, or an action, has not gone yet; nothing is changed.

    Raises:
        NotFound: that is in no sequence
    """
    about, enrollment, action = _meant(ctx.session, given)
    template = templates.get_template(ctx.session, enrollment.template_id)
    if template is None:
        raise NotFound("Its template is gone.")
    version_id = enrollment.template_version_id
    sequence = sequence_of(ctx.session, template, version_id)
    people = read_people(
        ctx.session, [enrollment.contact_id], sequence, template_id=template.id, vault=ctx.services.vault
    )
    actions = outbound_actions.list_of_enrollment(ctx.session, enrollment.id)
    places = former_places(ctx.session, template.id, [enrollment], {enrollment.id: actions})
    facts = enrollment_facts(enrollment, actions, began=enrollment.enrolled_at, places=places)
    account = sender_of(sequence, sending_accounts(ctx.session, sequence.platform))
    around = surroundings(
        ctx.session, template, sequence, now=ctx.now(), defaults=ctx.services.outreach, version_id=version_id
    )
    written = action_facts(enrollment, actions)
    person = replace(people[enrollment.contact_id], in_other_sequence=False)
    found = plan(sequence, facts, person, account, around, written)
    gates = gates_of(
        sequence, facts, person, account, around, found, action=written,
        missing=missing_in(Texts(), sequence, found, person, account),
    )  # fmt: skip
    if action is not None and action.status.is_over:
        gates = [_over(action) if each.gate is Gate.STATE else each for each in gates]
    verdict = verdict_of(gates)
    return Explanation(
        about=about,
        id=given,
        enrollment_id=enrollment.id,
        verdict=verdict,
        next_at=None if verdict is Verdict.STOPPED or found.pace is None else found.pace.opens_at(around.now),
        gates=[GateView(gate=g.gate, passes=g.passes, detail=g.detail, until=g.until) for g in gates],
    )


def missing_in(
    texts: Texts, sequence: OutreachSequence, found: Plan, person: ContactFacts, account: AccountFacts | None
) -> str | None:
    """What a step lacks to reach somebody, in a sentence; None when it has all."""
    if found.step is None:
        return None
    if person.address is None:
        return f"They have no address for {sequence.channel.label}."
    name = None if account is None else account.sender_name
    try:
        render_step(texts, sequence, found.step, found.variant, person, sender_name=name, unsubscribe=UNSUBSCRIBE_SHOWN)
    except (MissingValue, BadText) as error:
        return f"{str(error).capitalize()}."
    return None


_Meant = tuple[Literal["contact", "enrollment", "action"], Enrollment, OutboundAction | None]


def _meant(session: Session, given: str) -> _Meant:
    """What an id names, and in whose way through a sequence; of a contact, the one that goes on, else the last."""
    if given.startswith("out_"):
        action = outbound_actions.get_action(session, given)
        if action is None or action.enrollment_id is None:
            raise NotFound(f"There is no action {given!r} of anybody who is in a sequence.")
        return "action", _enrollment(session, action.enrollment_id), action
    if given.startswith("con_"):
        return "contact", _of_contact(session, given), None
    return "enrollment", _enrollment(session, given), None


def _of_contact(session: Session, contact_id: str) -> Enrollment:
    if contacts.get_contact(session, contact_id) is None:
        raise NotFound(f"There is no contact {contact_id!r}. search_contacts finds people.")
    latest = sequence_enrollments.latest_of_contact(session, contact_id)
    if latest is None:
        raise NotFound(f"{contact_id} is in no sequence. enroll_contacts puts people in.")
    return latest


def _enrollment(session: Session, enrollment_id: str) -> Enrollment:
    found = enrollments.get_enrollment(session, enrollment_id)
    if found is None:
        raise NotFound(
            f"{enrollment_id!r} is in no sequence: give the id of a contact, an enrollment or an action. "
            "list_enrollments shows who is in one; enroll_contacts puts people in."
        )
    return found


def _over(action: OutboundAction) -> GateState:
    at = "" if action.sent_at is None else f" ({when(action.sent_at)})"
    why = "" if action.reason is None else f": {action.reason}"
    return GateState(
        Gate.STATE, passes=False, detail=f"This action is {action.status}{at}{why}.", until=None, is_final=True
    )
