"""Workflow enrollments: contacts in templates (docs/tables.md, "Enrollments", "Queries")."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlmodel import Field, col, select

from onelane.storage.database.columns import (
    Vocabulary,
    count_column,
    enum_column,
    flag_column,
    large_count_column,
    time_column,
)
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row, among, bare, insert_rows, plain, read_rows, table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows.templates import Template, TemplateStatus


class EnrollmentStatus(Vocabulary):
    """Where a contact is in a template."""

    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    REPLIED = "replied"
    REMOVED = "removed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (EnrollmentStatus.PENDING, EnrollmentStatus.ACTIVE)


class StateReason(Vocabulary):
    """Why an enrollment is where it is (docs/tables.md, "Enrollments")."""

    REPLY = "reply"
    BOUNCE_HARD = "bounce_hard"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    OUT_OF_OFFICE = "out_of_office"
    MISSING_FIELD = "missing_field"
    NO_CHANNEL = "no_channel"
    GOAL_REACHED = "goal_reached"
    MANUAL = "manual"
    BREAKER = "breaker"
    TEMPLATE_ENDED = "template_ended"
    ACCOUNT_NEEDS_REAUTH = "account_needs_reauth"
    CONTACT_ARCHIVED = "contact_archived"
    CONTACT_ERASED = "contact_erased"
    REJECTED = "rejected"


class Gate(Vocabulary):
    """What must be open before a step may run, in the order in which it is looked at."""

    SWITCH = "switch"
    STATE = "state"
    REPLY = "reply"
    SUPPRESSION = "suppression"
    CONSENT = "consent"
    ARCHIVED = "archived"
    TEMPLATE_WINDOW = "template_window"
    POLICY = "policy"
    ACCOUNT = "account"
    INBOX = "inbox"
    WINDOW = "window"
    CAP = "cap"
    SPACING = "spacing"
    EXCLUSIVITY = "exclusivity"
    MISSING_DATA = "missing_data"
    APPROVAL = "approval"
    UNDO = "undo"
    BUDGET = "budget"


class Via(Vocabulary):
    """By whose hand something was changed: a person's doors, a model's, or none."""

    CLI = "cli", "Terminal"
    REST = "rest", "REST"
    DASHBOARD = "dashboard", "Page"
    ELICITATION = "elicitation", "The client's own form"
    MCP = "mcp", "Chat"
    AGENT = "agent", "Agent"
    ONELANE = "onelane", "Onelane by itself"


ONGOING = (EnrollmentStatus.PENDING, EnrollmentStatus.ACTIVE)
ENROLLMENT_TRANSITIONS: dict[EnrollmentStatus, frozenset[EnrollmentStatus]] = {
    EnrollmentStatus.PENDING: frozenset({EnrollmentStatus.ACTIVE, EnrollmentStatus.REMOVED}),
    EnrollmentStatus.ACTIVE: frozenset(
        {EnrollmentStatus.COMPLETED, EnrollmentStatus.REPLIED, EnrollmentStatus.REMOVED}
    ),
    EnrollmentStatus.COMPLETED: frozenset(),
    EnrollmentStatus.REPLIED: frozenset(),
    EnrollmentStatus.REMOVED: frozenset(),
}
"""What an enrollment may become; what is over stays over, and the contact may be enrolled anew.

Only what comes back of its last letter says how one ended that was completed."""

IS_ONGOING = sa.text("status IN ('pending', 'active')")
"""`ONGOING`, as SQLite must read it to take an index of those alone: it does not look at what a parameter says."""
_IS_EXCLUSIVE = sa.text("status IN ('pending', 'active') AND is_exclusive")


class Enrollment(Row, table=True):
    """A row of `workflow_enrollments`."""

    __tablename__ = "workflow_enrollments"
    __table_args__ = (
        # A contact is in a template once at a time: the index decides, not a look beforehand.
        sa.Index(
            "ix_workflow_enrollments_ongoing",
            "template_id",
            "contact_id",
            unique=True,
            sqlite_where=IS_ONGOING,
            postgresql_where=IS_ONGOING,
        ),
        sa.Index("ix_workflow_enrollments_entry", "template_id", "contact_id", "entry", unique=True),
        # And in one exclusive sequence at a time.
        sa.Index(
            "ix_workflow_enrollments_exclusive",
            "contact_id",
            unique=True,
            sqlite_where=_IS_EXCLUSIVE,
            postgresql_where=_IS_EXCLUSIVE,
        ),
        # Who is due is read off this one, however many wait.
        sa.Index("ix_workflow_enrollments_due", "next_step_at", sqlite_where=IS_ONGOING, postgresql_where=IS_ONGOING),
        sa.Index("ix_workflow_enrollments_template", "template_id", "id"),
        sa.Index("ix_workflow_enrollments_contact", "contact_id"),
        sa.Index("ix_workflow_enrollments_version", "template_version_id"),
    )

    id: str = Field(primary_key=True, sa_type=sa.Text)
    template_id: str = Field(foreign_key="workflow_templates.id", ondelete="CASCADE", sa_type=sa.Text)
    contact_id: str = Field(foreign_key="contacts.id", ondelete="CASCADE", sa_type=sa.Text)
    workflow_run_id: str | None = Field(
        default=None, foreign_key="workflow_runs.id", ondelete="SET NULL", sa_type=sa.Text
    )
    status: EnrollmentStatus = Field(
        default=EnrollmentStatus.PENDING,
        sa_column=enum_column(
            EnrollmentStatus, name="ck_workflow_enrollments_status", default=EnrollmentStatus.PENDING
        ),
    )
    state_reason: StateReason | None = Field(
        default=None, sa_column=enum_column(StateReason, name="ck_workflow_enrollments_state_reason", nullable=True)
    )
    current_step_index: int = Field(default=0, sa_column=count_column())
    enrolled_at: datetime = Field(sa_column=time_column(defaults_to_now=True))
    completed_at: datetime | None = Field(default=None, sa_column=time_column())
    template_version_id: str | None = Field(
        default=None, foreign_key="template_versions.id", ondelete="SET NULL", sa_type=sa.Text
    )
    """What is carried out for this contact, whatever the template says by now."""
    platform_account_id: str | None = Field(
        default=None, foreign_key="platform_accounts.id", ondelete="SET NULL", sa_type=sa.Text
    )
    next_step_at: datetime | None = Field(default=None, sa_column=time_column())
    """When somebody has to look at it next; null while nothing is due by itself."""
    step_began_at: datetime | None = Field(default=None, sa_column=time_column())
    """Since when the delay of its current step counts."""
    claimed_until: datetime | None = Field(default=None, sa_column=time_column())
    paused_until: datetime | None = Field(default=None, sa_column=time_column())
    waiting_for: Gate | None = Field(
        default=None, sa_column=enum_column(Gate, name="ck_workflow_enrollments_waiting_for", nullable=True)
    )
    """The gate that holds it now."""
    epoch: int = Field(default=0, sa_column=count_column())
    """How often its steps were begun anew."""
    entry: int = Field(default=1, sa_column=sa.Column(sa.Integer(), nullable=False, server_default=sa.text("1")))
    """How often the contact has entered the template, this time included."""
    seed: int = Field(default=0, sa_column=large_count_column())
    """What jitter and variants are drawn from."""
    is_exclusive: bool = Field(default=False, sa_column=flag_column(default=False))
    enrolled_via: Via | None = Field(
        default=None, sa_column=enum_column(Via, name="ck_workflow_enrollments_enrolled_via", nullable=True)
    )


AT_REST: dict[str, None] = dict.fromkeys(("next_step_at", "claimed_until", "paused_until", "waiting_for"))
"""What an enrollment that is over waits for."""


def enroll_contact(session: Session, *, template_id: str, contact_id: str) -> Enrollment | None:
    """Put a contact into a template. None when it is in it already. Its name is fixed: docs/tables.md, "Queries"."""
    enrolled = enroll_contacts(session, template_id=template_id, contact_ids=[contact_id])
    return session.get(Enrollment, enrolled[contact_id]) if enrolled else None


def enroll_contacts(
    session: Session,
    *,
    template_id: str,
    contact_ids: Collection[str],
    version_id: str | None = None,
    is_exclusive: bool = False,
    via: Via | None = None,
) -> dict[str, str]:
    """Put contacts into a template: the new enrollments' ids by contact, without those who are in it already.

    Nor is anybody put into it who is in another exclusive sequence, if this one is exclusive as well.
    """
    table, enrolled_at = bare(Enrollment), int(session.now().timestamp())
    before = _entries(session, template_id, contact_ids)
    ids = session.new_ids("enr", len(contact_ids))
    source = session.get(Template, template_id)
    is_active = source is not None and source.status is TemplateStatus.ACTIVE
    looked_at = enrolled_at if is_active else None
    shared_values = (template_id, enrolled_at, version_id, is_exclusive, None if via is None else via.value, looked_at)
    rows = [
        (each, contact_id, before.get(contact_id, 0) + 1, crc32(each.encode()), *shared_values)
        for contact_id, each in zip(contact_ids, ids, strict=True)
    ]
    insert_rows(session, Enrollment, _ENTERED, rows, pass_over_doubles=True)
    query = sa.select(table.c.contact_id, table.c.id).where(among(session, table.c.id, ids))
    return {row[0]: row[1] for row in read_rows(session, query)}


_ENTERED = (
    "id", "contact_id", "entry", "seed", "template_id", "enrolled_at", "template_version_id", "is_exclusive",
    "enrolled_via", "next_step_at",
)  # fmt: skip


def _entries(session: Session, template_id: str, contact_ids: Collection[str]) -> dict[str, int]:
    """How often these contacts have entered a template."""
    table = bare(Enrollment)
    query = sa.select(table.c.contact_id, sa.func.max(table.c.entry))
    query = query.where(table.c.template_id == template_id, among(session, table.c.contact_id, contact_ids))
    return {row[0]: row[1] for row in read_rows(session, query.group_by(table.c.contact_id))}


def get_enrollment(session: Session, enrollment_id: str) -> Enrollment | None:
    """The enrollment with this id."""
    return session.get(Enrollment, enrollment_id)


def get_enrollments(session: Session, enrollment_ids: Collection[str]) -> Sequence[Enrollment]:
    """The enrollments with these ids that there are."""
    return session.exec(select(Enrollment).where(among(session, table_of(Enrollment).c.id, enrollment_ids))).all()


def list_enrollments(
    session: Session,
    *,
    template_id: str | None = None,
    contact_id: str | None = None,
    status: EnrollmentStatus | None = None,
    after_id: str | None = None,
    limit: int = 100,
) -> Sequence[RowMapping]:
    """Enrollments with `contact_name` and `contact_email`, oldest first, beginning after `after_id`.

    Its name is fixed: docs/tables.md, "Queries".
    """
    table, people = table_of(Enrollment), table_of(Contact)
    query = sa.select(*plain(table), people.c.name.label("contact_name"), people.c.email.label("contact_email"))
    query = query.join_from(table, people, table.c.contact_id == people.c.id).where(
        *_conditions(table, template_id, contact_id, status)
    )
    if after_id is not None:
        query = query.where(table.c.id > after_id)
    return list(session.sql(query.order_by(table.c.id).limit(limit)).mappings())


def list_ongoing_of(session: Session, contact_id: str, *, limit: int) -> Sequence[RowMapping]:
    """A contact's ongoing enrollments with `template_name`, oldest first."""
    table, source = table_of(Enrollment), table_of(Template)
    query = sa.select(*plain(table), source.c.name.label("template_name"))
    query = query.join_from(table, source, table.c.template_id == source.c.id)
    query = query.where(table.c.contact_id == contact_id, table.c.status.in_(ONGOING))
    return list(session.sql(query.order_by(table.c.id).limit(limit)).mappings())


def change_enrollment_status(
    session: Session,
    enrollment_id: str,
    *,
    from_status: EnrollmentStatus,
    to: EnrollmentStatus,
    reason: StateReason | None,
) -> bool:
    """Move an enrollment to another state. False when somebody else was quicker."""
    values: dict[str, Any] = {
        "status": to,
        "state_reason": reason,
        "completed_at": session.now() if to.is_over else None,
    }
    if to.is_over:
        values |= AT_REST
    statement = sa.update(Enrollment).where(col(Enrollment.id) == enrollment_id, col(Enrollment.status) == from_status)
    return session.sql(statement.values(**values).execution_options(synchronize_session="fetch")).rowcount == 1


def count_enrollments(
    session: Session,
    *,
    template_id: str | None = None,
    contact_id: str | None = None,
    status: EnrollmentStatus | None = None,
) -> int:
    """How many enrollments `list_enrollments` would give in all."""
    table = table_of(Enrollment)
    query = sa.select(sa.func.count()).select_from(table)
    return session.sql(query.where(*_conditions(table, template_id, contact_id, status))).scalar_one()


def count_by_template(session: Session, template_ids: Sequence[str]) -> dict[str, int]:
    """How often people entered each of these templates; nothing of one that nobody entered."""
    table = table_of(Enrollment)
    query = sa.select(table.c.template_id, sa.func.count().label("entries"))
    query = query.where(among(session, table.c.template_id, template_ids)).group_by(table.c.template_id)
    return {row.template_id: row.entries for row in session.sql(query)}


def _conditions(
    table: sa.FromClause, template_id: str | None, contact_id: str | None, status: EnrollmentStatus | None
) -> list[sa.ColumnElement[bool]]:
    filters: dict[str, Any] = {"template_id": template_id, "contact_id": contact_id, "status": status}
    return [table.c[name] == value for name, value in filters.items() if value is not None]
