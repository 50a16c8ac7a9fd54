"""Lint: what is wrong with a template before anybody is in it (docs/sequences.md, "Lint")."""

from onelane.tools.outreach.lint.jump_checks import check_goal, check_jumps
from onelane.tools.outreach.lint.letter_checks import check_steps, check_unsubscribe
from onelane.tools.outreach.lint.lint_facts import LintFacts
from onelane.tools.outreach.lint.sender_checks import check_account, check_end
from onelane.tools.outreach.lint.text_checks import check_texts, parameters_of
from onelane.tools.outreach.lint.time_checks import check_waits, check_window
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import (
    TemplateSource,
    read_sequence,
    readable_part,
)


def lint(source: TemplateSource, facts: LintFacts) -> list[Problem]:
    """All that is wrong with a template; empty when nothing is."""
    if not source.steps:
        return [problem(ProblemCode.NO_STEPS, "it has no steps")]
    sequence, problems = read_sequence(source)
    parameters = parameters_of(source.config)
    if sequence is None:
        # What can be read is looked at all the same, so that nobody corrects a template step by step.
        return [*problems, *check_texts(readable_part(source), parameters, facts)]
    findings = [
        *check_jumps(sequence),
        *check_texts(sequence, parameters, facts),
        *check_steps(sequence),
        *check_unsubscribe(sequence),
        *check_account(sequence, facts),
        *check_goal(sequence),
        *check_waits(sequence, facts),
    ]
    never_open = list(check_window(sequence))
    findings += never_open or check_end(sequence, facts)
    return sorted([*problems, *findings], key=lambda each: (each.severity, -1 if each.step is None else each.step))
