"""A simulation: when each message of several people goes (docs/sequences.md, "The planner").

It is the planner over and over: whose step can go first goes, and counts for all that come behind it.
"""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush

from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.pace import Sending
from onelane.tools.outreach.planning.planner import Plan, is_first, plan
from onelane.tools.outreach.planning.policies import Mode
from onelane.tools.outreach.template.sequence import OutreachSequence


@dataclass(frozen=True, slots=True)
class Traveller:
    """Somebody on their way through a sequence.

    Args:
        enrollment: where they are in it
        contact: what is known of them
        sequence: the version that they are in, where others are in another
    """

    enrollment: EnrollmentFacts
    contact: ContactFacts
    sequence: OutreachSequence | None = None


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
    account_so_far = None if account is None else replace(account, sendings=sendings)
    current = [traveller.enrollment for traveller in travellers]
    waiting: list[tuple[datetime, bool, int]] = []
    steps: list[PlannedStep] = []
    ways = _ways(sequence, travellers)

    # When a window opens no message of anybody else's decides.
    alone = None if account is None else replace(account, sendings=())

    def look(number: int, now: datetime, sender: AccountFacts | None) -> Plan:
        return plan(ways[number], current[number], travellers[number].contact, sender, replace(around, now=now))

    def queue(number: int, now: datetime) -> None:
        step_plan = look(number, now, alone)
        # In the order in which windows open: caps and spacing depend on who goes before.
        if step_plan.pace is not None and step_plan.pace.window_at is not None:
            heappush(waiting, (step_plan.pace.window_at, is_first(current[number]), number))

    for number in range(len(travellers)):
        queue(number, around.now)
    while waiting:
        _, first, number = heappop(waiting)
        step_plan = look(number, current_time := max(around.now, current[number].step_began_at), account_so_far)
        if (
            step_plan.at is None
            or step_plan.step is None
            or is_held(number, step_plan)
            or _is_over(ways[number], step_plan.at)
        ):
            continue
        steps.append(PlannedStep(number, step_plan, step_plan.at))
        if step_plan.mode is Mode.AUTO:
            insort(sendings, Sending(step_plan.at, first, around.template_id), key=lambda sending: sending.at)
        current[number] = _advance(current[number], step_plan, step_plan.at)
        queue(number, max(current_time, step_plan.at))
    return sorted(steps, key=lambda step: (step.at, step.traveller))


def _ways(sequence: OutreachSequence, travellers: Sequence[Traveller]) -> list[OutreachSequence]:
    return [traveller.sequence or sequence for traveller in travellers]


def _is_over(sequence: OutreachSequence, at: datetime) -> bool:
    return sequence.ends_at is not None and at > sequence.ends_at


def _advance(enrollment: EnrollmentFacts, step_plan: Plan, at: datetime) -> EnrollmentFacts:
    """Where somebody is once their step has gone."""
    index = 0 if step_plan.step is None else step_plan.step.index
    outcome = "sent" if step_plan.mode is Mode.AUTO else "done"
    return replace(enrollment, step_index=index + 1, step_began_at=at, outcomes={**enrollment.outcomes, index: outcome})
