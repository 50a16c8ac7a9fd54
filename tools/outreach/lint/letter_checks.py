"""What is wrong with the letters of a template: empty ones, without a subject, without a way to unsubscribe."""

from collections.abc import Iterator

from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.lint.text_checks import checked_text_of
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.rendering import has_words
from onelane.tools.outreach.template.problems import Problem, ProblemCode, problem
from onelane.tools.outreach.template.sequence import (
    OutreachSequence,
    SequenceStep,
)
from onelane.tools.outreach.template.template_config import DEFAULT_UNSUBSCRIBE_LINE
from onelane.tools.outreach.template.template_steps import MessageStep
from onelane.tools.outreach.template.texts import Texts


def check_steps(sequence: OutreachSequence) -> Iterator[Problem]:
    is_mail, has_message = sequence.platform is Platform.GMAIL, False
    if not any(step.is_action for step in sequence.steps):
        text = "it only waits and asks: no step reaches anybody, and whoever is in it completes it unwritten to"
        yield problem(ProblemCode.REACHES_NOBODY, text)
    for step in sequence.steps:
        if not step.is_action:
            continue
        if mode_of(sequence.platform, step.step_type) is Mode.FORBIDDEN:
            text = f"{step.step_type.label} is not possible on {sequence.platform.label}"
            yield problem(ProblemCode.STEP_FORBIDDEN, text, step.index)
        if isinstance(step.config, MessageStep):
            yield from _message(step, step.config, is_mail=is_mail, is_first=not has_message)
            has_message = True
    # Behind a fork, a later letter may be somebody's first, and needs a subject of its own.
    if is_mail and not any(step.config.targets for step in sequence.steps):
        yield from _unused_subjects(sequence)


def _unused_subjects(sequence: OutreachSequence) -> Iterator[Problem]:
    """Subjects of letters that go in the thread of one with another subject."""
    thread_subjects = frozenset[str]()
    for step in sequence.steps:
        if not isinstance(step.config, MessageStep):
            continue
        wordings = (step.config, *step.config.variants)
        subjects = frozenset((each.subject or "").strip() for each in wordings) - {""}
        if not step.config.same_thread or not thread_subjects:
            thread_subjects = subjects
        elif subjects - thread_subjects:
            text = "its subject is not used: with sameThread it goes as Re: to the letter before; leave one of them out"
            yield problem(ProblemCode.UNUSED_SUBJECT, text, step.index)


def _message(step: SequenceStep, config: MessageStep, *, is_mail: bool, is_first: bool) -> Iterator[Problem]:
    wordings = config.variants or (config,)
    if not all(has_words(each.text or config.text or "") for each in wordings):
        yield problem(ProblemCode.EMPTY_TEXT, "the message has no text", step.index)
    if not is_mail or (config.same_thread and not is_first):
        return
    if not all(has_words(each.subject or config.subject or "") for each in wordings):
        text = "the first message begins the thread and needs a subject" if config.same_thread else "it needs a subject"
        yield problem(ProblemCode.NO_SUBJECT, text, step.index)


def check_unsubscribe(sequence: OutreachSequence) -> Iterator[Problem]:
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
        yield problem(ProblemCode.NO_UNSUBSCRIBE, sentence, None if is_everywhere else silent[0])


def _bodies(step: SequenceStep) -> list[str]:
    """The texts of a letter, one for each wording."""
    config = step.config
    if not isinstance(config, MessageStep):
        return []
    return [each.text or config.text or "" for each in config.variants or (config,)]


def _has_way_out(texts: Texts, text: str) -> bool:
    checked_text = checked_text_of(texts, "text", text)
    # What is not written right has its own problem.
    return checked_text is None or "unsubscribe" in checked_text.names
