"""Enrollments: contacts in templates (docs/tables.md, "Enrollments")."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from onelane.storage.people import contacts
from onelane.storage.people.contacts import Standing
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import (
    ENROLLMENT_TRANSITIONS,
    Enrollment,
    EnrollmentStatus,
    StateReason,
    Via,
)
from onelane.storage.workflows.templates import Template, TemplateStatus
from onelane.tools.outreach.entry import Entry, Obstacle, is_sequence
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.outcomes import ContactOutcome, Outcomes, counted
from onelane.tools.registry.context import Context, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.result import Instant, Listed, PageResult, Rows
from onelane.tools.registry.tool_spec import Effect, Reveals, tool
from onelane.tools.workflows.templates import find_template

_REASONS = {EnrollmentStatus.REPLIED: StateReason.REPLY, EnrollmentStatus.ACTIVE: None}
"""Why an enrollment is where a person put it: by hand, where nothing else is said."""


class EnrollmentView(Listed):
    """An enrollment."""

    template_id: str
    contact_id: str
    workflow_run_id: str | None
    status: EnrollmentStatus
    state_reason: StateReason | None
    current_step_index: int
    enrolled_at: Instant
    completed_at: Instant | None

    def text(self) -> str:
        """One line: id, contact, status, where."""
        return f"{self.id}\t{self.contact_id}\t{self._standing()}"

    def _standing(self) -> str:
        reason = "" if self.state_reason is None else f" ({self.state_reason.label.lower()})"
        return f"{self.status}{reason}\tstep {self.current_step_index}"


class EnrollmentWithContact(EnrollmentView):
    """An enrollment with who it is: see docs/tables.md, "Composed answers"."""

    contact_name: str
    contact_email: str | None

    def text(self) -> str:
        """One line: id, name, address, status, where."""
        return f"{self.id}\t{one_line(self.contact_name)}\t{self.contact_email or ''}\t{self._standing()}"


class EnrollmentPage(PageResult[EnrollmentWithContact]):
    """A page of enrollments."""

    noun: ClassVar[str] = "enrollments"


class EnrollOutcome(StrEnum):
    """What became of a contact that was to be enrolled."""

    ENROLLED = "enrolled"
    ALREADY_ENROLLED = "already_enrolled"
    QUEUED = "queued"
    BLOCKED = "blocked"


class ContactEnrollment(ContactOutcome[EnrollOutcome]):
    """What became of one contact that was to be enrolled."""

    reason: Obstacle | None = None
    enrollment_id: str | None = None
    """The new enrollment."""

    def text(self) -> str:
        """Who it is about, and what stood in the way."""
        return super().text() + ("" if self.reason is None else f" ({self.reason.replace('_', ' ')})")


class Enrolled(Outcomes[ContactEnrollment]):
    """What became of each contact that was to be enrolled."""

    template_id: str
    template_name: str

    def text(self) -> str:
        """Where, then a line for each outcome."""
        return f"In {one_line(self.template_name)}:\n{super().text()}"


@tool(
    effect=Effect.WRITE,
    toolset="enrollments",
    title="Enroll contacts",
    route="POST /api/workflows/templates/{template_id}/enrollments",
    status=201,
)
def enroll_contacts(
    ctx: Context, template_id: str, contact_ids: Annotated[list[str], Field(min_length=1, max_length=1000)]
) -> Enrolled:
    """Put contacts into a template. Each gets an answer of its own; who is in it already is not put in twice.

    Args:
        template_id: the template's id, or its name when only one is called so
        contact_ids: ids of the contacts, up to 1,000; `search_contacts` finds them
    """
    template = find_template(ctx, template_id)
    wanted = list(dict.fromkeys(contact_ids))
    known = contacts.hold_contacts(ctx.session, wanted)
    entered = _entered(ctx, template, [each for each in wanted if each in known])
    is_queued = is_sequence(template) and template.status is not TemplateStatus.ACTIVE
    data = [_outcome(contact_id, known, entered, is_queued=is_queued) for contact_id in wanted]
    return Enrolled(
        template_id=template.id,
        template_name=template.name,
        data=data,
        total=len(data),
        counts=counted(data),
    )


@tool(
    effect=Effect.READ,
    toolset="enrollments",
    title="List enrollments",
    route="GET /api/workflows/templates/{template_id}/enrollments",
    reveals=Reveals,
)
def list_enrollments(
    ctx: Context,
    template_id: str,
    status: EnrollmentStatus | None = None,
    contact_id: str | None = None,
    page_size: Annotated[int, Field(ge=1, le=100)] = 50,
    cursor: str | None = None,
) -> EnrollmentPage:
    """List the contacts that are or were in a template, oldest first. What one contact is in, `get_contact` shows.

    Args:
        template_id: the template's id, or its name when only one is called so
        status: only enrollments in this state
        contact_id: only this contact's
        page_size: how many at once
        cursor: `next_cursor` of the page before
    """
    template = find_template(ctx, template_id)
    if cursor is not None and not cursor.startswith("enr_"):
        raise BadRequest("That cursor is not from a list of enrollments. Leave it out to begin at the oldest one.")
    rows = enrollments.list_enrollments(
        ctx.session,
        template_id=template.id,
        contact_id=contact_id,
        status=status,
        after_id=cursor,
        limit=page_size + 1,
    )
    total = enrollments.count_enrollments(ctx.session, template_id=template.id, contact_id=contact_id, status=status)
    views = Rows(EnrollmentWithContact, [dict(row) for row in rows[:page_size]])
    more = views[-1].cursor() if len(rows) > page_size else None
    return EnrollmentPage(data=views, total=total, next_cursor=more)


@tool(
    effect=Effect.WRITE,
    toolset="enrollments",
    title="Change an enrollment",
    route="PATCH /api/workflows/enrollments/{enrollment_id}",
)
def update_enrollment(ctx: Context, enrollment_id: str, status: EnrollmentStatus) -> EnrollmentView:
    """Move an enrollment on: pending to active, active to completed or replied, either to removed. An end is final.

    Active again, one whose message expired or failed begins that step anew.

    Args:
        enrollment_id: the enrollment's id, which `list_enrollments` and `get_contact` show
        status: what it becomes
    """
    enrollment = enrollments.get_enrollment(ctx.session, enrollment_id)
    if enrollment is None:
        raise NotFound(f"There is no enrollment {enrollment_id!r}. list_enrollments shows those of a template.")
    if status is not enrollment.status:
        _move(ctx, enrollment, status)
        ctx.session.refresh(enrollment)
    elif status is EnrollmentStatus.ACTIVE:
        from onelane.tools.outreach.moving.outcomes import begin_step_again

        begin_step_again(ctx.session, enrollment_id)
        ctx.session.refresh(enrollment)
    return EnrollmentView.model_validate(enrollment.model_dump())


def _entered(ctx: Context, template: Template, contact_ids: Sequence[str]) -> dict[str, Entry]:
    """What becomes of contacts that are there."""
    from onelane.tools.outreach.enrolling import enter_sequence

    if template.status is TemplateStatus.COMPLETED:
        return dict.fromkeys(contact_ids, Entry(Obstacle.TEMPLATE_COMPLETED))
    if is_sequence(template):
        by_person = ctx.caller.face in (Face.CLI, Face.DASHBOARD) and not ctx.caller.counts_as_run
        via = Via(ctx.caller.face)
        return enter_sequence(ctx.session, template, contact_ids, via=via, by_person=by_person)
    live = contacts.hold_contacts(ctx.session, contact_ids)
    able = [each for each in contact_ids if not live[each].is_archived]
    new = enrollments.enroll_contacts(ctx.session, template_id=template.id, contact_ids=able, via=Via(ctx.caller.face))
    archived = dict.fromkeys(contact_ids, Entry(Obstacle.CONTACT_ARCHIVED))
    return {**archived, **{each: Entry(None, new.get(each)) for each in able}}


def _outcome(
    contact_id: str, known: Mapping[str, Standing], entered: Mapping[str, Entry], *, is_queued: bool
) -> ContactEnrollment:
    contact = known.get(contact_id)
    entry = entered.get(contact_id, Entry(Obstacle.NOT_FOUND))
    new = EnrollOutcome.QUEUED if is_queued else EnrollOutcome.ENROLLED
    inside = EnrollOutcome.ALREADY_ENROLLED if entry.enrollment_id is None else new
    return ContactEnrollment(
        contact_id=contact_id,
        contact_name=contact and contact.name,
        outcome=inside if entry.obstacle is None else EnrollOutcome.BLOCKED,
        reason=entry.obstacle,
        enrollment_id=entry.enrollment_id,
    )


def _move(ctx: Context, enrollment: Enrollment, status: EnrollmentStatus) -> None:
    allowed = ENROLLMENT_TRANSITIONS[enrollment.status]
    if status not in allowed:
        can = f"it can become: {', '.join(sorted(allowed))}" if allowed else "it is over; enroll the contact anew"
        raise Conflict(f"An enrollment that is {enrollment.status} can't become {status}; {can}.")
    from onelane.tools.outreach.moving.outcomes import end_enrollment, look_again

    reason = _REASONS.get(status, StateReason.MANUAL)
    if status.is_over:
        moved = end_enrollment(ctx.session, enrollment.id, status, reason, at=ctx.now())
    else:
        moved = enrollments.change_enrollment_status(
            ctx.session, enrollment.id, from_status=enrollment.status, to=status, reason=reason
        )
        look_again(ctx.session, [enrollment.id])
    if not moved:
        raise Conflict("Somebody else has just changed that enrollment. List it again, then decide.")
