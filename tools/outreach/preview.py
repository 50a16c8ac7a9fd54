"""Previews a sequence: what each person would be sent, and when; nothing is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from onelane.storage.outreach import outbound_actions, sequence_enrollments, template_versions
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate
from onelane.storage.workflows.templates import Template, TemplateStatus, TemplateStepType
from onelane.tools.outreach.enrolling import needed_fields, obstacle_of
from onelane.tools.outreach.entry import Obstacle
from onelane.tools.outreach.explanation import UNSUBSCRIBE_SHOWN
from onelane.tools.outreach.lint import sender_of
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts
from onelane.tools.outreach.planning.local_calendar import ZoneSource
from onelane.tools.outreach.planning.planner import Pace, calendar_of
from onelane.tools.outreach.planning.policies import Mode
from onelane.tools.outreach.planning.simulation import PlannedStep, Traveller, simulate
from onelane.tools.outreach.reading import enrollment_facts, read_people, sending_accounts, sequence_of, surroundings
from onelane.tools.outreach.rendering import Words, render_step
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts
from onelane.tools.registry.context import Context
from onelane.tools.registry.result import Instant, Result, when

_MOST = 50


class StepPreview(Result):
    """A step as it would go."""

    step_index: int
    step_type: TemplateStepType
    at: Instant
    local: str
    """What clocks show there where the person lives."""
    account_id: str | None
    subject: str | None
    message_text: str | None
    gate: Gate | None
    """What moves it, or waits for a person."""


class PersonPreview(Result):
    """What somebody would be sent."""

    contact_id: str
    contact_name: str | None
    outcome: Literal["planned", "blocked"]
    reason: Obstacle | None
    time_zone: str | None
    time_zone_from: ZoneSource | None
    steps: Sequence[StepPreview]


class SequencePreview(Result):
    """What everybody would be sent, and when."""

    template_id: str
    template_version: int | None
    starts_at: Instant
    data: Sequence[PersonPreview]
    counts: dict[str, int]
    finishes_at: Instant | None

    def text(self) -> str:
        """A line for each person and each step."""
        lines = [f"From {when(self.starts_at)} until {when(self.finishes_at) or 'no step goes'}: {self.counts}"]
        for person in self.data:
            lines.append(f"{person.contact_name or person.contact_id}\t{person.outcome}\t{person.reason or ''}")
            lines += [
                f"  {step.local}\t{step.step_type}\t{step.subject or step.message_text or ''}" for step in person.steps
            ]
        return "\n".join(lines)


def preview_sequence(
    ctx: Context,
    template: Template,
    contact_ids: Annotated[Sequence[str], Field(max_length=_MOST)] = (),
    starts_at: datetime | None = None,
) -> SequencePreview:
    """What people would be sent, and when, by the planner that also carries it out; nothing is written.

    Args:
        ctx: the call
        template: a sequence
        contact_ids: whom; those who are enrolled, at most 50, when it is empty
        starts_at: as if it were then
    """
    session, now = ctx.session, starts_at or ctx.now()
    sequence = sequence_of(session, template, None)
    enrolled = _enrolled(ctx, template, contact_ids)
    wanted = list(dict.fromkeys(contact_ids))[:_MOST] or list(enrolled)
    people = read_people(session, wanted, sequence, template_id=template.id, vault=ctx.services.vault)
    account = sender_of(sequence, sending_accounts(session, sequence.platform))
    needed = needed_fields(sequence)
    blocked = {
        each: Obstacle.NOT_FOUND
        if each not in people
        else obstacle_of(sequence, _alone(people[each], each in enrolled), None, needed, now, by_person=True)
        for each in wanted
    }
    able = [each for each in wanted if blocked[each] is None]
    travellers = [Traveller(_beginning(ctx, enrolled.get(each), each, now), people[each]) for each in able]
    around = surroundings(session, template, sequence, now=now, defaults=ctx.services.outreach)
    around = replace(around, template_status=TemplateStatus.ACTIVE)
    planned = simulate(sequence, travellers, account, around)
    texts = Texts()
    calendars = {each: calendar_of(sequence, people[each], account, around) for each in able}
    steps: dict[str, list[StepPreview]] = {each: [] for each in able}
    for each in planned:
        contact_id = able[each.traveller]
        steps[contact_id].append(_shown(texts, sequence, each, people[contact_id], account))
    data = [
        PersonPreview(
            contact_id=each,
            contact_name=people[each].name if each in people else None,
            outcome="planned" if blocked[each] is None else "blocked",
            reason=blocked[each],
            time_zone=calendars[each].zone_name if each in calendars else None,
            time_zone_from=calendars[each].zone_from if each in calendars else None,
            steps=steps.get(each, []),
        )
        for each in wanted
    ]
    version = template_versions.latest_version(session, template.id)
    return SequencePreview(
        template_id=template.id,
        template_version=None if version is None else version.version,
        starts_at=now,
        data=data,
        counts=dict(Counter(each.outcome for each in data)),
        finishes_at=max((each.at for each in planned), default=None),
    )


def _alone(person: ContactFacts, is_enrolled: bool) -> ContactFacts:
    return replace(person, in_other_sequence=False) if is_enrolled else person


def _enrolled(ctx: Context, template: Template, contact_ids: Sequence[str]) -> dict[str, Enrollment]:
    rows = sequence_enrollments.list_current(ctx.session, template.id, contact_ids, limit=_MOST)
    return {row.contact_id: row for row in rows}


def _beginning(ctx: Context, enrollment: Enrollment | None, contact_id: str, now: datetime) -> EnrollmentFacts:
    if enrollment is None:
        return EnrollmentFacts(contact_id, EnrollmentStatus.ACTIVE, 0, now)
    actions = outbound_actions.list_of_enrollment(ctx.session, enrollment.id)
    facts = enrollment_facts(enrollment, actions, began=now)
    return replace(facts, status=EnrollmentStatus.ACTIVE)


def _shown(
    texts: Texts, sequence: OutreachSequence, planned: PlannedStep, person: ContactFacts, account: AccountFacts | None
) -> StepPreview:
    step, found = planned.plan.step, planned.plan
    if step is None or found.pace is None:
        raise RuntimeError("a planned step has no step")
    name = None if account is None else account.sender_name
    try:
        words, missing = (
            render_step(texts, sequence, step, found.variant, person, sender_name=name, unsubscribe=UNSUBSCRIBE_SHOWN),
            False,
        )
    except (MissingValue, BadText) as error:
        words, missing = Words(None, f"({error})"), True
    is_auto = found.mode is Mode.AUTO
    return StepPreview(
        step_index=step.index,
        step_type=step.step_type,
        at=planned.at,
        local=found.calendar.local(planned.at).isoformat(timespec="minutes"),
        account_id=account.id if account is not None and is_auto else None,
        subject=words.subject,
        message_text=words.text,
        gate=Gate.MISSING_DATA if missing else _gate(found.pace, needs_person=is_auto),
    )


def _gate(pace: Pace, *, needs_person: bool) -> Gate | None:
    moved = {Gate.WINDOW: pace.window_at, Gate.CAP: pace.cap_at, Gate.SPACING: pace.spacing_at}
    closed = next((gate for gate, at in moved.items() if at is not None and at > pace.begin_at), None)
    return closed or (Gate.APPROVAL if needs_person else None)
