"""Gates: what must be open before a step may run, and why one is closed (docs/sequences.md, "Gates")."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms.accounts import AccountStatus, InboundSource
from onelane.storage.workflows.enrollments import EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.templates import TemplateStatus
from onelane.tools.outreach.planning.facts import AccountFacts, ActionFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.planning.planner import Plan, is_first
from onelane.tools.outreach.planning.policies import Mode
from onelane.tools.outreach.planning.words import Verdict
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.people.contact_fields import is_refusal

INBOX_IS_FRESH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class GateState:
    """Whether a gate is open.

    Args:
        gate: which
        passes: it is open
        detail: why it is closed, in a sentence
        until: when it opens by itself
        is_final: it never opens again for this enrollment
    """

    gate: Gate
    passes: bool = True
    detail: str | None = None
    until: datetime | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    sequence: OutreachSequence
    enrollment: EnrollmentFacts
    contact: ContactFacts
    account: AccountFacts | None
    around: Surroundings
    action: ActionFacts | None
    plan: Plan
    missing: str | None

    @property
    def is_auto(self) -> bool:
        return self.plan.mode is Mode.AUTO


def gates_of(
    sequence: OutreachSequence,
    enrollment: EnrollmentFacts,
    contact: ContactFacts,
    account: AccountFacts | None,
    around: Surroundings,
    plan: Plan,
    *,
    action: ActionFacts | None = None,
    missing: str | None = None,
) -> list[GateState]:
    """All gates of the next step, in their order.

    Args:
        sequence: the version that they are in
        enrollment: where they are in it
        contact: what is known of them
        account: the account that sends
        around: what holds for everybody
        plan: what the planner says of the same facts
        action: what is already written for the step
        missing: what its text lacks, in a sentence
    """
    look = _Look(sequence, enrollment, contact, account, around, action, plan, missing)
    return [next(_GATES[gate](look), GateState(gate)) for gate in Gate]


def verdict_of(gates: Sequence[GateState]) -> Verdict:
    """What the gates come to."""
    if any(gate.is_final for gate in gates):
        return Verdict.STOPPED
    return Verdict.GOES if all(gate.passes for gate in gates) else Verdict.WAITS


def first_closed(gates: Sequence[GateState]) -> GateState | None:
    """The gate that names itself: the first that is closed."""
    return next((gate for gate in gates if not gate.passes), None)


def _closed_gate(gate: Gate, detail: str, until: datetime | None = None, *, is_final: bool = False) -> GateState:
    return GateState(gate, passes=False, detail=detail, until=until, is_final=is_final)


def _switch(look: _Look) -> Iterator[GateState]:
    if not look.around.switch_is_on:
        yield _closed_gate(Gate.SWITCH, "Sending is stopped; only the person starts it again.")


def _state(look: _Look) -> Iterator[GateState]:
    if look.enrollment.status.is_over:
        yield _closed_gate(Gate.STATE, f"Their way has ended: {_end_words(look.enrollment)}.", is_final=True)
    if look.around.template_status is TemplateStatus.DRAFT:
        needs = "it is activated" if look.sequence.steps else "it has steps and is activated"
        yield _closed_gate(Gate.STATE, f"The template is a draft: nobody moves in it until {needs}.")
    if look.plan.step is None:
        yield _closed_gate(Gate.STATE, "No step is left.", is_final=True)
    if look.around.template_status is TemplateStatus.COMPLETED:
        yield _closed_gate(Gate.STATE, "The template is completed.", is_final=True)
    if look.around.template_status is not TemplateStatus.ACTIVE:
        yield _closed_gate(Gate.STATE, f"The template is {look.around.template_status}.")
    yield from _time(look.enrollment, look)


def _time(enrollment: EnrollmentFacts, look: _Look) -> Iterator[GateState]:
    """Whether somebody's next step has come."""
    now = look.around.now
    if enrollment.status is EnrollmentStatus.PENDING:
        yield _closed_gate(Gate.STATE, "The enrollment has not begun.")
    if enrollment.paused_until is not None and enrollment.paused_until > now:
        yield _closed_gate(Gate.STATE, "The enrollment is paused.", enrollment.paused_until)
    due = now if look.plan.pace is None else look.plan.pace.due_at
    if due > now:
        yield _closed_gate(Gate.STATE, "The step is not due yet.", due)


def _reply(look: _Look) -> Iterator[GateState]:
    if look.contact.has_replied or look.enrollment.status is EnrollmentStatus.REPLIED:
        yield _closed_gate(Gate.REPLY, "They answered.", is_final=True)
    setting, enrollment = look.sequence.settings.on_account_reply, look.enrollment
    rests = not enrollment.status.is_over and enrollment.state_reason is StateReason.REPLY
    if rests or (look.contact.colleague_replied and setting != "ignore"):
        yield _closed_gate(Gate.REPLY, "A colleague of theirs answered.", is_final=setting == "stop" and not rests)


def _suppression(look: _Look) -> Iterator[GateState]:
    if look.contact.suppression_reason is not None:
        yield _closed_gate(
            Gate.SUPPRESSION, f"They must not be written to: {look.contact.suppression_reason}.", is_final=True
        )


def _consent(look: _Look) -> Iterator[GateState]:
    basis = look.contact.consent_basis
    if is_refusal(basis):
        yield _closed_gate(Gate.CONSENT, "They refused to be written to.", is_final=True)
    if look.sequence.settings.consent == "recorded" and not (basis or "").strip():
        yield _closed_gate(Gate.CONSENT, "No consent of theirs is on record.")


def _archive(look: _Look) -> Iterator[GateState]:
    if look.contact.is_archived:
        yield _closed_gate(Gate.ARCHIVED, "The contact is archived.", is_final=True)


def _template_window(look: _Look) -> Iterator[GateState]:
    starts, ends, now = look.sequence.starts_at, look.sequence.ends_at, look.around.now
    if starts is not None and now < starts:
        yield _closed_gate(Gate.TEMPLATE_WINDOW, "The template has not begun.", starts)
    at = look.plan.at or now
    if ends is not None and at > ends:
        yield _closed_gate(Gate.TEMPLATE_WINDOW, "The template ends before the step could go.", is_final=True)


def _policy(look: _Look) -> Iterator[GateState]:
    if look.plan.mode is Mode.FORBIDDEN and look.plan.step is not None:
        label = look.sequence.platform.label
        yield _closed_gate(Gate.POLICY, f"{look.plan.step.step_type.label} is not possible on {label}.", is_final=True)


def _account(look: _Look) -> Iterator[GateState]:
    if not look.is_auto:
        return
    account = look.account
    if account is None or account.transport is None:
        yield _closed_gate(Gate.ACCOUNT, "No account is connected that can send this.")
    elif account.status is not AccountStatus.ACTIVE:
        yield _closed_gate(Gate.ACCOUNT, f"The account is {account.status.label.lower()}.")
    elif account.paused_until is not None and account.paused_until > look.around.now:
        why = f" ({account.pause_reason})" if account.pause_reason else ""
        yield _closed_gate(Gate.ACCOUNT, f"The account is paused{why}.", account.paused_until)
    elif account.waits_for_person:
        yield _closed_gate(Gate.ACCOUNT, f"The account is paused ({account.pause_reason}) until a person looks.")


def _inbox(look: _Look) -> Iterator[GateState]:
    """Silence is known, not assumed: whoever was written to before may have answered."""
    if not look.is_auto or look.account is None or is_first(look.enrollment):
        return
    read_at = look.account.inbox_read_at
    if look.account.inbound is InboundSource.IMAP:
        if read_at is None or read_at < look.around.now - INBOX_IS_FRESH:
            since = "never read" if read_at is None else f"last read {_instant_words(read_at)}"
            yield _closed_gate(Gate.INBOX, f"The mailbox was {since}.")
    elif look.action is None or not look.action.is_approved_alone:
        since = "were never read" if read_at is None else f"were last read {_instant_words(read_at)}"
        yield _closed_gate(Gate.INBOX, f"The answers to this account {since}, so a person must approve this by itself.")


def _window(look: _Look) -> Iterator[GateState]:
    pace = look.plan.pace
    if pace is None:
        return
    if pace.window_at is None:
        yield _closed_gate(Gate.WINDOW, "The window is never open.")
    elif pace.window_at > pace.begin_at:
        yield _closed_gate(Gate.WINDOW, f"It is outside the window in {look.plan.calendar.zone_name}.", pace.window_at)


def _cap(look: _Look) -> Iterator[GateState]:
    pace = look.plan.pace
    if pace is None or not look.is_auto:
        return
    if pace.cap_at is None:
        yield _closed_gate(Gate.CAP, "A cap of 0 lets nothing go.")
    elif pace.cap_at > pace.begin_at:
        yield _closed_gate(Gate.CAP, "As many as may go have gone.", pace.cap_at)


def _spacing(look: _Look) -> Iterator[GateState]:
    pace = look.plan.pace
    if pace is None or pace.spacing_at is None or not look.is_auto:
        return
    if pace.spacing_at > pace.begin_at:
        yield _closed_gate(Gate.SPACING, "The account has just sent something.", pace.spacing_at)


def _exclusivity(look: _Look) -> Iterator[GateState]:
    if look.contact.in_other_sequence and look.sequence.settings.exclusive:
        yield _closed_gate(Gate.EXCLUSIVITY, "They are in another sequence.")


def _missing_data(look: _Look) -> Iterator[GateState]:
    if look.missing is not None:
        yield _closed_gate(Gate.MISSING_DATA, look.missing)


def _approval(look: _Look) -> Iterator[GateState]:
    if not look.is_auto:
        return
    action = look.action
    by_version = look.sequence.settings.approval == "version" and look.around.version_is_approved
    if action is not None and action.status is not ActionStatus.AWAITING_APPROVAL:
        if action.status in (ActionStatus.EXPIRED, ActionStatus.REJECTED, ActionStatus.FAILED):
            yield _closed_gate(Gate.APPROVAL, f"The message is {action.status}.")
    elif not by_version:
        yield _closed_gate(Gate.APPROVAL, "A person has to approve the message.")


def _undo(look: _Look) -> Iterator[GateState]:
    if look.action is None or look.action.approved_at is None or not look.is_auto:
        return
    until = look.action.approved_at + timedelta(seconds=look.around.undo_seconds)
    if look.action.status is ActionStatus.APPROVED and until > look.around.now:
        yield _closed_gate(Gate.UNDO, "Its approval can still be undone.", until)


def _budget(look: _Look) -> Iterator[GateState]:
    if look.around.budget_is_used_up:
        yield _closed_gate(Gate.BUDGET, "The budget of messages is used up.")


def _end_words(enrollment: EnrollmentFacts) -> str:
    status, reason = enrollment.status, enrollment.state_reason
    return status.label.lower() + ("" if reason in (None, StateReason.REPLY) else f" ({reason.label.lower()})")


def _instant_words(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


_GATES = {
    Gate.SWITCH: _switch,
    Gate.STATE: _state,
    Gate.REPLY: _reply,
    Gate.SUPPRESSION: _suppression,
    Gate.CONSENT: _consent,
    Gate.ARCHIVED: _archive,
    Gate.TEMPLATE_WINDOW: _template_window,
    Gate.POLICY: _policy,
    Gate.ACCOUNT: _account,
    Gate.INBOX: _inbox,
    Gate.WINDOW: _window,
    Gate.CAP: _cap,
    Gate.SPACING: _spacing,
    Gate.EXCLUSIVITY: _exclusivity,
    Gate.MISSING_DATA: _missing_data,
    Gate.APPROVAL: _approval,
    Gate.UNDO: _undo,
    Gate.BUDGET: _budget,
}
