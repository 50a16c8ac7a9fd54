"""A simulation: when each message of several people goes (docs/sequences.md, "The planner").

It is the planner over and over: whose step can go first goes, and counts for all that come behind it.
"""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush

from onelane.tools.outreach.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.pace import Sending
from onelane.tools.outreach.planner import Plan, is_first, plan
from onelane.tools.outreach.policies import Mode
from onelane.tools.outreach.sequence import OutreachSequence


@dataclass(frozen=True, slots=True)
class Traveller:
    """Somebody on their way through a sequence."""

    enrollment: EnrollmentFacts
    contact: ContactFacts


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of somebody's, and when it goes."""

    traveller: int
    plan: Plan
    at: datetime


def simulate(
    sequence: OutreachSequence,
    travellers: Sequence[Traveller],
    account: AccountFacts | None,
    around: Surroundings,
    *,
    is_held: Callable[[int, Plan], bool] = lambda traveller, plan: False,
) -> list[PlannedStep]:
    """When each step of each of them goes, if nobody answers and everything is approved in time, in order.

    Follow-ups go before first messages where both can go.

    Args:
        sequence: what they go through
        travellers: who
        account: the account that sends
        around: what holds for everybody
        is_held: whether somebody's step can't go, so that they stay where they are
    """
    sendings = [] if account is None else list(account.sendings)
    seen = None if account is None else replace(account, sendings=sendings)
    current = [traveller.enrollment for traveller in travellers]
    waiting: list[tuple[datetime, bool, int]] = []
    planned: list[PlannedStep] = []

    def look(number: int, now: datetime) -> Plan:
        return plan(sequence, current[number], travellers[number].contact, seen, replace(around, now=now))

    def queue(number: int, now: datetime) -> None:
        found = look(number, now)
        # In the order in which windows open: caps and spacing depend on who goes before.
        if found.pace is not None and found.pace.window_at is not None:
            heappush(waiting, (found.pace.window_at, is_first(current[number]), number))

    for number in range(len(travellers)):
        queue(number, around.now)
    while waiting:
        _, first, number = heappop(waiting)
        found = look(number, current_time := max(around.now, current[number].step_began_at))
        if found.at is None or found.step is None or is_held(number, found) or _is_over(sequence, found.at):
            continue
        planned.append(PlannedStep(number, found, found.at))
        if found.mode is Mode.AUTO:
            insort(sendings, Sending(found.at, first, around.template_id), key=lambda sending: sending.at)
        current[number] = _advanced(current[number], found, found.at)
        queue(number, max(current_time, found.at))
    return sorted(planned, key=lambda step: (step.at, step.traveller))


def _is_over(sequence: OutreachSequence, at: datetime) -> bool:
    return sequence.ends_at is not None and at > sequence.ends_at


def _advanced(enrollment: EnrollmentFacts, found: Plan, at: datetime) -> EnrollmentFacts:
    """Where somebody is once their step has gone."""
    index = 0 if found.step is None else found.step.index
    outcome = "sent" if found.mode is Mode.AUTO else "done"
    return replace(enrollment, step_index=index + 1, step_began_at=at, outcomes={**enrollment.outcomes, index: outcome})
