"""Outbound actions as people and programs see them (docs/sequences.md, "Approval")."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass
from onelane.storage.platforms.accounts import Channel, Transport
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.sequence_views import GateView
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.registry.result import Instant, ItemWithWords, PageResult, when

_HOW_TO_APPROVE = (
    "A person approves what waits: request_approval opens your client's form; or they type onelane outbound approve ID."
)


class OutboundView(ItemWithWords):
    """A message or task for somebody, and where it is between its plan and its outcome."""

    action_key: str
    enrollment_id: str | None
    contact_id: str | None
    contact_name: str | None
    template_id: str | None
    template_version_id: str | None
    template_version: int | None
    workflow_run_id: str | None
    content_item_id: str | None
    """The draft that it carries out, where it is no step of a sequence."""
    platform_account_id: str | None
    channel: Channel
    transport: Transport
    step_type: TemplateStepType
    step_index: int
    variant: str | None
    from_address: str | None
    sender_name: str | None
    """The name under which it goes; null where it has none, or is over."""
    to_address: str | None
    subject: str | None
    message_text: str | None = Field(alias="text")
    html: str | None
    in_reply_to: str | None
    message_id: str | None
    hash: str
    status: ActionStatus
    reason: str | None
    not_before: Instant | None
    expires_at: Instant | None
    approved_at: Instant | None
    approved_via: Door | None
    approved_hash: str | None
    undo_until: Instant | None
    """Until then it does not go, and the approval can be taken back for sure."""
    sending_at: Instant | None
    final_dot_at: Instant | None
    sent_at: Instant | None
    provider_id: str | None
    thread_id: str | None
    attempts: int
    error_class: ErrorClass | None
    error: str | None
    edited_at: Instant | None
    """When a person wrote its text; null while it is the template's."""
    previous_text: str | None
    """What it said before it was edited or written anew; null when it never was."""
    gates: Sequence[GateView]
    """What holds it, while it has not left."""
    created_at: Instant
    updated_at: Instant

    def text(self) -> str:
        """Who it is for and where it is; the whole of it while a person has to read it."""
        return (
            f"{self._heading()}\n{self.letter()}" if self.status is ActionStatus.AWAITING_APPROVAL else self._heading()
        )

    @property
    def is_awaiting(self) -> bool:
        """Whether a person has to say yes or no."""
        return self.status is ActionStatus.AWAITING_APPROVAL

    def letter(self) -> str:
        """All that would go, as a person must see it before they say yes."""
        if self.step_type is TemplateStepType.POST:
            return shown_text(f"Post on {self.channel.label}\n\n{self.message_text or '(no text)'}")
        to = self.to_address or "(no address)"
        lines = [f"To: {mailbox(self.contact_name, to)}"]
        lines += [f"From: {mailbox(self.sender_name, self.from_address)}"] if self.from_address else []
        if self.step_type is not TemplateStepType.MESSAGE or self.channel is not Channel.EMAIL:
            lines += [f"By: {self.step_type.label} on {self.channel.label}"]
        lines += [f"Subject: {self.subject}"] if self.subject is not None else []
        lines += ["", self.message_text or "(no text)"]
        lines += ["", "The same as HTML, which most programs show instead:", self.html] if self.html else []
        return shown_text("\n".join(lines))

    def _heading(self) -> str:
        is_post = self.step_type is TemplateStepType.POST
        nobody = f"{self.step_type.label} on {self.channel.label}" if is_post else "nobody"
        recipient = one_line(self.contact_name or self.to_address or nobody)
        why = f" ({one_line(self.reason)})" if self.reason else ""
        return shown_text(f"{self.id}  {recipient}  {self._state()}{why}  {one_line(self.subject or '')}".rstrip())

    def _state(self) -> str:
        """Where it is; what a person does themselves is approved from the start, and its subject is what to do."""
        if self.transport is Transport.TASK and self.status is ActionStatus.APPROVED:
            return f"{self.step_type.label} on {self.channel.label}, by hand: it is among the person's tasks"
        return self.status


def mailbox(name: str | None, address: str) -> str:
    """An address with the name that stands before it, as letters show it."""
    return f"{one_line(name)} <{address}>" if name else address


class OutboundDetail(OutboundView):
    """One message or task, with all that is known of it."""

    def text(self) -> str:
        """The whole of it, and what holds it."""
        parts = [self._heading(), self.letter()]
        if self.previous_text is not None and self.previous_text != self.message_text:
            parts.append(shown_text(f"Before, it said:\n{self.previous_text}"))
        if self.undo_until is not None:
            parts.append(f"Approved {when(self.approved_at)}; it goes after {when(self.undo_until)} at the earliest.")
        if self.is_awaiting and self.expires_at is not None:
            parts.append(f"It waits until {when(self.expires_at)}.")
        parts += [each.line() for each in self.gates if not each.passes]
        parts += [one_line(self.error)] if self.error else []
        return "\n\n".join(parts)


class OutboundPage(PageResult[OutboundView]):
    """A page of messages and tasks."""

    noun: ClassVar[str] = "messages"
    first_comes_by: ClassVar[str] = (
        "They are written once people are in a sequence that is active: activate_template, then enroll_contacts."
    )
    id_prefixes: ClassVar[tuple[str, ...]] = ("out_",)

    def text(self) -> str:
        """Each of them, and who approves what waits."""
        waits = any(each.is_awaiting for each in self.data)
        return f"{super().text()}\n{_HOW_TO_APPROVE}" if waits else super().text()
