"""Previews a sequence: what each person would be sent, and when; nothing is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from onelane.storage.database.engine import Session
from onelane.storage.outreach import sequence_enrollments, template_versions
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.enrolling import needed_fields, obstacle_of
from onelane.tools.outreach.entry import Obstacle
from onelane.tools.outreach.explanation import UNSUBSCRIBE_SHOWN
from onelane.tools.outreach.lint.sender_checks import sender_of
from onelane.tools.outreach.lint.text_checks import lacks
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.gates import gates_of
from onelane.tools.outreach.planning.local_calendar import LocalCalendar
from onelane.tools.outreach.planning.planner import Pace, Plan, calendar_of
from onelane.tools.outreach.planning.policies import Mode
from onelane.tools.outreach.planning.simulation import PlannedStep, Traveller, simulate
from onelane.tools.outreach.reading.account_facts import sending_accounts
from onelane.tools.outreach.reading.enrollment_facts import enrollment_facts, former_places
from onelane.tools.outreach.reading.sequence_sources import read_source, sequence_of, written_template
from onelane.tools.outreach.reading.surroundings import surroundings
from onelane.tools.outreach.rendering import Words, render_step
from onelane.tools.outreach.sequence_views import PersonPreview, SequencePreview, StepPreview
from onelane.tools.outreach.template.sequence import OutreachSequence, SequenceStep, TemplateSource
from onelane.tools.outreach.template.step_places import VersionPlaces
from onelane.tools.outreach.template.template_steps import MessageStep, Variant
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound

MOST_PEOPLE = 50
_HOLDING = frozenset(
    {
        Gate.SUPPRESSION, Gate.CONSENT, Gate.ARCHIVED, Gate.POLICY, Gate.ACCOUNT, Gate.EXCLUSIVITY, Gate.MISSING_DATA,
    }
)  # fmt: skip
"""The gates that say why a step would not go at all, whatever the time."""


@dataclass(frozen=True, slots=True)
class Journey:
    """Somebody's way through a version, from where they are.

    Args:
        facts: where they are in it
        contact: who they are
        sequence: the version
    """

    facts: EnrollmentFacts
    contact: ContactFacts
    sequence: OutreachSequence


def preview_people(
    ctx: Context, template: Template, contact_ids: Sequence[str], starts_at: datetime | None
) -> SequencePreview:
    """What people would be sent, and when, by the planner that also carries it out; nothing is written.

    Args:
        ctx: the call
        template: a sequence
        contact_ids: whom; those who are enrolled, at most 50, when it is empty
        starts_at: as if it were then
    """
    session, now = ctx.session, starts_at or ctx.now()
    sequence, version = _to_enter(session, template)
    rows = sequence_enrollments.list_current(session, template.id, contact_ids, limit=MOST_PEOPLE)
    current_rows = {row.contact_id: row for row in rows}
    ids = list(dict.fromkeys(contact_ids))[:MOST_PEOPLE] or list(current_rows)
    people = read_people(session, ids, sequence, template_id=template.id, vault=ctx.services.vault)
    obstacles = _obstacles(session, template, sequence, people, ids, now)
    able = [each for each in ids if obstacles[each] is None]
    ways = _ways(session, template, sequence, [row for row in rows if row.contact_id in able])
    actions = outbound_actions.list_of_enrollments(session, [row.id for row in rows])
    places = former_places(session, template.id, rows, actions)
    journeys = {
        each: Journey(
            _beginning(current_rows.get(each), actions, places, each, now),
            replace(people[each], in_other_sequence=False) if each in current_rows else people[each],
            ways[_version_of(current_rows.get(each))],
        )
        for each in able
    }
    around = surroundings(session, template, sequence, now=now, defaults=ctx.services.workspace.read(session))
    steps, calendars = _travel(session, journeys, replace(around, template_status=TemplateStatus.ACTIVE))
    data = [
        PersonPreview(
            contact_id=each,
            contact_name=people[each].name if each in people else None,
            outcome="planned" if obstacles[each] is None else "blocked",
            reason=obstacles[each],
            missing=_missing(sequence, people, each, obstacles[each]),
            time_zone=calendars[each].zone_name if each in calendars else None,
            time_zone_from=calendars[each].zone_from if each in calendars else None,
            steps=steps.get(each, []),
        )
        for each in ids
    ]
    return SequencePreview(
        template_id=template.id,
        template_version=version,
        starts_at=now,
        data=data,
        counts=dict(Counter(each.outcome for each in data)),
        finishes_at=max((step.at for person in data for step in person.steps), default=None),
    )


def next_steps(ctx: Context, template: Template, journeys: Mapping[str, Journey]) -> dict[str, StepPreview]:
    """What each would be sent next, and when, if nothing else happens before.

    Args:
        ctx: the call
        template: the template
        journeys: their ways, by any name
    """
    sequence = next((journey.sequence for journey in journeys.values()), None)
    if sequence is None:
        return {}
    defaults = ctx.services.workspace.read(ctx.session)
    around = surroundings(ctx.session, template, sequence, now=ctx.now(), defaults=defaults)
    steps, _ = _travel(ctx.session, journeys, replace(around, template_status=TemplateStatus.ACTIVE))
    return {name: previews[0] for name, previews in steps.items() if previews}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a step for somebody.

    Args:
        variant: which of several wordings; None where there is one
        words: what it says
        missing: why it can't say it
    """

    variant: str | None
    words: Words
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a template would send to somebody who entered it now, if it said something else than it does.

    Args:
        person: who, and what they would be sent when, if nobody answers
        wordings: all wordings of each step by its index, those on other branches too
    """

    person: PersonPreview
    wordings: Mapping[int, Sequence[Wording]]


def try_template(ctx: Context, template: Template, source: TemplateSource, contact_id: str) -> Trial:
    """What somebody would be sent who entered now, if a template said this; nothing is written.

    Args:
        ctx: the call
        template: the template
        source: what it would say
        contact_id: who

    Raises:
        BadRequest: what is written can't be read; lint says why
        NotFound: there is no such contact
    """
    session, now = ctx.session, ctx.now()
    sequence = read_source(source)
    people = read_people(session, [contact_id], sequence, template_id=template.id, vault=ctx.services.vault)
    if contact_id not in people:
        raise NotFound(f"There is no contact {contact_id[:100]!r}. Choose somebody else.")
    # As if they were nowhere yet: it is about the words.
    contact = replace(people[contact_id], in_other_sequence=False, has_replied=False)
    obstacle = obstacle_of(sequence, contact, None, needed_fields(sequence), now, by_person=True)
    journey = Journey(EnrollmentFacts(contact_id, EnrollmentStatus.ACTIVE, 0, now), contact, sequence)
    around = surroundings(session, template, sequence, now=now, defaults=ctx.services.workspace.read(session))
    steps, calendars = _travel(session, {contact_id: journey}, replace(around, template_status=TemplateStatus.ACTIVE))
    person = PersonPreview(
        contact_id=contact_id,
        contact_name=contact.name,
        outcome="planned" if obstacle is None else "blocked",
        reason=obstacle,
        missing=_missing(sequence, people, contact_id, obstacle),
        time_zone=calendars[contact_id].zone_name,
        time_zone_from=calendars[contact_id].zone_from,
        steps=steps[contact_id],
    )
    account = sender_of(sequence, sending_accounts(session, sequence.platform))
    sender = None if account is None else account.sender_name
    return Trial(person, {step.index: _wordings(journey, step, sender) for step in sequence.steps if step.is_action})


def _wordings(journey: Journey, step: SequenceStep, sender_name: str | None) -> list[Wording]:
    texts, wordings = Texts(), list[Wording]()
    variants = step.config.variants if isinstance(step.config, MessageStep) else ()
    for variant in variants or (None,):
        words, missing = _render(texts, journey, step, variant, sender_name)
        wordings.append(Wording(variant and variant.name, words, missing))
    return wordings


def _render(
    texts: Texts, journey: Journey, step: SequenceStep, variant: Variant | None, sender_name: str | None
) -> tuple[Words, str | None]:
    """The words of a step, and why it has none."""
    try:
        words = render_step(
            texts, journey.sequence, step, variant, journey.contact, sender_name=sender_name,
            unsubscribe=UNSUBSCRIBE_SHOWN, seed=journey.facts.seed,
        )  # fmt: skip
    except (MissingValue, BadText) as error:
        return Words(None, f"({error})"), str(error)
    return words, None


def _to_enter(session: Session, template: Template) -> tuple[OutreachSequence, int | None]:
    """What who enters is taken through: the latest version, or what it says now while it is not active."""
    latest = template_versions.latest_version(session, template.id)
    if latest is not None and template.status is TemplateStatus.ACTIVE:
        return sequence_of(session, template, latest.id), latest.version
    return read_source(written_template(session, template)), None


def _version_of(enrollment: Enrollment | None) -> str | None:
    return None if enrollment is None else enrollment.template_version_id


def _ways(
    session: Session, template: Template, sequence: OutreachSequence, rows: Sequence[Enrollment]
) -> dict[str | None, OutreachSequence]:
    """The versions that people are in, by id; whoever has none yet goes by what the template says."""
    versions = {row.template_version_id for row in rows} - {None}
    return {None: sequence, **{each: sequence_of(session, template, each) for each in versions}}


def _obstacles(
    session: Session,
    template: Template,
    sequence: OutreachSequence,
    people: Mapping[str, ContactFacts],
    ids: Sequence[str],
    now: datetime,
) -> dict[str, Obstacle | None]:
    """Why somebody would get nothing: who is in it is let through whatever they lack, for their steps say that."""
    field_names = needed_fields(sequence)
    before = sequence_enrollments.latest_entries(session, template.id, ids)
    return {
        each: Obstacle.NOT_FOUND
        if each not in people
        else obstacle_of(sequence, people[each], before.get(each), field_names, now, by_person=True)
        for each in ids
    }


def _missing(
    sequence: OutreachSequence, people: Mapping[str, ContactFacts], contact_id: str, obstacle: Obstacle | None
) -> list[str]:
    """What somebody lacks who can't enter for that."""
    is_lacking = obstacle is Obstacle.MISSING_FIELD
    return lacks(people[contact_id].fields, needed_fields(sequence)) if is_lacking else []


def _beginning(
    enrollment: Enrollment | None,
    actions: Mapping[str, Sequence[OutboundAction]],
    places: VersionPlaces | None,
    name: str,
    now: datetime,
) -> EnrollmentFacts:
    if enrollment is None:
        return EnrollmentFacts(name, EnrollmentStatus.ACTIVE, 0, now)
    facts = enrollment_facts(enrollment, actions.get(enrollment.id, ()), began=now, places=places)
    return replace(facts, status=EnrollmentStatus.ACTIVE)


def _travel(
    session: Session, journeys: Mapping[str, Journey], around: Surroundings
) -> tuple[dict[str, list[StepPreview]], dict[str, LocalCalendar]]:
    """The steps of each, and the calendar that counts; who shares an account waits for each other."""
    texts, names = Texts(), list(journeys)
    steps: dict[str, list[StepPreview]] = {name: [] for name in names}
    calendars: dict[str, LocalCalendar] = {}
    for account, group in _by_account(session, journeys):
        travellers = [Traveller(journeys[n].facts, journeys[n].contact, journeys[n].sequence) for n in group]
        calendars |= {n: calendar_of(journeys[n].sequence, journeys[n].contact, account, around) for n in group}
        for each in simulate(journeys[group[0]].sequence, travellers, account, around):
            name = group[each.traveller]
            steps[name].append(_step_preview(texts, journeys[name], each, account, around))
    return steps, calendars


def _by_account(session: Session, journeys: Mapping[str, Journey]) -> list[tuple[AccountFacts | None, list[str]]]:
    platforms = {journey.sequence.platform for journey in journeys.values()}
    accounts = {platform: sending_accounts(session, platform) for platform in platforms}
    groups: dict[str | None, tuple[AccountFacts | None, list[str]]] = {}
    for name, journey in journeys.items():
        account = sender_of(journey.sequence, accounts[journey.sequence.platform])
        groups.setdefault(account and account.id, (account, []))[1].append(name)
    return list(groups.values())


def _step_preview(
    texts: Texts, journey: Journey, planned_step: PlannedStep, account: AccountFacts | None, around: Surroundings
) -> StepPreview:
    step_plan = planned_step.plan
    step = step_plan.step
    if step is None or step_plan.pace is None:
        raise RuntimeError("a planned step has no step")
    name = None if account is None else account.sender_name
    words, missing = _render(texts, journey, step, step_plan.variant, name)
    is_auto = step_plan.mode is Mode.AUTO
    return StepPreview(
        step_index=step.index,
        step_type=step.step_type,
        at=planned_step.at,
        local=step_plan.calendar.local(planned_step.at).isoformat(timespec="minutes"),
        account_id=account.id if account is not None and is_auto else None,
        subject=words.subject,
        text=words.text,
        gate=_holding(journey, step_plan, account, around, missing) or _gate(step_plan.pace, needs_person=is_auto),
    )


def _holding(
    journey: Journey, step_plan: Plan, account: AccountFacts | None, around: Surroundings, missing: str | None
) -> Gate | None:
    gates = gates_of(
        journey.sequence, journey.facts, journey.contact, account, around, step_plan, action=None, missing=missing
    )
    return next((each.gate for each in gates if not each.passes and each.gate in _HOLDING), None)


def _gate(pace: Pace, *, needs_person: bool) -> Gate | None:
    instants = {Gate.WINDOW: pace.window_at, Gate.CAP: pace.cap_at, Gate.SPACING: pace.spacing_at}
    closed_gate = next((gate for gate, at in instants.items() if at is not None and at > pace.begin_at), None)
    return closed_gate or (Gate.APPROVAL if needs_person else None)
