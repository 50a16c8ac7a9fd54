"""Explains why something has not gone yet, and when it goes (docs/sequences.md, "Gates")."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from onelane.storage.outreach import outbound_actions
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import Enrollment, Gate
from onelane.tools.outreach.lint import sender_of
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts
from onelane.tools.outreach.planning.gates import GateState, Verdict, gates_of, verdict_of
from onelane.tools.outreach.planning.planner import Plan, plan
from onelane.tools.outreach.reading import (
    action_facts,
    enrollment_facts,
    read_people,
    sending_accounts,
    sequence_of,
    surroundings,
)
from onelane.tools.outreach.rendering import render_step
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.result import Instant, Result, when

UNSUBSCRIBE_SHOWN = "(the address to unsubscribe)"
"""What stands in a text that is only shown: each message that goes has an address of its own."""


class GateView(Result):
    """Whether a gate is open."""

    gate: Gate
    passes: bool
    detail: str | None
    until: Instant | None

    def text(self) -> str:
        """One line, such as `cap closed: As many as may go have gone. Until 2026-11-02 10:00`."""
        if self.passes:
            return f"{self.gate}\tpasses"
        return f"{self.gate}\tclosed: {self.detail}" + (f" Until {when(self.until)}." if self.until else "")


class Explanation(Result):
    """Why something has not gone yet."""

    about: Literal["contact", "enrollment", "action"]
    id: str
    enrollment_id: str
    verdict: Verdict
    next_at: Instant | None
    """The first instant at which it could go; null when it never does."""
    gates: Sequence[GateView]

    def text(self) -> str:
        """The verdict, then the gates that are closed."""
        goes = "" if self.next_at is None else f"\tnot before {when(self.next_at)}"
        closed = [gate.text() for gate in self.gates if not gate.passes]
        return "\n".join([f"{self.id}\t{self.verdict}{goes}", *closed])


def explain(ctx: Context, given: str) -> Explanation:
    """Why somebody's next step has not gone yet, gate by gate, and when it can go; nothing is changed.

    Args:
        ctx: the call
        given: id of a contact, an enrollment or an outbound action

    Raises:
        NotFound: that is in no sequence
    """
    enrollment = _enrollment(ctx, given)
    template = templates.get_template(ctx.session, enrollment.template_id)
    if template is None:
        raise NotFound("Its template is gone.")
    sequence = sequence_of(ctx.session, template, enrollment.template_version_id)
    people = read_people(
        ctx.session, [enrollment.contact_id], sequence, template_id=template.id, vault=ctx.services.vault
    )
    actions = outbound_actions.list_of_enrollment(ctx.session, enrollment.id)
    facts = enrollment_facts(enrollment, actions, began=enrollment.enrolled_at)
    account = sender_of(sequence, sending_accounts(ctx.session, sequence.platform))
    around = surroundings(
        ctx.session,
        template,
        sequence,
        now=ctx.now(),
        defaults=ctx.services.outreach,
        version_id=enrollment.template_version_id,
    )
    action = action_facts(enrollment, actions)
    person = replace(people[enrollment.contact_id], in_other_sequence=False)
    found = plan(sequence, facts, person, account, around, action)
    gates = gates_of(
        sequence, facts, person, account, around, found, action=action,
        missing=missing_in(Texts(), sequence, found, person, account),
    )  # fmt: skip
    return _told(given, enrollment, gates, found.at)


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


def _enrollment(ctx: Context, given: str) -> Enrollment:
    enrollment_id: str | None = given
    if given.startswith("con_"):
        rows = enrollments.list_enrollments(ctx.session, contact_id=given, limit=200)
        ordered = sorted(rows, key=lambda row: (row["completed_at"] is None, row["id"]))
        enrollment_id = ordered[-1]["id"] if ordered else None
    elif given.startswith("out_"):
        action = outbound_actions.get_action(ctx.session, given)
        enrollment_id = None if action is None else action.enrollment_id
    found = None if enrollment_id is None else enrollments.get_enrollment(ctx.session, enrollment_id)
    if found is None:
        raise NotFound(f"{given!r} is in no sequence. list_enrollments shows who is; enroll_contacts puts people in.")
    return found


def _told(given: str, enrollment: Enrollment, gates: list[GateState], at: datetime | None) -> Explanation:
    verdict = verdict_of(gates)
    kinds: dict[str, Literal["contact", "action"]] = {"con_": "contact", "out_": "action"}
    return Explanation(
        about=kinds.get(given[:4], "enrollment"),
        id=given,
        enrollment_id=enrollment.id,
        verdict=verdict,
        next_at=None if verdict is Verdict.STOPPED else at,
        gates=[GateView(gate=g.gate, passes=g.passes, detail=g.detail, until=g.until) for g in gates],
    )
