"""People on their way through a sequence, and what each of their steps would be; nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from onelane.storage.database.engine import Session
from onelane.storage.workflows.enrollments import Gate
from onelane.tools.outreach.explanation import UNSUBSCRIBE_SHOWN
from onelane.tools.outreach.lint.sender_checks import sender_of
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.gates import gates_of
from onelane.tools.outreach.planning.local_calendar import LocalCalendar
from onelane.tools.outreach.planning.planner import Pace, Plan, calendar_of
from onelane.tools.outreach.planning.policies import Mode
from onelane.tools.outreach.planning.simulation import PlannedStep, Traveller, simulate
from onelane.tools.outreach.reading.account_facts import sending_accounts
from onelane.tools.outreach.rendering import Words, render_step
from onelane.tools.outreach.sequence_views import StepPreview
from onelane.tools.outreach.template.sequence import OutreachSequence, SequenceStep
from onelane.tools.outreach.template.template_steps import Variant
from onelane.tools.outreach.template.texts import BadText, MissingValue, Texts

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
        next_words: what is written for the step that comes next and no template changes any more
    """

    facts: EnrollmentFacts
    contact: ContactFacts
    sequence: OutreachSequence
    next_words: Words | None = None


def render_words(
    texts: Texts,
    journey: Journey,
    step: SequenceStep,
    variant: Variant | None,
    sender_name: str | None,
    last_subject: str | None = None,
) -> tuple[Words, str | None]:
    """The words of a step, and why it has none."""
    if journey.next_words is not None and step.index == journey.facts.step_index:
        return journey.next_words, None
    try:
        words = render_step(
            texts, journey.sequence, step, variant, journey.contact, sender_name=sender_name,
            unsubscribe=UNSUBSCRIBE_SHOWN, last_subject=last_subject, seed=journey.facts.seed,
        )  # fmt: skip
    except (MissingValue, BadText) as error:
        return Words(None, f"({error})"), str(error)
    return words, None


def travel(
    session: Session, journeys: Mapping[str, Journey], around: Surroundings
) -> tuple[dict[str, list[StepPreview]], dict[str, LocalCalendar]]:
    """The steps of each, and the calendar that counts; who shares an account waits for each other."""
    texts, names = Texts(), list(journeys)
    steps: dict[str, list[StepPreview]] = {name: [] for name in names}
    last_subjects = {name: journey.facts.last_subject for name, journey in journeys.items()}
    calendars: dict[str, LocalCalendar] = {}
    for account, group in _by_account(session, journeys):
        travellers = [Traveller(journeys[n].facts, journeys[n].contact, journeys[n].sequence) for n in group]
        calendars |= {n: calendar_of(journeys[n].sequence, journeys[n].contact, account, around) for n in group}
        for each in simulate(journeys[group[0]].sequence, travellers, account, around):
            name = group[each.traveller]
            preview = _step_preview(texts, journeys[name], each, account, around, last_subjects[name])
            steps[name].append(preview)
            last_subjects[name] = preview.subject or last_subjects[name]
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
    texts: Texts,
    journey: Journey,
    planned_step: PlannedStep,
    account: AccountFacts | None,
    around: Surroundings,
    last_subject: str | None,
) -> StepPreview:
    step_plan = planned_step.plan
    step = step_plan.step
    if step is None or step_plan.pace is None:
        raise RuntimeError("a planned step has no step")
    name = None if account is None else account.sender_name
    words, missing = render_words(texts, journey, step, step_plan.variant, name, last_subject)
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
