"""Enrollments: contacts in templates (docs/tables.md, "Enrollments")."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.people import contacts
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import (
    ENROLLMENT_TRANSITIONS,
    Enrollment,
    EnrollmentStatus,
    StateReason,
)
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.contact_filter import ContactFilter, Expect, contacts_meant
from onelane.tools.people.contact_saving import tell_namesakes
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import Conflict, NotFound
from onelane.tools.registry.result import Instant, ListItem, PageResult, Rows
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, Reveals, tool
from onelane.tools.workflows.enroll_batches import Enrolled, enroll_in_batches
from onelane.tools.workflows.lasting_changes import sending_words
from onelane.tools.workflows.templates import find_template, template_id_of

_NAMED = 10
_REASONS = {EnrollmentStatus.REPLIED: StateReason.REPLY, EnrollmentStatus.ACTIVE: None}
"""Why an enrollment is where a person put it: by hand, where nothing else is said."""


class EnrollmentView(ListItem):
    """An enrollment."""

    untold: ClassVar[frozenset[str]] = frozenset({"completed_at", "workflow_run_id", "enrolled_at"})

    template_id: str
    contact_id: str
    workflow_run_id: str | None
    status: EnrollmentStatus
    state_reason: StateReason | None
    current_step_index: int
    enrolled_at: Instant
    completed_at: Instant | None

    def standing(self) -> str:
        """How it stands, and why."""
        return self.status if self.state_reason is None else f"{self.status} ({self.state_reason.label.lower()})"


class EnrollmentWithContact(EnrollmentView):
    """An enrollment with who it is: see docs/tables.md, "Composed answers"."""

    untold_at_zero: ClassVar[frozenset[str]] = frozenset({"current_step_index"})

    contact_name: str
    contact_email: str | None

    def text(self) -> str:
        """One line: id, name, address, status, where."""
        return (
            f"{self.id}\t{one_line(self.contact_name)}\t{self.contact_email or ''}\t{self.standing()}"
            f"\tstep {self.current_step_index}"
        )


class ChangedEnrollment(EnrollmentView):
    """An enrollment that was just changed, with who is in what."""

    contact_name: str
    template_name: str

    def text(self) -> str:
        """A sentence: who, in what, and how it stands."""
        who, where = one_line(self.contact_name), one_line(self.template_name)
        return f"{who} in {where}: {self.standing()}, at step {self.current_step_index} ({self.id})."


class EnrollmentPage(PageResult[EnrollmentWithContact]):
    """A page of enrollments."""

    noun: ClassVar[str] = "enrollments"
    first_comes_by: ClassVar[str] = "enroll_contacts puts people into a template."
    id_prefixes: ClassVar[tuple[str, ...]] = ("enr_",)
    begins_at: ClassVar[Literal["newest", "oldest"]] = "oldest"

    template_name: str | None = None

    def count_line(self) -> str:
        """How many of how many, and in which template."""
        if self.total == 0 or self.template_name is None:
            return super().count_line()
        return f"{len(self.data):,} of {self.total:,} {self.noun} in {one_line(self.template_name)!r}."


def _ask_before_enrolling(
    ctx: Context,
    template_id: str,
    contact_ids: Sequence[str] = (),
    where: ContactFilter | None = None,
    expect: int | None = None,
) -> str | None:
    ids = contacts_meant(ctx.session, contact_ids, where, expect)
    first_contacts = (contacts.get_contact(ctx.session, each) for each in ids[:_NAMED])
    names = ", ".join(one_line(each.name) for each in first_contacts if each is not None)
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return sending_words(ctx, find_template(ctx, template_id), f"Write to {names}{more}")


def _ask_before_moving_on(ctx: Context, enrollment_id: str, status: EnrollmentStatus) -> str | None:
    enrollment = enrollments.get_enrollment(ctx.session, enrollment_id)
    if enrollment is None or status is not EnrollmentStatus.ACTIVE:
        return None
    contact = contacts.get_contact(ctx.session, enrollment.contact_id)
    name = enrollment.contact_id if contact is None else one_line(contact.name)
    template = find_template(ctx, enrollment.template_id)
    return sending_words(ctx, template, f"Write to {name}", enrollment.template_version_id)


@tool(
    effect=Effect.WRITE,
    toolset="enrollments",
    title="Enroll contacts",
    route="POST /api/workflows/templates/{template_id}/enrollments",
    status=201,
    in_batches=True,
    lasting=_ask_before_enrolling,
    names={"template_id": template_id_of},
    reveals=Reveals,
)
def enroll_contacts(
    ctx: Context,
    template_id: str,
    contact_ids: Sequence[str] = (),
    where: ContactFilter | None = None,
    expect: Expect = None,
) -> Enrolled:
    """Put any number of contacts into a template, with an answer for each; who is in it is not put in twice.

    Args:
        template_id: its id or name
        contact_ids: ids, or names or addresses that only one has
        where: instead of ids, all contacts that fit
        expect: how many those are, else nothing is done
    """
    with ctx.services.database.read() as session:
        ids = contacts_meant(session, contact_ids, where, expect)
        tell_namesakes(ctx, session, ids)
    return enroll_in_batches(ctx, template_id, ids)


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
    page_size: Annotated[int, Field(ge=1, le=100), UNLISTED] = 50,
    cursor: str | None = None,
) -> EnrollmentPage:
    """List who is or was in a template, oldest first.

    Args:
        template_id: its id or name
        status: only in this state
        contact_id: only this contact's
        page_size: how many at once
        cursor: from `next_cursor`
    """
    template = find_template(ctx, template_id)
    rows = enrollments.list_enrollments(
        ctx.session,
        template_id=template.id,
        contact_id=contact_id,
        status=status,
        after_id=EnrollmentPage.after(cursor),
        limit=page_size + 1,
    )
    total = enrollments.count_enrollments(ctx.session, template_id=template.id, contact_id=contact_id, status=status)
    page = EnrollmentPage.of(Rows(EnrollmentWithContact, [dict(row) for row in rows]), page_size, total)
    return page.model_copy(update={"template_name": template.name})


@tool(
    effect=Effect.WRITE,
    toolset="enrollments",
    title="Change an enrollment",
    route="PATCH /api/workflows/enrollments/{enrollment_id}",
    durable=True,
    lasting=_ask_before_moving_on,
)
def update_enrollment(ctx: Context, enrollment_id: str, status: EnrollmentStatus) -> ChangedEnrollment:
    """Move an enrollment on: pending to active, active to completed or replied, either to removed. An end is final.

    Active again, one whose message expired or failed begins that step anew.

    Args:
        enrollment_id: the enrollment's id
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
    contact = contacts.get_contact(ctx.session, enrollment.contact_id)
    return ChangedEnrollment(
        **enrollment.model_dump(),
        contact_name=enrollment.contact_id if contact is None else contact.name,
        template_name=find_template(ctx, enrollment.template_id).name,
    )


def _move(ctx: Context, enrollment: Enrollment, status: EnrollmentStatus) -> None:
    next_statuses = ENROLLMENT_TRANSITIONS[enrollment.status]
    if status not in next_statuses:
        can = (
            f"it can become: {', '.join(sorted(next_statuses))}"
            if next_statuses
            else "it is over; enroll the contact anew"
        )
        raise Conflict(f"An enrollment that is {enrollment.status} can't become {status}; {can}.")
    from onelane.tools.outreach.moving.outcomes import look_again

    reason = _REASONS.get(status, StateReason.MANUAL)
    if status.is_over:
        is_moved = end_enrollment(ctx.session, enrollment.id, status, reason, at=ctx.now())
    else:
        is_moved = enrollments.change_enrollment_status(
            ctx.session, enrollment.id, from_status=enrollment.status, to=status, reason=reason
        )
        look_again(ctx.session, [enrollment.id])
    if not is_moved:
        raise Conflict("Somebody else has just changed that enrollment. List it again, then decide.")
