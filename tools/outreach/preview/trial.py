"""Tries what a template would say if it were written otherwise; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.enrolling import missing_fields, needed_fields, obstacle_of
from onelane.tools.outreach.lint.sender_checks import sender_of
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import EnrollmentFacts
from onelane.tools.outreach.preview.journeys import Journey, render_words, travel
from onelane.tools.outreach.reading.account_facts import sending_accounts
from onelane.tools.outreach.reading.sequence_sources import read_source
from onelane.tools.outreach.reading.surroundings import surroundings
from onelane.tools.outreach.rendering import Words
from onelane.tools.outreach.sequence_views import PersonPreview
from onelane.tools.outreach.template.sequence import SequenceStep, TemplateSource
from onelane.tools.outreach.template.template_steps import MessageStep
from onelane.tools.outreach.template.texts import Texts
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a step for somebody.

    Args:
        variant: which of several wordings; None where there is one
        words: what it says
        missing: why it can't say it
    """

    variant: str | None
    words: Words
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a template would send to somebody who entered it now, if it said something else than it does.

    Args:
        person: who, and what they would be sent when, if nobody answers
        wordings: all wordings of each step by its index, those on other branches too
    """

    person: PersonPreview
    wordings: Mapping[int, Sequence[Wording]]


def try_template(ctx: Context, template: Template, source: TemplateSource, contact_id: str) -> Trial:
    """What somebody would be sent who entered now, if a template said this; nothing is written.

    Args:
        ctx: the call
        template: the template
        source: what it would say
        contact_id: who

    Raises:
        BadRequest: what is written can't be read; lint says why
        NotFound: there is no such contact
    """
    session, now = ctx.session, ctx.now()
    sequence = read_source(source)
    people = read_people(session, [contact_id], sequence, template_id=template.id, vault=ctx.services.vault)
    if contact_id not in people:
        raise NotFound(f"There is no contact {contact_id[:100]!r}. Choose somebody else.")
    # As if they were nowhere yet: it is about the words.
    contact = replace(people[contact_id], in_other_sequence=False, has_replied=False)
    field_names = needed_fields(sequence)
    obstacle = obstacle_of(sequence, contact, None, field_names, now, by_person=True)
    journey = Journey(EnrollmentFacts(contact_id, EnrollmentStatus.ACTIVE, 0, now), contact, sequence)
    around = surroundings(session, template, sequence, now=now, defaults=ctx.services.workspace.read(session))
    steps, calendars = travel(session, {contact_id: journey}, replace(around, template_status=TemplateStatus.ACTIVE))
    person = PersonPreview(
        contact_id=contact_id,
        contact_name=contact.name,
        outcome="planned" if obstacle is None else "blocked",
        reason=obstacle,
        missing=missing_fields(contact, obstacle, field_names),
        time_zone=calendars[contact_id].zone_name,
        time_zone_from=calendars[contact_id].zone_from,
        steps=steps[contact_id],
    )
    account = sender_of(sequence, sending_accounts(session, sequence.platform))
    sender = None if account is None else account.sender_name
    return Trial(person, {step.index: _wordings(journey, step, sender) for step in sequence.steps if step.is_action})


def _wordings(journey: Journey, step: SequenceStep, sender_name: str | None) -> list[Wording]:
    texts, wordings = Texts(), list[Wording]()
    variants = step.config.variants if isinstance(step.config, MessageStep) else ()
    for variant in variants or (None,):
        words, missing = render_words(texts, journey, step, variant, sender_name)
        wordings.append(Wording(variant and variant.name, words, missing))
    return wordings
