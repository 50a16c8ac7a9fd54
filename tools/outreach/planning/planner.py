"""The planner: from facts to the next step of a person, its instant and its gates (docs/sequences.md, "The planner").

It reads nothing and changes nothing: the same facts give the same plan, whoever asks and how often.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.tools.outreach.planning.facts import AccountFacts, ActionFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.local_calendar import LocalCalendar, zone_of
from onelane.tools.outreach.planning.pace import PaceLimits, Sending, after_caps, after_spacing, settle, tighter
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.template.conditions import PersonFacts
from onelane.tools.outreach.template.sequence import OutreachSequence, SequenceStep
from onelane.tools.outreach.template.template_steps import ConditionStep, MessageStep, Variant, WaitStep

_LOOK_AGAIN = timedelta(hours=1)
"""How often a wait looks whether what it waits for is so, where nobody says it."""


class DecisionKind(StrEnum):
    """What was decided on the way to the next step."""

    WAITED = "waited"
    MET = "met"
    TIMED_OUT = "timed_out"
    YES = "yes"
    NO = "no"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Decision:
    """A wait that ends, a condition that is decided, or a step that is too late.

    Args:
        step_index: which step it is
        kind: what was decided
        at: when; it counts once that is past
        goes_to: the step that comes then
    """

    step_index: int
    kind: DecisionKind
    at: datetime
    goes_to: int


@dataclass(frozen=True, slots=True)
class Ending:
    """That a sequence is over for somebody."""

    status: EnrollmentStatus
    reason: StateReason | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """When a step may go.

    Args:
        due_at: when its delay is over
        begin_at: when it is due, nothing pauses it, and its approval can't be undone any more
        window_at: the first instant from there on in the window; None when there is none
        cap_at: the first from there on that no cap forbids
        spacing_at: the first from there on that is far enough from other messages
        at: the first at which all of that is so
    """

    due_at: datetime
    begin_at: datetime
    window_at: datetime | None
    cap_at: datetime | None
    spacing_at: datetime | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes next for somebody.

    Args:
        decisions: what is decided before, in order
        step: the step that reaches the person; None when none does any more
        mode: who carries it out
        pace: when it may go
        variant: its wording, where there are several
        ending: that it is over, when no step comes
        waits_at: the wait whose event has not come yet; what follows is what happens when it does not
        look_at: when somebody has to look again; None when nothing comes by itself
    """

    decisions: tuple[Decision, ...]
    step: SequenceStep | None
    mode: Mode | None
    pace: Pace | None
    variant: Variant | None
    ending: Ending | None
    waits_at: int | None
    look_at: datetime | None
    calendar: LocalCalendar

    @property
    def at(self) -> datetime | None:
        """When its step can go."""
        return None if self.pace is None else self.pace.at


def plan(
    sequence: OutreachSequence,
    enrollment: EnrollmentFacts,
    contact: ContactFacts,
    account: AccountFacts | None,
    around: Surroundings,
    action: ActionFacts | None = None,
) -> Plan:
    """What comes next for somebody, and when.

    Args:
        sequence: the version of the template that they are in
        enrollment: where they are in it
        contact: what is known of them
        account: the account that sends; None when there is none
        around: what holds for everybody
        action: what is already written for the next step
    """
    calendar = calendar_of(sequence, contact, account, around)
    person = person_facts(sequence, enrollment, contact)
    goal = sequence.settings.goal
    if goal is not None and goal.holds(person):
        goal_ending = Ending(EnrollmentStatus.COMPLETED, StateReason.GOAL_REACHED, around.now)
        return Plan((), None, None, None, None, goal_ending, None, around.now, calendar)
    walk = _Walk(sequence, calendar, person, around)
    index, since = walk.to_action(enrollment.step_index, enrollment.step_began_at, is_written=action is not None)
    if index >= len(sequence.steps):
        ending = Ending(EnrollmentStatus.COMPLETED, None, since)
        return Plan(tuple(walk.decisions), None, None, None, None, ending, walk.waits_at, walk.look_at(since), calendar)
    step = sequence.steps[index]
    mode = mode_of(sequence.platform, step.step_type)
    pace = _pace(sequence, step, mode, since, enrollment, account, around, action, calendar)
    return Plan(
        decisions=tuple(walk.decisions),
        step=step,
        mode=mode,
        pace=pace,
        variant=variant_of(step, enrollment.seed),
        ending=None,
        waits_at=walk.waits_at,
        look_at=walk.look_at(pace.at),
        calendar=calendar,
    )


def opens_at(
    step_plan: Plan,
    sequence: OutreachSequence,
    enrollment: EnrollmentFacts,
    account: AccountFacts | None,
    around: Surroundings,
    action: ActionFacts | None,
) -> datetime | None:
    """Since when, or from when on, time lets the step of a plan go: the same at each look, also once that is past.

    Args:
        step_plan: the plan, made of what follows
        sequence: see `plan`
        enrollment: see `plan`
        account: see `plan`
        around: see `plan`
        action: see `plan`
    """
    if (
        step_plan.step is None
        or step_plan.mode is None
        or step_plan.pace is None
        or step_plan.at is None
        or step_plan.at > around.now
    ):
        return step_plan.at
    due = step_plan.pace.due_at
    earlier = replace(around, now=due)
    since = _pace(
        sequence, step_plan.step, step_plan.mode, due, enrollment, account, earlier, action, step_plan.calendar
    ).at
    return around.now if since is None else min(since, around.now)


def calendar_of(
    sequence: OutreachSequence, contact: ContactFacts, account: AccountFacts | None, around: Surroundings
) -> LocalCalendar:
    """The calendar that counts for somebody."""
    name, source = zone_of(
        contact=contact.time_zone,
        template=sequence.settings.time_zone,
        account=None if account is None else account.time_zone,
        workspace=around.workspace_zone,
    )
    return LocalCalendar(name, source, sequence.settings.window or around.window, around.is_holiday)


def person_facts(sequence: OutreachSequence, enrollment: EnrollmentFacts, contact: ContactFacts) -> PersonFacts:
    """What conditions look at; a step that was sent is done as well."""
    outcomes: dict[str, frozenset[str]] = {}
    for step in sequence.steps:
        outcome = enrollment.outcomes.get(step.index)
        if step.config.label and outcome:
            outcomes[step.config.label] = frozenset({"sent", "done"} if outcome == "sent" else {outcome})
    return PersonFacts(contact.has_replied, contact.fields, contact.tags, outcomes)


def is_first(enrollment: EnrollmentFacts) -> bool:
    """Whether the next message is the first that they get."""
    return "sent" not in enrollment.outcomes.values()


def variant_of(step: SequenceStep, seed: int) -> Variant | None:
    """The wording that somebody gets; the same at each look."""
    if not isinstance(step.config, MessageStep) or not step.config.variants:
        return None
    variants = step.config.variants
    place = draw(seed, "variant", step.index) % sum(variant.weight for variant in variants)
    for variant in variants:
        place -= variant.weight
        if place < 0:
            return variant
    return variants[-1]


def draw(seed: int, *parts: object) -> int:
    """A number that is drawn once: the same for the same seed."""
    return int.from_bytes(sha256(":".join(map(str, (seed, *parts))).encode()).digest()[:6])


def pace_limits(sequence: OutreachSequence, account: AccountFacts | None) -> PaceLimits:
    """How far apart the messages of a sequence go, and how many of an account may go: the tighter of each."""
    spacing = sequence.settings.spacing
    own = PaceLimits(spacing_seconds=spacing.seconds, jitter_seconds=spacing.jitter_seconds)
    return own if account is None else tighter(own, account.limits)


class _Walk:
    """The way to the next step that reaches the person, past waits and conditions."""

    def __init__(
        self, sequence: OutreachSequence, calendar: LocalCalendar, person: PersonFacts, around: Surroundings
    ) -> None:
        self._sequence, self._calendar, self._person, self._around = sequence, calendar, person, around
        self._places = sequence.places
        self.decisions: list[Decision] = []
        self.waits_at: int | None = None

    def to_action(self, index: int, since: datetime, *, is_written: bool) -> tuple[int, datetime]:
        """The next such step, and since when it is due; behind the last one when there is none."""
        steps = self._sequence.steps
        while index < len(steps):
            step = steps[index]
            due = since + timedelta(hours=step.delay_hours)
            decision = self._decision(step, due, is_written=is_written)
            if decision is None:
                return index, due
            self.decisions.append(decision)
            # Nothing leads back, whatever a template says.
            index, since = max(decision.goes_to, index + 1), decision.at
        return index, since

    def look_at(self, at: datetime | None) -> datetime | None:
        """When somebody has to look again: at the first decision that is not due yet, else when the step goes."""
        coming = [decision.at for decision in self.decisions if decision.at > self._around.now]
        if self.waits_at is not None:
            coming = [min(coming[0], self._around.now + _LOOK_AGAIN)] if coming else [self._around.now + _LOOK_AGAIN]
        return coming[0] if coming else at

    def _decision(self, step: SequenceStep, due: datetime, *, is_written: bool) -> Decision | None:
        if isinstance(step.config, WaitStep):
            return self._wait_decision(step.index, step.config, due)
        if isinstance(step.config, ConditionStep):
            holds = step.config.question.holds(self._person)
            label = step.config.then if holds else step.config.otherwise
            goes_to = self._place(label, step.index)
            return Decision(step.index, DecisionKind.YES if holds else DecisionKind.NO, due, goes_to)
        lateness = self._sequence.settings.max_lateness
        too_late = self._around.now - due > timedelta(hours=lateness.hours)
        if too_late and lateness.then == "skip" and not is_written:
            return Decision(step.index, DecisionKind.TOO_LATE, self._around.now, step.index + 1)
        return None

    def _wait_decision(self, index: int, wait: WaitStep, due: datetime) -> Decision:
        if wait.until_met is None:
            return Decision(index, DecisionKind.WAITED, self._end_of(wait, due), index + 1)
        timeout = self._calendar.after_days(due, wait.timeout_days or 0)
        if wait.until_met.holds(self._person) and timeout > self._around.now:
            return Decision(index, DecisionKind.MET, max(due, self._around.now), index + 1)
        if timeout > self._around.now and self.waits_at is None:
            self.waits_at = index
        return Decision(index, DecisionKind.TIMED_OUT, timeout, self._place(wait.otherwise, index))

    def _end_of(self, wait: WaitStep, due: datetime) -> datetime:
        if wait.hours is not None:
            return due + timedelta(hours=wait.hours)
        if wait.days is not None:
            return self._calendar.after_days(due, wait.days)
        if wait.business_days is not None:
            return self._calendar.after_business_days(due, wait.business_days)
        return due if wait.until is None else max(due, self._calendar.at_local(wait.until))

    def _place(self, label: str | None, index: int) -> int:
        return index + 1 if label is None else self._places.get(label, len(self._sequence.steps))


def _pace(
    sequence: OutreachSequence,
    step: SequenceStep,
    mode: Mode,
    due: datetime,
    enrollment: EnrollmentFacts,
    account: AccountFacts | None,
    around: Surroundings,
    action: ActionFacts | None,
    calendar: LocalCalendar,
) -> Pace:
    begin = max(due, around.now, *_not_before(sequence, mode, enrollment, account, around, action))
    window_at = calendar.first_open(begin)
    if window_at is None or mode is not Mode.AUTO:
        return Pace(due, begin, window_at, window_at, window_at, window_at)
    first = is_first(enrollment)
    limits, sendings = pace_limits(sequence, account), () if account is None else account.sendings
    jitter = draw(enrollment.seed, "spacing", step.index, enrollment.epoch) % (limits.jitter_seconds + 1)
    cap_at = _after_all_caps(sequence, begin, sendings, limits, around, first=first)
    spacing_at = after_spacing(begin, sendings, limits, jitter_seconds=jitter)
    at = settle(
        window_at,
        lambda at: _after_all_caps(sequence, at, sendings, limits, around, first=first),
        lambda at: after_spacing(at, sendings, limits, jitter_seconds=jitter),
        calendar.first_open,
    )
    return Pace(due, begin, window_at, cap_at, spacing_at, at)


def _not_before(
    sequence: OutreachSequence,
    mode: Mode,
    enrollment: EnrollmentFacts,
    account: AccountFacts | None,
    around: Surroundings,
    action: ActionFacts | None,
) -> list[datetime]:
    instants = [enrollment.paused_until, sequence.starts_at]
    if account is not None and mode is Mode.AUTO:
        instants.append(account.paused_until)
    if action is not None and action.approved_at is not None:
        instants.append(action.approved_at + timedelta(seconds=around.undo_seconds))
    return [instant for instant in instants if instant is not None]


def _after_all_caps(
    sequence: OutreachSequence,
    at: datetime,
    sendings: Sequence[Sending],
    limits: PaceLimits,
    around: Surroundings,
    *,
    first: bool,
) -> datetime | None:
    """Behind the account's caps, which count all sequences, and the template's own, which count its own messages."""
    caps = sequence.settings.caps
    own = PaceLimits(sequence.settings.per_day, caps.per_hour, caps.new_per_day)
    if own == PaceLimits():
        return after_caps(at, sendings, limits, is_first=first)
    of_template = [sending for sending in sendings if sending.template_id == around.template_id]
    return settle(
        at,
        lambda at: after_caps(at, sendings, limits, is_first=first),
        lambda at: after_caps(at, of_template, own, is_first=first),
    )
