"""Enrolling: who may enter a sequence, and why somebody may not (docs/sequences.md, "Enrolling")."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from onelane.storage.database.engine import Session
from onelane.storage.outreach import departures, sequence_enrollments, template_versions
from onelane.storage.outreach.sequence_enrollments import EarlierEntry
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason, Via
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.entry import Entry, Obstacle
from onelane.tools.outreach.lint.text_checks import bare_fields, lacks
from onelane.tools.outreach.people_reading import read_people
from onelane.tools.outreach.planning.facts import ContactFacts
from onelane.tools.outreach.reading.sequence_sources import sequence_of
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.template_config import Reenroll
from onelane.tools.outreach.template.template_steps import ConditionStep, MessageStep, WaitStep
from onelane.tools.outreach.template.texts import Texts
from onelane.tools.people.contact_fields import is_refusal
from onelane.tools.registry.gate.vault import Vault


def enter_sequence(
    session: Session, template: Template, contact_ids: Collection[str], *, via: Via, by_person: bool, vault: Vault
) -> dict[str, Entry]:
    """Put people into a sequence; an answer for each who is there and not archived.

    The database decides who is in it once and in one exclusive sequence only, whoever else enrolls meanwhile.

    Args:
        session: a writing one
        template: the sequence
        contact_ids: who
        via: by whose hand
        by_person: a person says so, who may also take back in whom they removed
        vault: hashes their addresses, by which a suppression knows them
    """
    sequence = sequence_of(session, template, None)
    people = read_people(session, contact_ids, sequence, template_id=template.id, vault=vault)
    before = earlier_entries(session, template.id, people)
    field_names = needed_fields(sequence)
    now = session.now()
    entries = {
        each: Entry(obstacle_of(sequence, people[each], before.get(each), field_names, now, by_person=by_person))
        for each in contact_ids
        if each in people
    }
    latest = template_versions.latest_version(session, template.id)
    able = [each for each, entry in entries.items() if entry.obstacle is None]
    new = enrollments.enroll_contacts(
        session,
        template_id=template.id,
        contact_ids=able,
        version_id=None if latest is None else latest.id,
        is_exclusive=sequence.settings.exclusive,
        via=via,
    )
    inside = {each for each, entry in before.items() if not entry.status.is_over}
    missing_ids = [each for each in able if each not in new and each not in inside]
    # Who is neither in it now nor was before was put into another one a moment ago.
    later_entries = sequence_enrollments.latest_entries(session, template.id, missing_ids) if missing_ids else {}
    elsewhere = {each for each in missing_ids if each not in later_entries or later_entries[each].status.is_over}
    return {
        each: Entry(
            Obstacle.IN_OTHER_SEQUENCE if each in elsewhere else entry.obstacle,
            new.get(each),
            tuple(missing_fields(people[each], entry.obstacle, field_names)),
        )
        for each, entry in entries.items()
    }


def earlier_entries(session: Session, template_id: str, people: Mapping[str, ContactFacts]) -> dict[str, EarlierEntry]:
    """The latest stay of each of these people; also of those who had a letter of it before they were in the contacts.

    So it is with whom a backup doesn't know that was put back since, and who comes in anew.
    """
    entries = sequence_enrollments.latest_entries(session, template_id, people)
    addresses = {each: (person.address or "").lower() for each, person in people.items() if each not in entries}
    written_to = departures.written_to_unknown(session, template_id, set(addresses.values()) - {""})
    return entries | {
        each: EarlierEntry(EnrollmentStatus.REMOVED, None, written_to[address])
        for each, address in addresses.items()
        if address in written_to
    }


def missing_fields(person: ContactFacts, obstacle: Obstacle | None, field_names: frozenset[str]) -> list[str]:
    """What somebody lacks who can't enter for that."""
    return lacks(person.fields, field_names) if obstacle is Obstacle.MISSING_FIELD else []


def obstacle_of(
    sequence: OutreachSequence,
    person: ContactFacts,
    before: EarlierEntry | None,
    field_names: frozenset[str],
    now: datetime,
    *,
    by_person: bool,
) -> Obstacle | None:
    """Why somebody can't enter a sequence.

    Args:
        sequence: which
        person: who
        before: their latest stay in it
        field_names: the fields that its texts need
        now: the instant
        by_person: a person says so
    """
    if person.is_archived:
        return Obstacle.CONTACT_ARCHIVED
    if before is not None and not before.status.is_over:
        return None
    if person.suppression_reason is not None or is_refusal(person.consent_basis):
        return Obstacle.SUPPRESSED
    if person.in_other_sequence and sequence.settings.exclusive:
        return Obstacle.IN_OTHER_SEQUENCE
    again = None if before is None else _reentry_obstacle(before, sequence.settings.reenroll, now, by_person=by_person)
    if again is not None:
        return again
    if person.address is None:
        return Obstacle.NO_CHANNEL
    is_blocked = field_names and sequence.settings.on_missing == "block" and lacks(person.fields, field_names)
    return Obstacle.MISSING_FIELD if is_blocked else None


def _reentry_obstacle(
    before: EarlierEntry, reenroll: Reenroll | None, now: datetime, *, by_person: bool
) -> Obstacle | None:
    if before.status is EnrollmentStatus.REMOVED and before.reason is StateReason.MANUAL:
        return None if by_person else Obstacle.REMOVED_BY_HAND
    if reenroll is None or before.ended_at is None:
        return Obstacle.ENTERED_BEFORE
    return None if before.ended_at + timedelta(days=reenroll.after_days) <= now else Obstacle.ENTERED_BEFORE


def needed_fields(sequence: OutreachSequence) -> frozenset[str]:
    """The fields that the texts need which everybody gets: those before the first fork."""
    bare, names = bare_fields(sequence, Texts()), frozenset[str]()
    for step in sequence.steps:
        if isinstance(step.config, ConditionStep) or (
            isinstance(step.config, WaitStep) and step.config.until_met is not None
        ):
            break
        if isinstance(step.config, MessageStep):
            names |= bare[step.index]
    return names
