"""What is wrong with where the steps of a template lead, and with what they ask of each other."""

from collections.abc import Iterator, Mapping

from onelane.tools.outreach.template.conditions import holds_at_first, labels_in
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import (
    OutreachSequence,
    SequenceStep,
)
from onelane.tools.outreach.template.template_steps import END, ConditionStep, WaitStep
from onelane.tools.registry.arguments.errors import nearest


def check_jumps(sequence: OutreachSequence) -> Iterator[Problem]:
    places, labels = sequence.places, {END}
    for step in sequence.steps:
        label = step.config.label
        if label is not None and label in labels:
            yield problem(ProblemCode.BAD_CONFIG, f"the label {label!r} is taken", step.index)
        labels |= {label} if label else set()
    for step in sequence.steps:
        yield from _targets(step, places)
        if _has_no_way_out(step):
            text = "it needs else, and a wait timeoutDays too: what it asks for may never be so"
            yield problem(ProblemCode.CONDITION_WITHOUT_ELSE, text, step.index)
    goal = sequence.settings.goal
    for label in () if goal is None else sorted(labels_in(goal)):
        yield from _asked_about(label, places, None)
    reachable = _reachable(sequence)
    for step in sequence.steps:
        if step.index not in reachable:
            yield problem(ProblemCode.UNREACHABLE_STEP, "nothing leads to this step", step.index)


def check_goal(sequence: OutreachSequence) -> Iterator[Problem]:
    """Whether the goal leaves anybody to whom something is sent."""
    goal = sequence.settings.goal
    if goal is not None and holds_at_first(goal):
        text = "goal: everybody meets it before anything is sent, so that nobody is sent anything"
        yield problem(ProblemCode.BAD_CONFIG, text)


def _has_no_way_out(step: SequenceStep) -> bool:
    config = step.config
    if isinstance(config, ConditionStep):
        return config.otherwise is None
    waits = isinstance(config, WaitStep) and config.until_met is not None
    return isinstance(config, WaitStep) and waits and None in (config.timeout_days, config.otherwise)


def _targets(step: SequenceStep, places: Mapping[str, int]) -> Iterator[Problem]:
    for label in step.config.targets:
        if label not in places:
            yield problem(
                ProblemCode.UNKNOWN_LABEL, f"no step is labelled {label!r}.{nearest(label, places)}", step.index
            )
        elif places[label] <= step.index:
            yield problem(ProblemCode.LOOP, f"{label!r} lies before this step; a jump leads to a later one", step.index)
    condition = step.config.question if isinstance(step.config, ConditionStep) else None
    condition = step.config.until_met if isinstance(step.config, WaitStep) else condition
    for label in () if condition is None else sorted(labels_in(condition)):
        yield from _asked_about(label, places, step.index)


def _asked_about(label: str, places: Mapping[str, int], index: int | None) -> Iterator[Problem]:
    """Whether a condition can ask what became of a step: one that comes later has no outcome yet."""
    if label not in places or label == END:
        yield problem(ProblemCode.UNKNOWN_LABEL, f"no step is labelled {label!r}.{nearest(label, places)}", index)
    elif index is not None and places[label] >= index:
        text = f"{label!r} comes only later, so that nothing is known of it; ask about an earlier step"
        yield problem(ProblemCode.UNKNOWN_LABEL, text, index)


def _reachable(sequence: OutreachSequence) -> set[int]:
    places, reachable, coming = sequence.places, set[int](), [0]
    while coming:
        index = coming.pop()
        if index in reachable or index >= len(sequence.steps):
            continue
        reachable.add(index)
        config = sequence.steps[index].config
        targets = [places[label] for label in config.targets if places.get(label, -1) > index]
        always_jumps = isinstance(config, ConditionStep) and config.then is not None and config.otherwise is not None
        coming += targets if always_jumps else [*targets, index + 1]
    return reachable
