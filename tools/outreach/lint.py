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
from onelane.tools.outreach.template.conditions import labels_in
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import OutreachSequence, SequenceStep, Written, read_sequence
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


def lint(written: Written, facts: LintFacts) -> list[Problem]:
    """All that is wrong with a template; empty when nothing is."""
    if not written.steps:
        return [problem(Code.NO_STEPS, "it has no steps")]
    sequence, problems = read_sequence(written)
    if sequence is None:
        return problems
    parameters = _parameters(written.config)
    found = [
        *_jumps(sequence),
        *_texts(sequence, parameters, facts),
        *_steps(sequence),
        *_unsubscribe(sequence),
        *_account(sequence, facts),
    ]
    window = sequence.settings.window
    if window is not None and window.is_impossible:
        found.append(problem(Code.IMPOSSIBLE_WINDOW, "the window is never open: it ends before it begins"))
    else:
        found += _end(sequence, facts)
    return sorted([*problems, *found], key=lambda each: (each.severity, -1 if each.step is None else each.step))


def sender_of(sequence: OutreachSequence, accounts: Sequence[AccountFacts]) -> AccountFacts | None:
    """The account that sends: the one that the template names, else the first that can."""
    able = [each for each in accounts if each.transport is not None]
    named = sequence.settings.account_id
    return next((each for each in able if named in (None, each.id)), None)


def texts_of(step: SequenceStep) -> Iterator[tuple[str, str]]:
    """The texts of a step, each with its name."""
    config = step.config
    if isinstance(config, MessageStep):
        named = {"subject": config.subject, "text": config.text, "html": config.html}
        named |= {f"{v.name} subject": v.subject for v in config.variants}
        named |= {f"{v.name} text": v.text for v in config.variants}
    elif isinstance(config, ReachStep):
        named = {"text": config.words, "url": config.url}
    else:
        named = {}
    yield from ((name, text) for name, text in named.items() if text is not None)


def bare_fields(sequence: OutreachSequence, texts: Texts) -> dict[int, frozenset[str]]:
    """The contact's fields that a step's texts use without anything in their place."""
    found: dict[int, frozenset[str]] = {}
    for step in sequence.steps:
        checked = [_checked(texts, name, text) for name, text in texts_of(step)]
        names = frozenset(name for each in checked if each is not None for name in each.bare)
        found[step.index] = (names & set(FIELDS)) - {"name"} - sequence.values.keys()
    return found


def lacks(person: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Which of these fields somebody has nothing in."""
    first, last = derived_names(person)
    derived = {"first_name": first, "last_name": last}
    return sorted(name for name in names if not (str(person.get(name) or "").strip() or derived.get(name)))


def _checked(texts: Texts, name: str, text: str) -> CheckedText | None:
    try:
        return texts.checked(text, html=name == "html")
    except BadText:
        return None


def _parameters(config: Mapping[str, Any]) -> frozenset[str]:
    declared = config.get("parameters")
    named = cast("list[Any]", declared) if isinstance(declared, list) else []
    return frozenset(str(cast("Json", each).get("name")) for each in named if isinstance(each, dict))


def _jumps(sequence: OutreachSequence) -> Iterator[Problem]:
    places, seen = sequence.places, {END}
    for step in sequence.steps:
        label = step.config.label
        if label is not None and label in seen:
            yield problem(Code.BAD_CONFIG, f"the label {label!r} is taken", step.index)
        seen |= {label} if label else set()
    for step in sequence.steps:
        yield from _targets(step, places)
        if _has_no_way_out(step):
            text = "it needs else, and a wait timeoutDays too: what it asks for may never be so"
            yield problem(Code.CONDITION_WITHOUT_ELSE, text, step.index)
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
    asked = step.config.question if isinstance(step.config, ConditionStep) else None
    asked = step.config.until_met if isinstance(step.config, WaitStep) else asked
    for label in () if asked is None else sorted(labels_in(asked)):
        if label not in places or label == END:
            yield problem(Code.UNKNOWN_LABEL, f"no step is labelled {label!r}.{nearest(label, places)}", step.index)


def _reachable(sequence: OutreachSequence) -> set[int]:
    places, seen, coming = sequence.places, set[int](), [0]
    while coming:
        index = coming.pop()
        if index in seen or index >= len(sequence.steps):
            continue
        seen.add(index)
        config = sequence.steps[index].config
        targets = [places[label] for label in config.targets if places.get(label, -1) > index]
        always_jumps = isinstance(config, ConditionStep) and config.then is not None and config.otherwise is not None
        coming += targets if always_jumps else [*targets, index + 1]
    return seen


def _texts(sequence: OutreachSequence, parameters: frozenset[str], facts: LintFacts) -> Iterator[Problem]:
    texts = Texts()
    known = KNOWN | parameters | sequence.values.keys()
    for step in sequence.steps:
        for name, text in texts_of(step):
            yield from _text(texts, step.index, name, text, known)
    line = sequence.settings.unsubscribe_line
    if line:
        yield from _text(texts, None, "unsubscribeLine", line, known)
    for index, names in bare_fields(sequence, texts).items():
        if names - parameters:
            yield _without_fallback(index, names - parameters, facts)


def _text(texts: Texts, index: int | None, name: str, text: str, known: Collection[str]) -> Iterator[Problem]:
    try:
        checked = texts.checked(text, html=name == "html")
        unknown = sorted(checked.names - set(known))
        _try(checked, known)
    except UnknownVariable as error:
        unknown = [error.name]
    except BadText as error:
        yield problem(Code.BAD_TEMPLATE, f"{name}: {error}", index)
        return
    for each in unknown:
        yield problem(
            Code.UNKNOWN_VARIABLE, f"{name}: there is no variable {each!r}.{nearest(each, sorted(known))}", index
        )


def _try(checked: CheckedText, known: Collection[str]) -> None:
    """Render a text once with values like those that come, so that one which computes for ever is found now."""
    values: Json = dict.fromkeys(known, "Sample value of a usual length")
    with suppress(MissingValue):
        checked.render({**values, "tags": ["one", "two", "three"]})


def _without_fallback(index: int, names: Collection[str], facts: LintFacts) -> Problem:
    blocked = sum(bool(lacks(person, names)) for person in facts.people)
    shown = ", ".join(f"{{{{ {name} }}}}" for name in sorted(names))
    text = f"{shown} has no fallback; {blocked} of {len(facts.people)} enrolled would be blocked"
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
    if not all((each.text or config.text or "").strip() for each in wordings):
        yield problem(Code.EMPTY_TEXT, "the message has no text", step.index)
    if not is_mail or (config.same_thread and not is_first):
        return
    if not all((each.subject or config.subject or "").strip() for each in wordings):
        text = "the first message begins the thread and needs a subject" if config.same_thread else "it needs a subject"
        yield problem(Code.NO_SUBJECT, text, step.index)


def _unsubscribe(sequence: OutreachSequence) -> Iterator[Problem]:
    is_mail = sequence.platform is Platform.GMAIL and any(
        isinstance(step.config, MessageStep) for step in sequence.steps
    )
    if not is_mail or sequence.template_type is TemplateType.NURTURE:
        return
    line = sequence.settings.unsubscribe_line
    said = DEFAULT_UNSUBSCRIBE_LINE if line is None else line
    every = [text for step in sequence.steps for name, text in texts_of(step) if name.endswith("text")]
    texts = Texts()
    ways = [checked for text in (said, *every) if (checked := _checked(texts, "text", text)) is not None]
    if not any("unsubscribe" in way.names for way in ways):
        sentence = "nothing says how to unsubscribe; leave unsubscribeLine out, or write {{ unsubscribe }} into it"
        yield problem(Code.NO_UNSUBSCRIBE, sentence)


def _account(sequence: OutreachSequence, facts: LintFacts) -> Iterator[Problem]:
    sent = [s for s in sequence.steps if s.is_action and mode_of(sequence.platform, s.step_type) is Mode.AUTO]
    if not sent:
        return
    account = sender_of(sequence, facts.accounts)
    if account is None:
        yield problem(Code.NO_ACCOUNT, _why_no_account(sequence.settings.account_id))
        return
    if account.status is AccountStatus.NEEDS_REAUTH:
        yield problem(Code.NO_ACCOUNT, f"the account {account.id} needs signing in")
    if len(sent) > 1 and account.inbound is not InboundSource.IMAP:
        text = "nobody reads the account's mailbox, so that each follow-up has to be approved by itself"
        yield problem(Code.REPLIES_UNSEEN, text)


def _why_no_account(named: str | None) -> str:
    if named is not None:
        return f"no account {named!r} can send"
    return "no account is connected that can send; the person connects one: onelane accounts connect smtp --address ..."


def _end(sequence: OutreachSequence, facts: LintFacts) -> Iterator[Problem]:
    """Whether what it plans is over before the template is."""
    if sequence.ends_at is None:
        return
    began = max(facts.now, sequence.starts_at or facts.now)
    account = sender_of(sequence, facts.accounts) or AccountFacts("")
    alone = _planned(replace(sequence, ends_at=None), 1, replace(account, sendings=()), began)
    if began >= sequence.ends_at or any(at > sequence.ends_at for at in alone):
        yield problem(Code.ENDS_BEFORE_LAST_STEP, "it ends before its last step could go")
        return
    every = min(len(facts.people), _SIMULATED)
    if every and any(at > sequence.ends_at for at in _planned(replace(sequence, ends_at=None), every, account, began)):
        yield problem(Code.CAP_TOO_SMALL, f"the caps let not everybody's messages go before it ends ({every} enrolled)")


_SIMULATED = 200


def _planned(sequence: OutreachSequence, people: int, account: AccountFacts, now: datetime) -> list[datetime]:
    nobody = ContactFacts("", "", {})
    travellers = [
        Traveller(EnrollmentFacts(str(number), EnrollmentStatus.ACTIVE, 0, now, seed=number), nobody)
        for number in range(people)
    ]
    steps = simulate(sequence, travellers, account, Surroundings(now))
    reached = [each.at for each in steps]
    # Who gets no instant at all for a step, such as under a cap of 0, never gets to the end.
    return reached or ([now + timedelta(days=36_500)] if any(step.is_action for step in sequence.steps) else [])
