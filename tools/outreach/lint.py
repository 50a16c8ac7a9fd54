"""Lint: what is wrong with a template before anybody is in it (docs/sequences.md, "Lint")."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from onelane.storage.platforms.accounts import AccountStatus, InboundSource, Platform
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.planning.simulation import Traveller, simulate
from onelane.tools.outreach.rendering import has_words
from onelane.tools.outreach.template.conditions import labels_in
from onelane.tools.outreach.template.placeholders import foreign_placeholders
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import (
    OutreachSequence,
    SequenceStep,
    TemplateSource,
    read_sequence,
    readable_part,
)
from onelane.tools.outreach.template.template_config import DEFAULT_UNSUBSCRIBE_LINE
from onelane.tools.outreach.template.template_steps import END, ConditionStep, MessageStep, ReachStep, WaitStep
from onelane.tools.outreach.template.texts import BadText, CheckedText, MissingValue, Texts, UnknownVariable
from onelane.tools.outreach.template.variables import FIELDS, KNOWN
from onelane.tools.people.name_parts import derived_names
from onelane.tools.registry.argument_errors import nearest

Code = ProblemCode
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LintFacts:
    """What lint looks at besides the template.

    Args:
        now: the instant
        accounts: those that could send
        people: the fields of those who are enrolled
    """

    now: datetime
    accounts: Sequence[AccountFacts] = ()
    people: Sequence[Mapping[str, Any]] = ()


def lint(source: TemplateSource, facts: LintFacts) -> list[Problem]:
    """All that is wrong with a template; empty when nothing is."""
    if not source.steps:
        return [problem(Code.NO_STEPS, "it has no steps")]
    sequence, problems = read_sequence(source)
    parameters = _parameters(source.config)
    if sequence is None:
        # What can be read is looked at all the same, so that nobody corrects a template step by step.
        return [*problems, *_texts(readable_part(source), parameters, facts)]
    findings = [
        *_jumps(sequence),
        *_texts(sequence, parameters, facts),
        *_steps(sequence),
        *_unsubscribe(sequence),
        *_account(sequence, facts),
    ]
    window = sequence.settings.window
    if window is not None and window.is_impossible:
        findings.append(problem(Code.IMPOSSIBLE_WINDOW, "the window is never open: it ends before it begins"))
    else:
        findings += _end(sequence, facts)
    return sorted([*problems, *findings], key=lambda each: (each.severity, -1 if each.step is None else each.step))


def sender_of(sequence: OutreachSequence, accounts: Sequence[AccountFacts]) -> AccountFacts | None:
    """The account that sends: the one that the template names, else the first that can."""
    able = [each for each in accounts if each.transport is not None]
    account_id = sequence.settings.account_id
    return next((each for each in able if account_id in (None, each.id)), None)


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
        checked_texts = [_check_text(texts, name, text) for name, text in texts_of(step)]
        names = frozenset(name for each in checked_texts if each is not None for name in each.bare)
        fields[step.index] = (names & set(FIELDS)) - {"name"} - sequence.values.keys()
    return fields


def lacks(person: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Which of these fields somebody has nothing in."""
    first, last = derived_names(person)
    derived_values = {"first_name": first, "last_name": last}
    return sorted(name for name in names if not (str(person.get(name) or "").strip() or derived_values.get(name)))


def _check_text(texts: Texts, name: str, text: str) -> CheckedText | None:
    try:
        return texts.check(text, html=name == "html")
    except BadText:
        return None


def _parameters(config: Mapping[str, Any]) -> frozenset[str]:
    declarations = config.get("parameters")
    items = cast("list[Any]", declarations) if isinstance(declarations, list) else []
    return frozenset(str(cast("Json", each).get("name")) for each in items if isinstance(each, dict))


def _jumps(sequence: OutreachSequence) -> Iterator[Problem]:
    places, labels = sequence.places, {END}
    for step in sequence.steps:
        label = step.config.label
        if label is not None and label in labels:
            yield problem(Code.BAD_CONFIG, f"the label {label!r} is taken", step.index)
        labels |= {label} if label else set()
    for step in sequence.steps:
        yield from _targets(step, places)
        if _has_no_way_out(step):
            text = "it needs else, and a wait timeoutDays too: what it asks for may never be so"
            yield problem(Code.CONDITION_WITHOUT_ELSE, text, step.index)
    goal = sequence.settings.goal
    for label in () if goal is None else sorted(labels_in(goal)):
        yield from _asked_about(label, places, None)
    reachable = _reachable(sequence)
    for step in sequence.steps:
        if step.index not in reachable:
            yield problem(Code.UNREACHABLE_STEP, "nothing leads to this step", step.index)


def _has_no_way_out(step: SequenceStep) -> bool:
    config = step.config
    if isinstance(config, ConditionStep):
        return config.otherwise is None
    waits = isinstance(config, WaitStep) and config.until_met is not None
    return isinstance(config, WaitStep) and waits and None in (config.timeout_days, config.otherwise)


def _targets(step: SequenceStep, places: Mapping[str, int]) -> Iterator[Problem]:
    for label in step.config.targets:
        if label not in places:
            yield problem(Code.UNKNOWN_LABEL, f"no step is labelled {label!r}.{nearest(label, places)}", step.index)
        elif places[label] <= step.index:
            yield problem(Code.LOOP, f"{label!r} lies before this step; a jump leads to a later one", step.index)
    condition = step.config.question if isinstance(step.config, ConditionStep) else None
    condition = step.config.until_met if isinstance(step.config, WaitStep) else condition
    for label in () if condition is None else sorted(labels_in(condition)):
        yield from _asked_about(label, places, step.index)


def _asked_about(label: str, places: Mapping[str, int], index: int | None) -> Iterator[Problem]:
    """Whether a condition can ask what became of a step: one that comes later has no outcome yet."""
    if label not in places or label == END:
        yield problem(Code.UNKNOWN_LABEL, f"no step is labelled {label!r}.{nearest(label, places)}", index)
    elif index is not None and places[label] >= index:
        text = f"{label!r} comes only later, so that nothing is known of it; ask about an earlier step"
        yield problem(Code.UNKNOWN_LABEL, text, index)


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


def _texts(sequence: OutreachSequence, parameters: frozenset[str], facts: LintFacts) -> Iterator[Problem]:
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
        yield problem(Code.UNKNOWN_VARIABLE, sentence, index)
    try:
        checked_text = texts.check(text, html=name == "html")
        unknown = sorted(checked_text.names - set(variables))
        _try(checked_text, variables)
    except UnknownVariable as error:
        unknown = [error.name]
    except BadText as error:
        yield problem(Code.BAD_TEMPLATE, f"{name}: {error}", index)
        return
    for each in unknown:
        yield problem(
            Code.UNKNOWN_VARIABLE, f"{name}: there is no variable {each!r}.{nearest(each, sorted(variables))}", index
        )


def _try(checked_text: CheckedText, variables: Collection[str]) -> None:
    """Render a text once with values like those that come, so that one which computes for ever is found now."""
    values: Json = dict.fromkeys(variables, "Sample value of a usual length")
    with suppress(MissingValue):
        checked_text.render({**values, "tags": ["one", "two", "three"]})


def _without_fallback(index: int, names: Collection[str], facts: LintFacts) -> Problem:
    blocked_count = sum(bool(lacks(person, names)) for person in facts.people)
    name_list = ", ".join(f"{{{{ {name} }}}}" for name in sorted(names))
    text = f"{name_list} has no fallback; {blocked_count} of {len(facts.people)} enrolled would be blocked"
    return problem(Code.VARIABLE_WITHOUT_FALLBACK, text, index)


def _steps(sequence: OutreachSequence) -> Iterator[Problem]:
    is_mail, has_message = sequence.platform is Platform.GMAIL, False
    for step in sequence.steps:
        if not step.is_action:
            continue
        if mode_of(sequence.platform, step.step_type) is Mode.FORBIDDEN:
            text = f"{step.step_type.label} is not possible on {sequence.platform.label}"
            yield problem(Code.STEP_FORBIDDEN, text, step.index)
        if isinstance(step.config, MessageStep):
            yield from _message(step, step.config, is_mail=is_mail, is_first=not has_message)
            has_message = True


def _message(step: SequenceStep, config: MessageStep, *, is_mail: bool, is_first: bool) -> Iterator[Problem]:
    wordings = config.variants or (config,)
    if not all(has_words(each.text or config.text or "") for each in wordings):
        yield problem(Code.EMPTY_TEXT, "the message has no text", step.index)
    if not is_mail or (config.same_thread and not is_first):
        return
    if not all(has_words(each.subject or config.subject or "") for each in wordings):
        text = "the first message begins the thread and needs a subject" if config.same_thread else "it needs a subject"
        yield problem(Code.NO_SUBJECT, text, step.index)


def _unsubscribe(sequence: OutreachSequence) -> Iterator[Problem]:
    is_mail = sequence.platform is Platform.GMAIL and any(
        isinstance(step.config, MessageStep) for step in sequence.steps
    )
    if not is_mail or sequence.template_type is TemplateType.NURTURE:
        return
    line = sequence.settings.unsubscribe_line
    texts = Texts()
    if _has_way_out(texts, DEFAULT_UNSUBSCRIBE_LINE if line is None else line):
        return
    silent = [each.index for each in sequence.steps if not all(_has_way_out(texts, text) for text in _bodies(each))]
    if silent:
        sentence = "nothing says how to unsubscribe; leave unsubscribeLine out, or write {{ unsubscribe }} into it"
        is_everywhere = len(silent) == sum(isinstance(each.config, MessageStep) for each in sequence.steps)
        yield problem(Code.NO_UNSUBSCRIBE, sentence, None if is_everywhere else silent[0])


def _bodies(step: SequenceStep) -> list[str]:
    """The texts of a letter, one for each wording."""
    config = step.config
    if not isinstance(config, MessageStep):
        return []
    return [each.text or config.text or "" for each in config.variants or (config,)]


def _has_way_out(texts: Texts, text: str) -> bool:
    checked_text = _check_text(texts, "text", text)
    # What is not written right has its own problem.
    return checked_text is None or "unsubscribe" in checked_text.names


def _account(sequence: OutreachSequence, facts: LintFacts) -> Iterator[Problem]:
    sent_steps = [s for s in sequence.steps if s.is_action and mode_of(sequence.platform, s.step_type) is Mode.AUTO]
    if not sent_steps:
        return
    account = sender_of(sequence, facts.accounts)
    if account is None:
        yield problem(Code.NO_ACCOUNT, _why_no_account(sequence.settings.account_id))
        return
    if account.status is AccountStatus.NEEDS_REAUTH:
        yield problem(Code.NO_ACCOUNT, f"the account {account.id} needs signing in")
    if len(sent_steps) > 1 and account.inbound is not InboundSource.IMAP:
        text = "nobody reads the account's mailbox, so that each follow-up has to be approved by itself"
        yield problem(Code.REPLIES_UNSEEN, text)


def _why_no_account(account_id: str | None) -> str:
    if account_id is not None:
        return f"no account {account_id!r} can send"
    return "no account is connected that can send; the person connects one: onelane accounts connect smtp --address ..."


def _end(sequence: OutreachSequence, facts: LintFacts) -> Iterator[Problem]:
    """Whether what it plans can go at all, and is over before the template is."""
    caps = sequence.settings.caps
    if 0 in (sequence.settings.per_day, caps.per_hour, caps.new_per_day):
        yield problem(Code.CAP_TOO_SMALL, "a cap of 0 lets nothing go")
    if sequence.ends_at is None:
        return
    began = max(facts.now, sequence.starts_at or facts.now)
    account = sender_of(sequence, facts.accounts) or AccountFacts("")
    alone = _planned_instants(replace(sequence, ends_at=None), 1, replace(account, sendings=()), began)
    if began >= sequence.ends_at or any(at > sequence.ends_at for at in alone):
        yield problem(Code.ENDS_BEFORE_LAST_STEP, "it ends before its last step could go")
        return
    people_count = min(len(facts.people), _SIMULATED)
    if people_count and any(
        at > sequence.ends_at for at in _planned_instants(replace(sequence, ends_at=None), people_count, account, began)
    ):
        yield problem(
            Code.CAP_TOO_SMALL, f"the caps let not everybody's messages go before it ends ({people_count} enrolled)"
        )


_SIMULATED = 200


def _planned_instants(sequence: OutreachSequence, people: int, account: AccountFacts, now: datetime) -> list[datetime]:
    nobody = ContactFacts("", "", {})
    travellers = [
        Traveller(EnrollmentFacts(str(number), EnrollmentStatus.ACTIVE, 0, now, seed=number), nobody)
        for number in range(people)
    ]
    steps = simulate(sequence, travellers, account, Surroundings(now))
    instants = [each.at for each in steps]
    # Who gets no instant at all for a step, such as under a cap of 0, never gets to the end.
    return instants or ([now + timedelta(days=36_500)] if any(step.is_action for step in sequence.steps) else [])
