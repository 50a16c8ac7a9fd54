"""What is wrong with the texts of a template: unknown variables, foreign placeholders, fields without a fallback."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

from onelane.tools.outreach.lint.lint_facts import LintFacts
from onelane.tools.outreach.template.placeholders import foreign_placeholders
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import (
    OutreachSequence,
    SequenceStep,
)
from onelane.tools.outreach.template.template_steps import MessageStep, ReachStep
from onelane.tools.outreach.template.texts import BadText, CheckedText, MissingValue, Texts, UnknownVariable
from onelane.tools.outreach.template.variables import FIELDS, KNOWN
from onelane.tools.people.name_parts import derived_names
from onelane.tools.registry.arguments.errors import nearest

Json = dict[str, Any]


def texts_of(step: SequenceStep) -> Iterator[tuple[str, str]]:
    """The texts of a step, each with its name."""
    config = step.config
    if isinstance(config, MessageStep):
        texts = {"subject": config.subject, "text": config.text, "html": config.html}
        texts |= {f"{v.name} subject": v.subject for v in config.variants}
        texts |= {f"{v.name} text": v.text for v in config.variants}
    elif isinstance(config, ReachStep):
        texts = {"text": config.words, "url": config.url}
    else:
        texts = {}
    yield from ((name, text) for name, text in texts.items() if text is not None)


def bare_fields(sequence: OutreachSequence, texts: Texts) -> dict[int, frozenset[str]]:
    """The contact's fields that a step's texts use without anything in their place."""
    fields: dict[int, frozenset[str]] = {}
    for step in sequence.steps:
        checked_texts = [checked_text_of(texts, name, text) for name, text in texts_of(step)]
        names = frozenset(name for each in checked_texts if each is not None for name in each.bare)
        fields[step.index] = (names & set(FIELDS)) - {"name"} - sequence.values.keys()
    return fields


def lacks(person: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Which of these fields somebody has nothing in."""
    first, last = derived_names(person)
    derived_values = {"first_name": first, "last_name": last}
    return sorted(name for name in names if not (str(person.get(name) or "").strip() or derived_values.get(name)))


def checked_text_of(texts: Texts, name: str, text: str) -> CheckedText | None:
    try:
        return texts.check(text, html=name == "html")
    except BadText:
        return None


def parameters_of(config: Mapping[str, Any]) -> frozenset[str]:
    declarations = config.get("parameters")
    items = cast("list[Any]", declarations) if isinstance(declarations, list) else []
    return frozenset(str(cast("Json", each).get("name")) for each in items if isinstance(each, dict))


def check_texts(sequence: OutreachSequence, parameters: frozenset[str], facts: LintFacts) -> Iterator[Problem]:
    texts = Texts()
    variables = KNOWN | parameters | sequence.values.keys()
    for step in sequence.steps:
        for name, text in texts_of(step):
            yield from _text(texts, step.index, name, text, variables)
    line = sequence.settings.unsubscribe_line
    if line:
        yield from _text(texts, None, "unsubscribeLine", line, variables)
    for index, names in bare_fields(sequence, texts).items():
        if names - parameters:
            yield _without_fallback(index, names - parameters, facts)


def _text(texts: Texts, index: int | None, name: str, text: str, variables: Collection[str]) -> Iterator[Problem]:
    for placeholder, variable in foreign_placeholders(text, variables):
        sentence = f"{name}: {placeholder!r} would go out as it stands; write {{{{ {variable} }}}}"
        yield problem(ProblemCode.UNKNOWN_VARIABLE, sentence, index)
    try:
        checked_text = texts.check(text, html=name == "html")
        unknown = sorted(checked_text.names - set(variables))
        _try(checked_text, variables)
    except UnknownVariable as error:
        unknown = [error.name]
    except BadText as error:
        yield problem(ProblemCode.BAD_TEMPLATE, f"{name}: {error}", index)
        return
    for each in unknown:
        yield problem(
            ProblemCode.UNKNOWN_VARIABLE,
            f"{name}: there is no variable {each!r}.{nearest(each, sorted(variables))}",
            index,
        )


def _try(checked_text: CheckedText, variables: Collection[str]) -> None:
    """Render a text once with values like those that come, so that one which computes for ever is found now."""
    values: Json = dict.fromkeys(variables, "Sample value of a usual length")
    with suppress(MissingValue):
        checked_text.render({**values, "tags": ["one", "two", "three"]})


def _without_fallback(index: int, names: Collection[str], facts: LintFacts) -> Problem:
    blocked_count = sum(bool(lacks(person, names)) for person in facts.people)
    name_list = ", ".join(f"{{{{ {name} }}}}" for name in sorted(names))
    share = f"{blocked_count} of {len(facts.people)} enrolled would be blocked"
    text = f"{name_list} has no fallback; {share if facts.people else 'nobody is enrolled yet'}"
    return problem(ProblemCode.VARIABLE_WITHOUT_FALLBACK, text, index)
