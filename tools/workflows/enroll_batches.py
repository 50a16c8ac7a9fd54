"""Enrolling any number of contacts: batch by batch, with an answer for each."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field, PrivateAttr

from onelane.storage.database.engine import Session
from onelane.storage.people import contacts
from onelane.storage.people.contacts import Standing
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import Via
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.entry import Entry, Obstacle, is_sequence
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.outcomes import ContactOutcome, Outcomes, count_outcomes
from onelane.tools.registry.context import Context, Face
from onelane.tools.registry.gate import taint
from onelane.tools.workflows.templates import find_template

_BATCH = 1000
_MOST_LISTED = 500
"""So many contacts are told one by one to a model, and kept in a step of a run."""
_TOLD_OF_EACH = 40
"""Where there are more: so many of each outcome and reason."""


class EnrollOutcome(StrEnum):
    """What became of a contact that was to be enrolled."""

    ENROLLED = "enrolled"
    ALREADY_ENROLLED = "already_enrolled"
    QUEUED = "queued"
    BLOCKED = "blocked"


class ContactEnrollment(ContactOutcome[EnrollOutcome]):
    """What became of one contact that was to be enrolled."""

    untold: ClassVar[frozenset[str]] = frozenset({"enrollment_id"})

    reason: Obstacle | None = None
    enrollment_id: str | None = None
    """The new enrollment."""
    missing: Sequence[str] = ()
    """The fields that the template's texts need and the contact has nothing in."""

    def text(self) -> str:
        """Who it is about, and what stood in the way."""
        name = one_line(self.contact_name or self.contact_id)
        missing_note = f": {', '.join(self.missing)}" if self.missing else ""
        return name if self.reason is None else f"{name} ({self.reason.replace('_', ' ')}{missing_note})"


class Enrolled(Outcomes[ContactEnrollment]):
    """What became of each contact that was to be enrolled."""

    template_id: str
    template_name: str
    blocked: dict[str, int] = Field(default_factory=dict[str, int])
    """How many contacts were blocked for each reason."""
    _has_steps: bool = PrivateAttr(default=False)

    def take_steps_of(self, template: Template) -> None:
        """Say what comes next as it is so of this template."""
        self._has_steps = is_sequence(template)

    def text(self) -> str:
        """Where, then a line for each outcome, and how many were blocked why."""
        if not self.total:
            return (
                f"In {one_line(self.template_name)}: nobody new, for nobody fits. search_contacts shows who is there."
            )
        lines = [f"In {one_line(self.template_name)}:", super().text()]
        if sum(self.blocked.values()) > _TOLD_OF_EACH:
            lines.append("Blocked: " + ", ".join(f"{n} {why.replace('_', ' ')}" for why, n in self.blocked.items()))
        if self.counts.get(EnrollOutcome.QUEUED):
            lines.append(f"They wait: activate_template(template_id={self.template_id!r}) sets it going.")
        if self._has_steps and self.counts.get(EnrollOutcome.ENROLLED):
            lines.append(f"Next: list_outbound(template_id={self.template_id!r}) shows what waits for a person's yes.")
        return "\n".join([*lines, *self._ways_on()])

    def _ways_on(self) -> list[str]:
        """What lets those in who were blocked, once for each reason."""
        ways_on = {why: Obstacle(why).way_on for why in self.blocked}
        return [f"{why.replace('_', ' ').capitalize()}: {way_on}" for why, way_on in ways_on.items() if way_on]

    def shows_kept(self, made: Collection[str]) -> bool:
        """Whether somebody is named whom the caller did not make."""
        return any(each.contact_id not in made for each in self.data)

    def shorter(self) -> "Enrolled":
        """The same, with some of each kind told one by one where they are many."""
        if len(self.data) <= _MOST_LISTED:
            return self
        counts = Counter[tuple[str, str | None]]()
        sample: list[ContactEnrollment] = []
        for each in self.data:
            kind = (each.outcome, each.reason)
            counts[kind] += 1
            if counts[kind] <= _TOLD_OF_EACH:
                sample.append(each)
        return self.model_copy(update={"data": sample})

    def recorded(self) -> dict[str, Any]:
        """A step keeps some of many; the counts are those of all."""
        return super(Enrolled, self.shorter()).recorded()


def enroll_in_batches(ctx: Context, template_id: str, contact_ids: Sequence[str]) -> Enrolled:
    """Put contacts into a template, each batch in a transaction of its own.

    Args:
        ctx: the call, which has no transaction
        template_id: the template's id, or its name when only one is called so
        contact_ids: who; each is looked at once

    Raises:
        NotFound: there is no such template
        Conflict: several are called so
    """
    unique_ids = list(dict.fromkeys(contact_ids))
    with ctx.services.database.read() as session:
        template = find_template(replace(ctx, transaction=session), template_id)
        taint.pass_on(ctx.caller, template.tainted_by)
    data: list[ContactEnrollment] = []
    for start in range(0, len(unique_ids), _BATCH):
        with ctx.services.database.write() as session:
            batch = unique_ids[start : start + _BATCH]
            data += _enroll(replace(ctx, transaction=session), template.id, batch)
        ctx.tell_progress(len(data), len(unique_ids))
    reasons = Counter(each.reason.value for each in data if each.reason is not None)
    result = Enrolled(
        template_id=template.id,
        template_name=template.name,
        data=data,
        total=len(data),
        counts=count_outcomes(data),
        blocked=dict(reasons),
    )
    result.take_steps_of(template)
    return result.shorter() if ctx.caller.face.is_chat else result


def _enroll(ctx: Context, template_id: str, contact_ids: Sequence[str]) -> list[ContactEnrollment]:
    template = find_template(ctx, template_id)
    standings = contacts.hold_contacts(ctx.session, contact_ids)
    entries = _enter(ctx, template, [each for each in contact_ids if each in standings], standings)
    is_queued = is_sequence(template) and template.status is not TemplateStatus.ACTIVE
    return [_outcome(each, standings, entries, is_queued=is_queued) for each in contact_ids]


def _enter(
    ctx: Context, template: Template, contact_ids: Sequence[str], standings: Mapping[str, Standing]
) -> dict[str, Entry]:
    """What becomes of contacts that are there."""
    from onelane.tools.outreach.enrolling import enter_sequence

    if template.status is TemplateStatus.COMPLETED:
        return dict.fromkeys(contact_ids, Entry(Obstacle.TEMPLATE_COMPLETED))
    via = Via(ctx.caller.face)
    if not is_sequence(template):
        return _enter_plainly(ctx.session, template, contact_ids, standings, via)
    by_person = ctx.caller.face in (Face.CLI, Face.DASHBOARD) and not ctx.caller.counts_as_run
    return enter_sequence(ctx.session, template, contact_ids, via=via, by_person=by_person, vault=ctx.services.vault)


def _enter_plainly(
    session: Session, template: Template, contact_ids: Sequence[str], standings: Mapping[str, Standing], via: Via
) -> dict[str, Entry]:
    able = [each for each in contact_ids if not standings[each].is_archived]
    new = enrollments.enroll_contacts(session, template_id=template.id, contact_ids=able, via=via)
    refusals = dict.fromkeys(contact_ids, Entry(Obstacle.CONTACT_ARCHIVED))
    return {**refusals, **{each: Entry(None, new.get(each)) for each in able}}


def _outcome(
    contact_id: str, standings: Mapping[str, Standing], entries: Mapping[str, Entry], *, is_queued: bool
) -> ContactEnrollment:
    contact = standings.get(contact_id)
    entry = entries.get(contact_id, Entry(Obstacle.NOT_FOUND))
    new = EnrollOutcome.QUEUED if is_queued else EnrollOutcome.ENROLLED
    inside = EnrollOutcome.ALREADY_ENROLLED if entry.enrollment_id is None else new
    return ContactEnrollment(
        contact_id=contact_id,
        contact_name=contact and contact.name,
        outcome=inside if entry.obstacle is None else EnrollOutcome.BLOCKED,
        reason=entry.obstacle,
        enrollment_id=entry.enrollment_id,
        missing=entry.missing,
    )
