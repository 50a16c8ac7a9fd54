"""Facts: what the planner looks at, as it was read at one instant (docs/sequences.md, "The planner")."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms.accounts import AccountStatus, InboundSource, Transport
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.storage.workflows.templates import TemplateStatus
from onelane.tools.outreach.planning.local_calendar import is_no_holiday
from onelane.tools.outreach.planning.pace import USUAL_LIMITS, PaceLimits, Sending
from onelane.tools.outreach.template.template_config import Window


@dataclass(frozen=True, slots=True)
class EnrollmentFacts:
    """Where somebody is in a sequence.

    Args:
        id: the enrollment, or a made-up one of a preview
        status: its state
        state_reason: why it is there
        step_index: the step that comes next
        step_began_at: since when that step's delay counts
        seed: what jitter and variants are drawn from
        epoch: how often its steps were begun anew
        paused_until: nothing goes before
        outcomes: what became of the steps, by index: `sent`, `done` or `skipped`
        last_subject: the subject of the last letter that left to them, or may have; None before one has
    """

    id: str
    status: EnrollmentStatus
    step_index: int
    step_began_at: datetime
    seed: int = 0
    epoch: int = 0
    state_reason: StateReason | None = None
    paused_until: datetime | None = None
    outcomes: Mapping[int, str] = field(default_factory=dict[int, str])
    last_subject: str | None = None


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known of a person.

    Args:
        id: the contact
        name: as people see it
        fields: their columns
        tags: their tags
        address: where they are reached by the sequence's channel; None when nowhere
        has_replied: whether they answered since they were enrolled
        colleague_replied: whether somebody of their company did
        suppressed: why they must not be written to
    """

    id: str
    name: str
    fields: Mapping[str, str | None]
    tags: frozenset[str] = frozenset()
    address: str | None = None
    has_replied: bool = False
    colleague_replied: bool = False
    suppression_reason: str | None = None
    is_archived: bool = False
    in_other_sequence: bool = False

    @property
    def time_zone(self) -> str | None:
        """Where they live."""
        return self.fields.get("time_zone")

    @property
    def consent_basis(self) -> str | None:
        """Why they may be written to."""
        return self.fields.get("consent_basis")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The account that sends."""

    id: str
    address: str = ""
    status: AccountStatus = AccountStatus.ACTIVE
    transport: Transport | None = Transport.SMTP
    paused_until: datetime | None = None
    pause_reason: str | None = None
    inbound: InboundSource | None = None
    inbox_read_at: datetime | None = None
    limits: PaceLimits = USUAL_LIMITS
    sendings: Sequence[Sending] = ()
    """In order, those of the last day at least."""
    time_zone: str | None = None
    sender_name: str | None = None

    @property
    def waits_for_person(self) -> bool:
        """Whether it is held until a person looks, and not by time."""
        return self.pause_reason is not None and self.paused_until is None


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What is already written for the step that comes next."""

    status: ActionStatus
    approved_at: datetime | None = None
    is_approved_alone: bool = False
    """By itself, and not with its version."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What holds for everybody."""

    now: datetime
    template_status: TemplateStatus = TemplateStatus.ACTIVE
    template_id: str | None = None
    switch_is_on: bool = True
    version_is_approved: bool = False
    workspace_zone: str | None = None
    is_holiday: Callable[[date], bool] = is_no_holiday
    undo_seconds: int = 60
    window: Window | None = None
    """When something may go where the template says nothing; None for always."""
    budget_is_used_up: bool = False
