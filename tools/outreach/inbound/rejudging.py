"""Judges what came in before again, when the rules have changed (docs/mail.md, "Judging again")."""

from collections.abc import Sequence

from sqlmodel import col, select

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach.inbound_messages import InboundMessage, MessageKind
from onelane.tools.outreach.inbound.inbound import facts_of, find_match
from onelane.tools.outreach.inbound.stops import apply_verdict
from onelane.tools.outreach.mail.classifier import CLASSIFIER_VERSION, Verdict, classify
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.result import Instant, Result
from onelane.tools.registry.workspace_settings import WorkspaceSettings

_AT_ONCE = 500


class JudgedAgain(Result):
    """A mail that is something else by today's rules."""

    id: str
    contact_id: str | None
    sent_at: Instant | None
    before: MessageKind
    before_rule: str | None
    now: MessageKind
    now_rule: str


class Rejudged(Result):
    """What would have been different."""

    looked_at: int
    data: Sequence[JudgedAgain]

    def text(self) -> str:
        """How many were looked at, and each that changed."""
        if not self.looked_at:
            return "Nothing to judge again: all mail that is kept was judged by today's rules."
        lines = [f"{each.id}\t{each.before} is {each.now} ({each.now_rule})" for each in self.data]
        looked = "1 message" if self.looked_at == 1 else f"{self.looked_at:,} messages"
        changed = f"{len(self.data):,} {'is' if len(self.data) == 1 else 'are'} something else now"
        return "\n".join([f"{looked} of older rules, {changed if self.data else 'each is what it was'}.", *lines])


def rejudge(database: Database, vault: Vault, *, workspace: WorkspaceSettings, is_dry_run: bool) -> Rejudged:
    """Judge all mail that older rules judged.

    A sequence that should have stopped stops now; one that ended stays ended, and the report names its mail, so that
    the person decides.

    Args:
        database: where it is kept
        vault: hashes addresses
        workspace: in whose time zone somebody lives of whom nothing else is known
        is_dry_run: only say what would be different
    """
    changes: list[JudgedAgain] = []
    looked_at, after = 0, ""
    while True:
        with database.write() as session:
            page = _older(session, after)
            again = (_again(session, vault, each, workspace, is_dry_run=is_dry_run) for each in page)
            changes += [change for change in again if change is not None]
        looked_at += len(page)
        if len(page) < _AT_ONCE:
            return Rejudged(looked_at=looked_at, data=changes)
        after = page[-1].id


def _older(session: Session, after: str) -> Sequence[InboundMessage]:
    query = select(InboundMessage).where(
        col(InboundMessage.classifier_version) < CLASSIFIER_VERSION, col(InboundMessage.id) > after
    )
    return session.exec(query.order_by(col(InboundMessage.id)).limit(_AT_ONCE)).all()


def _again(
    session: Session, vault: Vault, message: InboundMessage, workspace: WorkspaceSettings, *, is_dry_run: bool
) -> JudgedAgain | None:
    facts = facts_of(message)
    verdict = classify(facts)
    before, before_rule = message.kind, message.rule
    if not is_dry_run:
        message.kind, message.rule, message.classifier_version = verdict.kind, verdict.rule, CLASSIFIER_VERSION
        session.add(message)
    if verdict.kind is before:
        return None
    if not is_dry_run:
        _follow(session, vault, message, verdict, workspace)
    return JudgedAgain(
        id=message.id,
        contact_id=message.contact_id,
        sent_at=message.sent_at,
        before=before,
        before_rule=before_rule,
        now=verdict.kind,
        now_rule=verdict.rule,
    )


def _follow(
    session: Session, vault: Vault, message: InboundMessage, verdict: Verdict, workspace: WorkspaceSettings
) -> None:
    facts = facts_of(message)
    match = find_match(session, vault, facts, verdict)
    apply_verdict(
        session,
        vault,
        verdict,
        contact_ids=match.contact_ids,
        enrollment_id=None if match.action is None else match.action.enrollment_id,
        addresses=match.addresses,
        source=message.id,
        written_at=facts.sent_at or message.created_at,
        workspace=workspace,
    )
