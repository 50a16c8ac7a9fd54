"""Drafts: the next step of somebody, rendered as it would go (docs/sequences.md, "The mover")."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.outreach.outbound import action_texts
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction
from onelane.storage.platforms.accounts import Channel, Transport
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.mail.letter import unsubscribe_addresses
from onelane.tools.outreach.moving.content import content_hash
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts
from onelane.tools.outreach.planning.planner import Plan
from onelane.tools.outreach.planning.policies import Mode
from onelane.tools.outreach.reading.enrollment_facts import has_left
from onelane.tools.outreach.reading.sender_names import sender_name_of
from onelane.tools.outreach.rendering import Words, render_step
from onelane.tools.outreach.template.sequence import OutreachSequence
from onelane.tools.outreach.template.template_steps import MessageStep, ReachStep
from onelane.tools.outreach.template.texts import Texts
from onelane.tools.outreach.template.variables import variables_of
from onelane.tools.registry.context import Services


@dataclass(frozen=True, slots=True)
class Draft:
    """What a step says to somebody, how it goes and where: columns of an action, the link of a task, and who writes.

    Args:
        sender_name: under whose name an account sends it; None where that is not shown to anybody
        link: where a person carries it out by hand; None where an account sends it
    """

    platform_account_id: str | None
    channel: Channel
    transport: Transport
    step_type: TemplateStepType
    step_index: int
    variant: str | None
    from_address: str | None
    to_address: str | None
    subject: str | None
    body_text: str | None
    body_html: str | None
    in_reply_to: str | None
    sender_name: str | None = None
    link: str | None = None

    @property
    def content_hash(self) -> str:
        """The hash that an approval of it is bound to."""
        return hash_of(self, sender_name=self.sender_name)

    @property
    def columns(self) -> dict[str, Any]:
        """Its columns in `outbound_actions`."""
        values = {name: getattr(self, name) for name in self.__slots__ if name not in ("link", "sender_name")}
        return {**values, "content_hash": self.content_hash}


def draft(
    services: Services,
    plan: Plan,
    sequence: OutreachSequence,
    person: ContactFacts,
    account: AccountFacts | None,
    earlier: Sequence[OutboundAction],
    *,
    action_id: str,
    texts: Texts,
    seed: int,
    words: Words | None = None,
) -> Draft:
    """The next step of somebody as it would go; nothing is written.

    Args:
        services: the vault makes the token by which they unsubscribe
        plan: what the planner says of them; it has a step
        sequence: the version that they are in
        person: what is known of them
        account: the account that sends
        earlier: the enrollment's actions so far
        action_id: the id that the action has, or will have: the unsubscribe token stands for it
        texts: compiles each text once
        seed: what draws their wordings
        words: what it says already, where nothing is rendered any more

    Raises:
        MissingValue: a value is missing, and nothing stands in its place
        BadText: a text can't be rendered
    """
    step = plan.step
    if step is None:
        raise RuntimeError("there is no step to draft")
    by_hand = plan.mode is not Mode.AUTO
    sender = None if by_hand else account
    from_address = None if sender is None else sender.address
    follows = isinstance(step.config, MessageStep) and step.config.same_thread and not by_hand
    left = left_before(earlier, step.index) if follows else ()
    words = words or render_step(
        texts,
        sequence,
        step,
        plan.variant,
        person,
        sender_name=None if account is None else account.sender_name,
        unsubscribe=_unsubscribe(services, from_address, action_id),
        last_subject=left[-1].subject if left else None,
        seed=seed,
    )
    transport = Transport.TASK if by_hand or account is None else account.transport
    return Draft(
        platform_account_id=None if sender is None else sender.id,
        channel=sequence.channel,
        transport=transport or Transport.TASK,
        step_type=step.step_type,
        step_index=step.index,
        variant=None if plan.variant is None else plan.variant.name,
        from_address=from_address,
        to_address=person.address,
        subject=words.subject,
        body_text=words.text,
        body_html=words.html,
        in_reply_to=left[-1].message_id if left else None,
        sender_name=None if sender is None else sequence.settings.sender or sender.sender_name,
        link=_link(texts, sequence, plan, person) if by_hand else None,
    )


def redraft(session: Session, action: OutboundAction, *, subject: str | None, text: str | None) -> str:
    """Give an action that waits for its approval a text of a person's own; what is None stays. Its new hash.

    Nothing that a person wrote is rendered from the template any more. The caller has made sure that the action waits.
    """
    changes: dict[str, Any] = {"edited_at": session.now()}
    if subject is not None:
        changes["subject"] = " ".join(subject.split())
    if text is not None:
        changes |= {"body_text": text, "body_html": None}
    changes["content_hash"] = hash_of(action, sender_name=sender_name_of(session, action), **changes)
    action_texts.rewrite(session, action.id, changes, from_any=[ActionStatus.AWAITING_APPROVAL])
    return changes["content_hash"]


def hash_of(message: Draft | OutboundAction, *, sender_name: str | None, **changes: Any) -> str:
    """The hash that an approval of a draft or an action is bound to, with these columns changed."""
    columns = {name: changes.get(name, getattr(message, name)) for name in _HASHED}
    return content_hash(sender_name=sender_name, **columns)


_HASHED = (
    "channel", "transport", "step_type", "from_address", "to_address", "subject", "body_text", "body_html",
    "in_reply_to",
)  # fmt: skip


def left_before(earlier: Sequence[OutboundAction], step_index: int) -> list[OutboundAction]:
    """The letters that left to somebody before a step, or may have: the thread that its letter is in."""
    return [each for each in earlier if each.step_index < step_index and has_left(each)]


def _unsubscribe(services: Services, from_address: str | None, action_id: str) -> str:
    """By what somebody unsubscribes in a text: a click where the server has an https address, else a mail."""
    if from_address is None:
        return ""
    return unsubscribe_addresses(from_address, services.vault.token(action_id), services.public_url)[-1]


def _link(texts: Texts, sequence: OutreachSequence, plan: Plan, person: ContactFacts) -> str | None:
    """Where a person carries a step out: what the step says, else the person's profile on the platform."""
    config = None if plan.step is None else plan.step.config
    url = config.url if isinstance(config, ReachStep) else None
    if url is None:
        return person.address if (person.address or "").startswith(("https://", "http://")) else None
    fields: dict[str, Any] = {**person.fields, "tags": sorted(person.tags)}
    values = variables_of(fields, values=sequence.values, sender_name=None, unsubscribe=None)
    return texts.check(url).render(values).strip()
