"""Decisions: what a person says at a door of theirs, in a transaction of its own, and what came of it."""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from onelane.storage.outreach.outbound import outbound_lists
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.named_templates import find_template, template_id_of
from onelane.tools.outreach.outbound import approval
from onelane.tools.outreach.outbound.approval import ActionOutcome
from onelane.tools.outreach.outbound.reading import read_outbound, views_of
from onelane.tools.outreach.outbound.versions import (
    VersionForApproval,
    version_words,
    versions_to_approve,
    view_of_version,
)
from onelane.tools.outreach.outbound.views import OutboundDetail
from onelane.tools.outreach.sending.settling import SettleChoice, settle
from onelane.tools.registry.context import Caller, Context, Face, Services
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.gate.deciding import deciding
from onelane.tools.registry.result import Result

_FACES = {Door.CLI: Face.CLI, Door.REST: Face.REST, Door.DASHBOARD: Face.DASHBOARD, Door.ELICITATION: Face.MCP}
_READ_ONLY = "Onelane runs in read-only mode, so nothing is decided here."


class Approvals(Result):
    """What became of a person's yes to some messages."""

    data: Sequence[ActionOutcome]
    total: int
    counts: dict[str, int]

    def text(self) -> str:
        """A line for each."""
        return "\n".join(each.text() for each in self.data) or "No message waits for approval."


class Messages(Result):
    """Some messages, after a person has decided about them."""

    data: Sequence[OutboundDetail]
    total: int

    def text(self) -> str:
        """Each of them."""
        return "\n\n".join(each.text() for each in self.data)


def waiting_messages(services: Services, template: str | None = None) -> Sequence[str]:
    """The ids of what waits for a person's yes, oldest first; of one template if given, by its id or name."""
    with _reading(services, Door.CLI) as ctx:
        template_id = None if template is None else template_id_of(ctx, template)
        return outbound_lists.list_waiting_ids(ctx.session, template_id=template_id)


def read_message(services: Services, action_id: str, *, via: Door) -> OutboundDetail | None:
    """A message as it is now; None where there is none."""
    with _reading(services, via) as ctx:
        try:
            return read_outbound(ctx, action_id)
        except NotFound:
            return None


def awaiting_messages(services: Services, *, limit: int, via: Door) -> Sequence[OutboundDetail]:
    """What waits for a person's yes, as it is now, oldest first."""
    with _reading(services, via) as ctx:
        return views_of(ctx, OutboundDetail, outbound_lists.read_awaiting(ctx.session, limit=limit))


def check_approving(services: Services) -> None:
    """See whether anything could be approved now.

    Raises:
        SwitchedOff: outbound is stopped
    """
    with services.database.read() as session:
        approval.check_switch(session)


def told_of(data: Sequence[ActionOutcome]) -> Approvals:
    """Some outcomes together."""
    return Approvals(data=data, total=len(data), counts=dict(Counter(each.outcome.value for each in data)))


def approve_messages(services: Services, items: Sequence[tuple[str, str]], *, via: Door) -> Approvals:
    """Approve messages, each by its id and the hash of what was shown; each has an outcome of its own."""
    with deciding(services, _READ_ONLY) as session:
        return told_of(
            [approval.approve_action(session, services, each, shown_hash, via=via) for each, shown_hash in items]
        )


def approve_message(services: Services, action_id: str, shown_hash: str, *, via: Door) -> OutboundDetail:
    """Approve one message.

    Raises:
        Conflict: it says something else, is decided already, or outbound is stopped
        NotFound: there is no such message
    """
    with _deciding(services, via) as ctx:
        approval.check_approved(approval.approve_action(ctx.session, services, action_id, shown_hash, via=via))
        return read_outbound(ctx, action_id)


def reject_message(
    services: Services, action_id: str, *, skip: bool, reason: str | None, via: Door, shown_hash: str | None = None
) -> OutboundDetail:
    """Let a message never go; with `skip` its person goes on with the next step."""
    with _deciding(services, via) as ctx:
        approval.reject_action(ctx.session, action_id, skip=skip, reason=reason, shown_hash=shown_hash)
        return read_outbound(ctx, action_id)


def edit_message(
    services: Services,
    action_id: str,
    *,
    subject: str | None,
    text: str | None,
    via: Door,
    shown_hash: str | None = None,
) -> OutboundDetail:
    """Give a message another text; it waits for a yes to that."""
    with _deciding(services, via) as ctx:
        approval.edit_action(ctx.session, action_id, subject=subject, text=text, shown_hash=shown_hash)
        return read_outbound(ctx, action_id)


def undo_message(services: Services, action_id: str, *, via: Door) -> OutboundDetail:
    """Let an approved message wait again."""
    with _deciding(services, via) as ctx:
        approval.undo_action(ctx.session, action_id)
        return read_outbound(ctx, action_id)


def settle_message(services: Services, action_id: str, choice: SettleChoice, *, via: Door) -> OutboundDetail:
    """Say what became of a message whose outcome nobody knows.

    Raises:
        Conflict: its outcome is known; or it shall go again, and outbound is stopped
        NotFound: there is no such message
    """
    with _deciding(services, via) as ctx:
        if choice == "again":
            approval.check_switch(ctx.session)
        settle(ctx.session, action_id, choice, via=via)
        return read_outbound(ctx, action_id)


def approve_template(
    services: Services, template_id: str, number: int | None, shown_hash: str | None, *, via: Door
) -> VersionForApproval:
    """Approve a version of a template; the latest one where none is named."""
    with _deciding(services, via) as ctx:
        template = find_template(ctx, template_id)
        version = approval.approve_version(ctx.session, template.id, number, shown_hash, via=via)
        return view_of_version(template.name, version)


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version, and all that it says in words."""

    version: VersionForApproval
    words: str


def read_version(services: Services, template_id: str, number: int | None) -> ShownVersion:
    """A version of a template as a person reads it; the latest one where none is named."""
    with _reading(services, Door.CLI) as ctx:
        template = find_template(ctx, template_id)
        version = approval.version_of(ctx.session, template.id, number)
        return ShownVersion(view_of_version(template.name, version), version_words(version))


def waiting_versions(services: Services) -> Sequence[ShownVersion]:
    """The versions that are sent without further questions once a person has approved them."""
    with services.database.read() as session:
        versions = versions_to_approve(session)
        return [ShownVersion(view_of_version(each.name, each), version_words(each)) for each in versions]


@contextmanager
def _reading(services: Services, via: Door) -> Generator[Context]:
    with services.database.read() as session:
        yield Context(session, services, Caller(_FACES[via]))


@contextmanager
def _deciding(services: Services, via: Door) -> Generator[Context]:
    with deciding(services, _READ_ONLY) as session:
        yield Context(session, services, Caller(_FACES[via]))
