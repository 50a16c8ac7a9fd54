"""Previews a sequence: what each person would be sent, and when; nothing is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from onelane.storage.database.engine import Session
from onelane.storage.outreach import sequence_enrollments, template_versions
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.enrolling import earlier_entries, missing_fields, needed_fields, obstacle_of
from onelane.tools.outreach.entry import Obstacle
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import ContactFacts, EnrollmentFacts
from onelane.tools.outreach.preview.journeys import Journey, travel
from onelane.tools.outreach.reading.enrollment_facts import (
    current_action,
    enrollment_facts,
    fixed_words,
    former_places,
)
from onelane.tools.outreach.reading.sequence_sources import read_source, sequence_of, written_template
from onelane.tools.outreach.reading.surroundings import surroundings
from onelane.tools.outreach.rendering import Words
from onelane.tools.outreach.sequence_views import PersonPreview, SequencePreview, StepPreview
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.step_places import VersionPlaces
from onelane.tools.registry.context import Context

MOST_PEOPLE = 50


def preview_people(
    ctx: Context, template: Template, contact_ids: Sequence[str], starts_at: datetime | None
) -> SequencePreview:
    """What people would be sent, and when, by the planner that also carries it out; nothing is written.

    Args:
        ctx: the call
        template: a sequence
        contact_ids: whom; those who are enrolled, at most 50, when it is empty
        starts_at: as if it were then
    """
    session, now = ctx.session, starts_at or ctx.now()
    sequence, version = _to_enter(session, template)
    rows = sequence_enrollments.list_current(session, template.id, contact_ids, limit=MOST_PEOPLE)
    current_rows = {row.contact_id: row for row in rows}
    ids = list(dict.fromkeys(contact_ids))[:MOST_PEOPLE] or list(current_rows)
    people = read_people(session, ids, sequence, template_id=template.id, vault=ctx.services.vault)
    field_names = needed_fields(sequence)
    obstacles = _obstacles(session, template, sequence, people, ids, now)
    able = [each for each in ids if obstacles[each] is None]
    ways = _ways(session, template, sequence, [row for row in rows if row.contact_id in able])
    actions = outbound_actions.list_of_enrollments(session, [row.id for row in rows])
    places = former_places(session, template.id, rows, actions)
    journeys = {
        each: Journey(
            _beginning(current_rows.get(each), actions, places, each, now),
            replace(people[each], in_other_sequence=False) if each in current_rows else people[each],
            ways[_version_of(current_rows.get(each))],
            _next_words(current_rows.get(each), actions),
        )
        for each in able
    }
    around = surroundings(session, template, sequence, now=now, defaults=ctx.services.workspace.read(session))
    steps, calendars = travel(session, journeys, replace(around, template_status=TemplateStatus.ACTIVE))
    data = [
        PersonPreview(
            contact_id=each,
            contact_name=people[each].name if each in people else None,
            outcome="planned" if obstacles[each] is None else "blocked",
            reason=obstacles[each],
            missing=missing_fields(people[each], obstacles[each], field_names) if each in people else (),
            time_zone=calendars[each].zone_name if each in calendars else None,
            time_zone_from=calendars[each].zone_from if each in calendars else None,
            steps=steps.get(each, []),
        )
        for each in ids
    ]
    return SequencePreview(
        template_id=template.id,
        template_version=version,
        starts_at=now,
        data=data,
        counts=dict(Counter(each.outcome for each in data)),
        finishes_at=max((step.at for person in data for step in person.steps), default=None),
    )


def next_steps(ctx: Context, template: Template, journeys: Mapping[str, Journey]) -> dict[str, StepPreview]:
    """What each would be sent next, and when, if nothing else happens before.

    Args:
        ctx: the call
        template: the template
        journeys: their ways, by any name
    """
    sequence = next((journey.sequence for journey in journeys.values()), None)
    if sequence is None:
        return {}
    defaults = ctx.services.workspace.read(ctx.session)
    around = surroundings(ctx.session, template, sequence, now=ctx.now(), defaults=defaults)
    steps, _ = travel(ctx.session, journeys, replace(around, template_status=TemplateStatus.ACTIVE))
    return {name: previews[0] for name, previews in steps.items() if previews}


def _to_enter(session: Session, template: Template) -> tuple[OutreachSequence, int | None]:
    """What who enters is taken through: the latest version, or what it says now while it is not active."""
    latest = template_versions.latest_version(session, template.id)
    if latest is not None and template.status is TemplateStatus.ACTIVE:
        return sequence_of(session, template, latest.id), latest.version
    return read_source(written_template(session, template)), None


def _version_of(enrollment: Enrollment | None) -> str | None:
    return None if enrollment is None else enrollment.template_version_id


def _ways(
    session: Session, template: Template, sequence: OutreachSequence, rows: Sequence[Enrollment]
) -> dict[str | None, OutreachSequence]:
    """The versions that people are in, by id; whoever has none yet goes by what the template says."""
    versions = {row.template_version_id for row in rows} - {None}
    return {None: sequence, **{each: sequence_of(session, template, each) for each in versions}}


def _obstacles(
    session: Session,
    template: Template,
    sequence: OutreachSequence,
    people: Mapping[str, ContactFacts],
    ids: Sequence[str],
    now: datetime,
) -> dict[str, Obstacle | None]:
    """Why somebody would get nothing: who is in it is let through whatever they lack, for their steps say that."""
    field_names = needed_fields(sequence)
    before = earlier_entries(session, template.id, people)
    return {
        each: Obstacle.NOT_FOUND
        if each not in people
        else obstacle_of(sequence, people[each], before.get(each), field_names, now, by_person=True)
        for each in ids
    }


def _next_words(enrollment: Enrollment | None, actions: Mapping[str, Sequence[OutboundAction]]) -> Words | None:
    return None if enrollment is None else fixed_words(current_action(enrollment, actions.get(enrollment.id, ())))


def _beginning(
    enrollment: Enrollment | None,
    actions: Mapping[str, Sequence[OutboundAction]],
    places: VersionPlaces | None,
    name: str,
    now: datetime,
) -> EnrollmentFacts:
    if enrollment is None:
        return EnrollmentFacts(name, EnrollmentStatus.ACTIVE, 0, now)
    facts = enrollment_facts(enrollment, actions.get(enrollment.id, ()), began=now, places=places)
    return replace(facts, status=EnrollmentStatus.ACTIVE)
