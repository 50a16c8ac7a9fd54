"""Rendering: the words of a step for one person (docs/sequences.md, "Texts")."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.planning.facts import ContactFacts
from onelane.tools.outreach.planning.planner import variant_of
from onelane.tools.outreach.template.sequence import OutreachSequence, SequenceStep
from onelane.tools.outreach.template.template_config import DEFAULT_UNSUBSCRIBE_LINE
from onelane.tools.outreach.template.template_steps import MessageStep, ReachStep, Variant
from onelane.tools.outreach.template.texts import MissingValue, Texts
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
    last_subject: str | None = None,
    seed: int = 0,
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
        last_subject: the subject of the last letter that left, in whose thread one that follows is; None before one has
        seed: which wording somebody gets where there are several

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
    body = _body(texts, sequence, (variant and variant.text) or config.text or "", values)
    html = None if config.html is None else _html(texts, sequence, config.html, values)
    if sequence.channel is not Channel.EMAIL:
        return Words(None, body, html)
    if config.same_thread and last_subject is not None:
        return Words(last_subject if is_answer(last_subject) else f"Re: {last_subject}", body, html)
    subject = " ".join(texts.check(_written_subject(sequence, step, variant, seed)).render(values).split())
    _see_words("subject", subject)
    begins = _beginning(sequence, step) is step
    return Words(subject if begins else f"Re: {subject}", body, html)


def is_answer(subject: str) -> bool:
    """Whether a subject says already that it answers."""
    return subject[:3].lower() == "re:"


def has_words(text: str) -> bool:
    """Whether a text shows anything: blanks, and what no eye sees, are no words."""
    return any(char.isprintable() and not char.isspace() for char in text)


def _see_words(name: str, text: str) -> None:
    """A text that comes out empty for somebody is a gap as well.

    Raises:
        MissingValue: it says nothing
    """
    if not has_words(text):
        raise MissingValue(name)


def _beginning(sequence: OutreachSequence, step: SequenceStep) -> SequenceStep:
    """The step whose letter begins the thread that this one's is in: itself where none comes before it."""
    before = [each for each in sequence.steps[: step.index + 1] if isinstance(each.config, MessageStep)]
    starts = [each for each in before if isinstance(each.config, MessageStep) and not each.config.same_thread]
    return next(reversed(starts), before[0])


def _written_subject(sequence: OutreachSequence, step: SequenceStep, variant: Variant | None, seed: int) -> str:
    """The subject that is written for a letter, or for the one that begins its thread."""
    begin = _beginning(sequence, step)
    wording = variant if begin is step else variant_of(begin, seed)
    config = begin.config
    own = config.subject if isinstance(config, MessageStep) else None
    return (wording and wording.subject) or own or ""


def _body(texts: Texts, sequence: OutreachSequence, wording: str, values: dict[str, Any]) -> str:
    """The text, with the line by which people unsubscribe where it has none of its own."""
    body = texts.check(wording).render(values)
    _see_words("text", body)
    line = _way_out(texts, sequence, body, values)
    return f"{body.rstrip()}\n\n{line}" if line else body


def _html(texts: Texts, sequence: OutreachSequence, wording: str, values: dict[str, Any]) -> str:
    """The same in HTML: whoever reads it does not see the text beside it."""
    html = texts.check(wording, html=True).render(values)
    line = escape(_way_out(texts, sequence, html, values) or "")
    if not line:
        return html
    address = escape(values["unsubscribe"])
    link = Markup('<a href="{0}">{0}</a>').format(address)
    paragraph = f"<p>{line.replace(address, link)}</p>"
    end = html.lower().rfind("</body>")
    return f"{html}\n{paragraph}" if end < 0 else f"{html[:end]}{paragraph}\n{html[end:]}"


def _way_out(texts: Texts, sequence: OutreachSequence, body: str, values: dict[str, Any]) -> str | None:
    """The line by which people unsubscribe; None where a letter says it already, for this person, or needs none."""
    if sequence.channel is not Channel.EMAIL or _says_way_out(body, values):
        return None
    line = sequence.settings.unsubscribe_line
    if sequence.template_type is TemplateType.NURTURE:
        return texts.check(line).render(values) if line else None
    own = texts.check(line or DEFAULT_UNSUBSCRIBE_LINE).render(values)
    # A question in a text may leave the address out for somebody.
    return own if _says_way_out(own, values) else texts.check(DEFAULT_UNSUBSCRIBE_LINE).render(values)


def _says_way_out(body: str, values: dict[str, Any]) -> bool:
    address = values.get("unsubscribe")
    return bool(address) and any(each in body for each in (address, escape(address)))
