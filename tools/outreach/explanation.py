"""Explains why something has not gone yet, and when it goes (docs/sequences.md, "Gates")."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from onelane.storage.database.engine import Session
from onelane.storage.outreach import sequence_enrollments
from onelane.storage.outreach.outbound import outbound_actions, outbound_line
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.people import contacts
from onelane.storage.platforms.accounts import Transport
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import Enrollment, Gate
from onelane.storage.workflows.templates import TemplateStatus
from onelane.tools.outreach.lint.sender_checks import sender_of
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.gates import GateState, gates_of, verdict_of
from onelane.tools.outreach.planning.line import Line
from onelane.tools.outreach.planning.planner import Plan, opens_at, plan
from onelane.tools.outreach.planning.words import Verdict
from onelane.tools.outreach.reading.account_facts import sending_accounts
from onelane.tools.outreach.reading.enrollment_facts import (
    action_facts,
    current_action,
    enrollment_facts,
    fixed_words,
    former_places,
)
from onelane.tools.outreach.reading.sequence_sources import sequence_of
from onelane.tools.outreach.reading.surroundings import surroundings
from onelane.tools.outreach.rendering import render_step
from onelane.tools.outreach.sequence_views import Explanation, GateView
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.result import when

_LONGEST_LINE = 500
_ID = re.compile(r"[a-z]{3}_")
UNSUBSCRIBE_SHOWN = "(the address to unsubscribe)"
"""What stands in a text that is only shown: each message that goes has an address of its own."""


def explanation_of(ctx: Context, any_id: str) -> Explanation:
    """Why somebody's next step, or an action, has not gone yet; nothing is changed.

    Raises:
        NotFound: that is in no sequence
    """
    about, enrollment, action = _subject_of(ctx.session, any_id)
    look = look_at(ctx, [enrollment])[enrollment.id]
    gates = look.gates
    if action is not None and action.status.is_over:
        gates = [_over(action) if each.gate is Gate.STATE else each for each in gates]
    verdict = verdict_of(gates)
    names = contacts.contact_names(ctx.session, [enrollment.contact_id])
    return Explanation(
        about=about,
        id=any_id,
        enrollment_id=enrollment.id,
        contact_id=enrollment.contact_id,
        contact_name=names.get(enrollment.contact_id),
        template_id=enrollment.template_id,
        template_name=look.template_name,
        template_status=look.template_status,
        verdict=verdict,
        next_at=None if verdict is Verdict.STOPPED else look.opens_at,
        gates=views_of_gates(gates),
    )


@dataclass(frozen=True, slots=True)
class Look:
    """What the planner says of somebody now, and which gates are open."""

    plan: Plan
    gates: list[GateState]
    template_name: str
    template_status: TemplateStatus
    opens_at: datetime | None
    """The first instant at which time lets the step go."""


def look_at(ctx: Context, rows: Sequence[Enrollment]) -> dict[str, Look]:
    """How people stand who are in the same version of a template, by enrollment; what they share is read once.

    Args:
        ctx: the call
        rows: at least one enrollment

    Raises:
        NotFound: the template is gone
        BadRequest: the version can't be read
    """
    session, version_id = ctx.session, rows[0].template_version_id
    template = templates.get_template(session, rows[0].template_id)
    if template is None:
        raise NotFound("Its template is gone.")
    sequence = sequence_of(session, template, version_id)
    vault, defaults = ctx.services.vault, ctx.services.workspace.read(session)
    ids = [each.contact_id for each in rows]
    people = read_people(session, ids, sequence, template_id=template.id, vault=vault)
    actions = outbound_actions.list_of_enrollments(session, [each.id for each in rows])
    places = former_places(session, template.id, rows, actions)
    account = sender_of(sequence, sending_accounts(session, sequence.platform))
    around = surroundings(session, template, sequence, now=ctx.now(), defaults=defaults, version_id=version_id)
    texts, lines, looks = Texts(), _Lines(session, account, around), dict[str, Look]()
    for enrollment in rows:
        written_so_far = actions.get(enrollment.id, [])
        facts = enrollment_facts(enrollment, written_so_far, began=enrollment.enrolled_at, places=places)
        action, written = action_facts(enrollment, written_so_far), current_action(enrollment, written_so_far)
        before, sender = lines.before(written)
        person = replace(people[enrollment.contact_id], in_other_sequence=False)
        step_plan = plan(sequence, facts, person, sender, around, action)
        gates = gates_of(
            sequence, facts, person, sender, around, step_plan, action=action,
            missing=_missing_in(texts, sequence, step_plan, person, sender, facts, written),
        )  # fmt: skip
        at = opens_at(step_plan, sequence, facts, sender, around, action)
        looks[enrollment.id] = Look(
            step_plan, [_in_line(each, before) for each in gates], template.name, template.status, at
        )
    return looks


def views_of_gates(gates: Sequence[GateState]) -> list[GateView]:
    """Gates as they are shown."""
    return [GateView(gate=each.gate, passes=each.passes, detail=each.detail, until=each.until) for each in gates]


def _missing_in(
    texts: Texts,
    sequence: OutreachSequence,
    step_plan: Plan,
    person: ContactFacts,
    account: AccountFacts | None,
    facts: EnrollmentFacts,
    written: OutboundAction | None,
) -> str | None:
    """What a step lacks to reach somebody, in a sentence; None when it has all."""
    if step_plan.step is None:
        return None
    if person.address is None:
        return f"They have no address for {sequence.channel.label}."
    if fixed_words(written) is not None:
        return None
    name = None if account is None else account.sender_name
    try:
        render_step(
            texts, sequence, step_plan.step, step_plan.variant, person, sender_name=name,
            unsubscribe=UNSUBSCRIBE_SHOWN, last_subject=facts.last_subject, seed=facts.seed,
        )  # fmt: skip
    except (MissingValue, BadText) as error:
        return f"{str(error).capitalize()}."
    return None


_Subject = tuple[Literal["contact", "enrollment", "action"], Enrollment, OutboundAction | None]


def _subject_of(session: Session, any_id: str) -> _Subject:
    """What an id names, and in whose way through a sequence; of a contact, the one that goes on, else the last."""
    if any_id.startswith("out_"):
        action = outbound_actions.get_action(session, any_id)
        if action is not None and action.content_item_id is not None:
            raise NotFound(
                f"{any_id} carries out a draft, which is in no sequence: get_draft, or onelane content show "
                f"{action.content_item_id}, says when it goes."
            )
        if action is None or action.enrollment_id is None:
            raise NotFound(f"There is no action {any_id!r} of anybody who is in a sequence.")
        return "action", _enrollment(session, action.enrollment_id), action
    if any_id.startswith("con_"):
        return "contact", _of_contact(session, any_id), None
    return "enrollment", _enrollment(session, any_id), None


def _of_contact(session: Session, contact_id: str) -> Enrollment:
    known_contact(session, contact_id)
    latest = sequence_enrollments.latest_of_contact(session, contact_id)
    if latest is None:
        raise NotFound(f"{contact_id} is in no sequence. enroll_contacts puts people in.")
    return latest


def _enrollment(session: Session, enrollment_id: str) -> Enrollment:
    enrollment = enrollments.get_enrollment(session, enrollment_id)
    if enrollment is None and enrollment_id.startswith("tpl_"):
        raise NotFound(
            f"{enrollment_id} is a template, and each person in it stands elsewhere: list_enrollments with it as "
            "template_id shows who is in it; give the id of one of them."
        )
    if enrollment is None and _ID.match(enrollment_id) is None:
        # Somebody is meant by what they are called.
        known_contact(session, enrollment_id)
    if enrollment is None:
        raise NotFound(
            f"{enrollment_id!r} is in no sequence: give the id of a contact, an enrollment or an action. "
            "list_enrollments shows who is in one; enroll_contacts puts people in."
        )
    return enrollment


class _Lines:
    """The lines in which what is approved waits, each read once."""

    def __init__(self, session: Session, account: AccountFacts | None, around: Surroundings) -> None:
        self._session, self._account, self._around = session, account, around
        self._lines_by_account: dict[str, Line] = {}

    def before(self, action: OutboundAction | None) -> tuple[int, AccountFacts | None]:
        """How many go out of the same account before what is approved, and the account as it will be then."""
        waits = action is not None and action.status is ActionStatus.APPROVED and action.transport is not Transport.TASK
        if action is None or not waits or self._account is None or action.platform_account_id is None:
            return 0, self._account
        line = self._lines_by_account.get(action.platform_account_id)
        if line is None:
            messages = outbound_line.list_line(self._session, action.platform_account_id, limit=_LONGEST_LINE)
            now, undo_seconds = self._around.now, self._around.undo_seconds
            line = self._lines_by_account[action.platform_account_id] = Line(
                self._account, messages, now=now, undo_seconds=undo_seconds
            )
        return line.before(action.id)


def _in_line(gate: GateState, before: int) -> GateState:
    """That others go first is told as that."""
    if gate.gate is not Gate.SPACING or gate.passes or not before:
        return gate
    waiting = (
        "1 approved message of the account goes" if before == 1 else f"{before} approved messages of the account go"
    )
    return replace(gate, detail=f"{waiting} before this one.")


def _over(action: OutboundAction) -> GateState:
    at = "" if action.sent_at is None else f" ({when(action.sent_at)})"
    why = "" if action.reason is None else f": {action.reason}"
    return GateState(
        Gate.STATE, passes=False, detail=f"This action is {action.status}{at}{why}.", until=None, is_final=True
    )
