"""What is wrong with the times of a template: a window that never opens, a wait that ends before it begins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from onelane.tools.outreach.lint.lint_facts import LintFacts
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import OutreachSequence, SequenceStep
from onelane.tools.outreach.template.template_config import Window
from onelane.tools.outreach.template.template_steps import WaitStep
from onelane.tools.registry.times.week import ends_too_early

_LAST_ZONE = timedelta(hours=12)
"""So much later than in UTC a local time comes where it comes last."""


def beginning_of(sequence: OutreachSequence, facts: LintFacts) -> datetime:
    """When the first could begin."""
    return max(facts.now, sequence.starts_at or facts.now)


def check_window(sequence: OutreachSequence) -> Iterator[Problem]:
    """Whether the window is ever open."""
    window = sequence.settings.window
    if window is not None and window.is_impossible:
        yield problem(ProblemCode.IMPOSSIBLE_WINDOW, f"the window is never open: {_why_never(window)}")


def _why_never(window: Window) -> str:
    if not window.days:
        return "it names no day"
    return ends_too_early(window.start, window.end)


def check_waits(sequence: OutreachSequence, facts: LintFacts) -> Iterator[Problem]:
    """Waits until a date that is past, or that comes before anybody can have come so far."""
    earliest = _earliest_instants(sequence, beginning_of(sequence, facts))
    for step in sequence.steps:
        until = step.config.until if isinstance(step.config, WaitStep) else None
        if until is None or step.index not in earliest or _last_instant(until) > earliest[step.index]:
            continue
        is_past = _last_instant(until) <= facts.now
        when = "is past" if is_past else "comes before anybody is there"
        text = f"until {until:%Y-%m-%dT%H:%M} {when}, so that nobody waits and the next step comes at once"
        yield problem(ProblemCode.PAST_WAIT, text, step.index)


def _earliest_instants(sequence: OutreachSequence, began: datetime) -> dict[int, datetime]:
    """When the delay of each step can be over at the soonest, by index: jumps lead to later steps alone."""
    places, arrivals, earliest = sequence.places, {0: began}, dict[int, datetime]()
    for step in sequence.steps:
        if step.index not in arrivals:
            continue
        earliest[step.index] = arrivals[step.index] + timedelta(hours=step.delay_hours)
        leaves_at = _soonest_end(step, earliest[step.index])
        for index in (step.index + 1, *(places[label] for label in step.config.targets if label in places)):
            arrivals[index] = min(arrivals.get(index, leaves_at), leaves_at)
    return earliest


def _soonest_end(step: SequenceStep, due: datetime) -> datetime:
    wait = step.config
    if not isinstance(wait, WaitStep):
        return due
    if wait.until is not None:
        return max(due, wait.until.replace(tzinfo=UTC) - timedelta(hours=14))
    # Days count by the clocks, which are put forward by an hour now and then.
    days = max(wait.days or 0, wait.business_days or 0)
    return due + timedelta(hours=wait.hours or 0, days=days) - timedelta(hours=1 if days else 0)


def _last_instant(until: datetime) -> datetime:
    """When it is this time everywhere."""
    return until.replace(tzinfo=UTC) + _LAST_ZONE
