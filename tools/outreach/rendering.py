"""Rendering: the words of a step for one person (docs/sequences.md, "Texts")."""

from dataclasses import dataclass
from typing import Any

from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.planning.facts import ContactFacts
from onelane.tools.outreach.template.sequence import OutreachSequence, SequenceStep
from onelane.tools.outreach.template.template_config import DEFAULT_UNSUBSCRIBE_LINE
from onelane.tools.outreach.template.template_steps import MessageStep, ReachStep, Variant
from onelane.tools.outreach.template.texts import Texts
from onelane.tools.outreach.template.variables import variables_of


@dataclass(frozen=True, slots=True)
class Words:
    """What a step says to somebody."""

    subject: str | None
    text: str | None
    html: str | None = None


def render_step(
    texts: Texts,
    sequence: OutreachSequence,
    step: SequenceStep,
    variant: Variant | None,
    person: ContactFacts,
    *,
    sender_name: str | None,
    unsubscribe: str,
) -> Words:
    """What a step says to somebody.

    Args:
        texts: compiles each text once
        sequence: the version that they are in
        step: a step that reaches them
        variant: its wording, where there are several
        person: who they are
        sender_name: who writes
        unsubscribe: by what they can unsubscribe

    Raises:
        MissingValue: a value is missing, and nothing stands in its place
        BadText: a text can't be rendered
    """
    fields: dict[str, Any] = {**person.fields, "tags": sorted(person.tags)}
    values = variables_of(
        fields, values=sequence.values, sender_name=sequence.settings.sender or sender_name, unsubscribe=unsubscribe
    )
    config = step.config
    if isinstance(config, ReachStep):
        return Words(None, None if config.words is None else texts.check(config.words).render(values))
    if not isinstance(config, MessageStep):
        return Words(None, None)
    wording = (variant and variant.text) or config.text or ""
    body = texts.check(_with_unsubscribe(texts, sequence, wording)).render(values)
    html = None if config.html is None else texts.check(config.html, html=True).render(values)
    return Words(_subject(texts, sequence, step, config, variant, values), body, html)


def _subject(
    texts: Texts,
    sequence: OutreachSequence,
    step: SequenceStep,
    config: MessageStep,
    variant: Variant | None,
    values: dict[str, Any],
) -> str | None:
    if sequence.channel is not Channel.EMAIL:
        return None
    subject = (variant and variant.subject) or config.subject
    if config.same_thread:
        first = next((s.config for s in sequence.steps if isinstance(s.config, MessageStep)), config)
        return f"Re: {' '.join(texts.check(first.subject or '').render(values).split())}"
    return " ".join(texts.check(subject or "").render(values).split())


def _with_unsubscribe(texts: Texts, sequence: OutreachSequence, wording: str) -> str:
    """The text, with the line by which people unsubscribe where it has none of its own."""
    line = sequence.settings.unsubscribe_line
    line = DEFAULT_UNSUBSCRIBE_LINE if line is None and sequence.template_type is not TemplateType.NURTURE else line
    if sequence.channel is not Channel.EMAIL or not line or "unsubscribe" in texts.check(wording).names:
        return wording
    return f"{wording.rstrip()}\n\n{line}"
