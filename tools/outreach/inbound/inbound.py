"""Mail that came in: matched to a person, judged, kept, and what follows from it (docs/mail.md, "Matching").

Only mail that answers ours, comes from somebody who was written to, or is a bounce is kept. All other mail is private
and leaves no trace.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from onelane.storage.database.engine import Session
from onelane.storage.outreach import correspondence, inbound_messages, suppressions
from onelane.storage.outreach.correspondence import Correspondent
from onelane.storage.outreach.inbound_messages import InboundMessage, MessageKind
from onelane.storage.outreach.outbound.outbound_actions import ErrorClass, OutboundAction
from onelane.storage.people import emails
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, Platform
from onelane.tools.outreach.inbound.stops import apply_verdict
from onelane.tools.outreach.mail.classifier import CLASSIFIER_VERSION, Verdict, classify
from onelane.tools.outreach.mail.letter import action_id_of, is_own_letter
from onelane.tools.outreach.mail.mail_facts import MailFacts, Report
from onelane.tools.outreach.mail.words.wishes import unsubscribe_token
from onelane.tools.outreach.moving.outcomes import return_step
from onelane.tools.outreach.stopping.account_pauses import pause_for_return
from onelane.tools.registry.gate.vault import Vault, written_once
from onelane.tools.registry.workspace_settings import WorkspaceSettings

_CLOCKS_APART = timedelta(hours=24)
"""So much earlier than ours an answer may be dated: clocks are wrong by hours."""
_REPORTS = ("delivery-status", "feedback-report")


class InboundCount(StrEnum):
    """What is counted of what came in (docs/mail.md, "Counts")."""

    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    OPT_OUTS = "opt_outs"
    AUTO_REPLIES = "auto_replies"
    REPLIES = "replies"
    RECEIPTS = "receipts"
    UNMATCHED = "unmatched"


_ONE = {
    InboundCount.BOUNCES: "bounce",
    InboundCount.COMPLAINTS: "complaint",
    InboundCount.OPT_OUTS: "opt-out",
    InboundCount.AUTO_REPLIES: "automatic reply",
    InboundCount.REPLIES: "reply",
    InboundCount.RECEIPTS: "receipt",
    InboundCount.UNMATCHED: "bounce of another mail",
}
_MANY = {
    InboundCount.OPT_OUTS: "opt-outs",
    InboundCount.AUTO_REPLIES: "automatic replies",
    InboundCount.UNMATCHED: "bounces of other mail",
}
_COUNTED = {
    MessageKind.BOUNCE: InboundCount.BOUNCES,
    MessageKind.COMPLAINT: InboundCount.COMPLAINTS,
    MessageKind.OPT_OUT: InboundCount.OPT_OUTS,
    MessageKind.AUTO_REPLY: InboundCount.AUTO_REPLIES,
    MessageKind.REPLY: InboundCount.REPLIES,
    MessageKind.RECEIPT: InboundCount.RECEIPTS,
}


def no_counts() -> dict[str, int]:
    """Every count, at 0."""
    return {count.value: 0 for count in InboundCount}


def counted_in_words(counts: Mapping[str, int]) -> str:
    """What came in: `1 reply, 2 bounces`; empty where nothing did."""
    pairs = [(InboundCount(name), number) for name, number in counts.items() if number]
    return ", ".join(
        f"{number:,} {_ONE[name] if number == 1 else _MANY.get(name, name.value)}" for name, number in pairs
    )


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a mail is from, or about.

    Args:
        contact_ids: the people; nobody where it can't be told
        action: the letter that it answers, where it names one
        addresses: the addresses that it is about
    """

    contact_ids: tuple[str, ...] = ()
    action: OutboundAction | None = None
    addresses: tuple[str, ...] = ()

    @property
    def is_nobody(self) -> bool:
        """Whether it can't be told at all."""
        return self.action is None and not self.contact_ids and not self.addresses


def concerning(session: Session, vault: Vault, heads: Sequence[MailFacts]) -> list[bool]:
    """Which of these mails may concern us, by their heads: only their texts are read.

    Args:
        session: for reading
        vault: knows the tokens of unsubscribing
        heads: see `read_head`
    """
    own = own_addresses(session)
    writers = {head.from_address for head in heads if head.from_address and head.from_address not in own}
    correspondents = {each.address for each in correspondence.find_correspondents(session, writers)}
    message_ids = {message_id for head in heads for message_id in head.earlier_ids}
    actions = correspondence.find_left_actions(session, message_ids=message_ids, action_ids=_action_ids(message_ids))
    own_ids = {action.message_id for action in actions} | {action.id for action in actions}

    def concerns(head: MailFacts) -> bool:
        if head.from_address in own:
            return False
        answers = any(each in own_ids or action_id_of(each) in own_ids for each in head.earlier_ids)
        answers = answers or _names_own_letter(vault, head)
        is_report = head.report.kind in _REPORTS or head.is_from_daemon or "x-failed-recipients" in head.headers
        return answers or is_report or head.from_address in correspondents or _token_of(vault, head) is not None

    return [concerns(head) for head in heads]


def take_mail(
    session: Session,
    vault: Vault,
    account: Account,
    mails: Iterable[MailFacts],
    *,
    workspace: WorkspaceSettings,
    own: Collection[str] | None = None,
) -> dict[str, int]:
    """Keep what concerns us and do what follows from it; a mail that was taken before changes nothing.

    Args:
        session: a writing one
        vault: knows tokens and hashes addresses
        account: in whose mailbox it was
        mails: their facts
        workspace: in whose time zone somebody lives of whom nothing else is known
        own: the person's own addresses, whose mail stops nobody

    Returns:
        The counts.
    """
    counts = no_counts()
    our_addresses = own_addresses(session) if own is None else own
    for facts in mails:
        count_name = None if facts.from_address in our_addresses else _take(session, vault, account, facts, workspace)
        if count_name is not None:
            counts[count_name] += 1
    return counts


def own_addresses(session: Session) -> frozenset[str]:
    """The addresses of the person's own mail accounts."""
    return frozenset(written_once(row.account_key) for row in accounts.list_accounts(session, Platform.GMAIL))


def facts_of(message: InboundMessage) -> MailFacts:
    """The facts of a mail that was kept, from which it is judged again."""
    return MailFacts(
        message_id=message.message_id,
        in_reply_to=message.in_reply_to,
        references=tuple(json.loads(message.reference_ids)),
        from_address=message.from_address,
        to_addresses=tuple((message.to_address or "").split()),
        subject=message.subject or "",
        sent_at=message.sent_at,
        headers=json.loads(message.headers),
        own_text=message.own_text or "",
        report=Report.from_json(json.loads(message.dsn)),
    )


def find_match(session: Session, vault: Vault, facts: MailFacts, verdict: Verdict) -> Match:
    """Whom a mail is from, or about: by what it names of ours first, then by addresses."""
    action = _named_action(session, vault, facts)
    if action is not None:
        about = verdict.failed_addresses or tuple(filter(None, [action.to_address and written_once(action.to_address)]))
        if verdict.kind in (MessageKind.OPT_OUT, MessageKind.COMPLAINT) and facts.from_address:
            about = tuple(dict.fromkeys((*about, *_writers_own(facts))))
        return Match(_those_answered_for(session, action, facts), action, about)
    is_about_others = verdict.kind in (MessageKind.BOUNCE, MessageKind.COMPLAINT)
    addresses = verdict.failed_addresses if is_about_others else tuple(filter(None, [facts.from_address]))
    correspondents = [each for each in correspondence.find_correspondents(session, addresses) if _is_later(facts, each)]
    contacts = tuple(dict.fromkeys(each.contact_id for each in correspondents))
    if not contacts and addresses and _names_own_letter(vault, facts):
        return _match_forgotten(session, vault, verdict, addresses)
    return Match(contacts, None, tuple(dict.fromkeys(each.address for each in correspondents)))


def _those_answered_for(session: Session, action: OutboundAction, facts: MailFacts) -> tuple[str, ...]:
    """Whom the answer to a letter is from: its recipient first, whoever else has that address, and its writer."""
    contact_ids = [] if action.contact_id is None else [action.contact_id]
    if action.to_address is not None:
        # One person may be there twice: the other one would be written to on and on.
        contact_ids += [owner for _, owner, _ in emails.read_owners(session, [written_once(action.to_address)])]
    writers = correspondence.find_correspondents(session, tuple(filter(None, [facts.from_address])))
    contact_ids += [each.contact_id for each in writers if _is_later(facts, each)]
    return tuple(dict.fromkeys(contact_ids))


def _match_forgotten(session: Session, vault: Vault, verdict: Verdict, addresses: Collection[str]) -> Match:
    """Whom an answer is from whose letter is in no row: it left before an older backup was put in place.

    Who is no contact is known again only to be left alone; whoever was erased is suppressed already.
    """
    owner_ids = tuple(dict.fromkeys(contact_id for _, contact_id, _ in emails.read_owners(session, addresses)))
    if owner_ids:
        return Match(owner_ids, None, tuple(addresses))
    is_known = suppressions.find_suppressions(session, [vault.address_hash(each) for each in addresses])
    asks = verdict.kind in (MessageKind.OPT_OUT, MessageKind.COMPLAINT) and not is_known
    return Match((), None, tuple(addresses) if asks else ())


def _take(
    session: Session, vault: Vault, account: Account, facts: MailFacts, workspace: WorkspaceSettings
) -> InboundCount | None:
    verdict = classify(facts)
    match = find_match(session, vault, facts, verdict)
    is_report = verdict.kind in (MessageKind.BOUNCE, MessageKind.COMPLAINT) or verdict.sender_refusal is not None
    if match.is_nobody and not is_report:
        return None
    message = _keep(session, account, facts, verdict, match)
    if message is None:
        return None
    if verdict.sender_refusal is not None:
        _take_return(session, account, match, verdict.sender_refusal, returned_at=facts.sent_at or session.now())
    if match.is_nobody:
        return InboundCount.UNMATCHED
    apply_verdict(
        session,
        vault,
        verdict,
        contact_ids=match.contact_ids,
        enrollment_id=None if match.action is None else match.action.enrollment_id,
        addresses=match.addresses,
        source=message.id,
        written_at=facts.sent_at or session.now(),
        workspace=workspace,
    )
    return _COUNTED[verdict.kind]


def _take_return(session: Session, account: Account, match: Match, cause: ErrorClass, *, returned_at: datetime) -> None:
    """Let the account rest whose own provider gave a letter back, and its person get the letter later."""
    sender = account.id if match.action is None else match.action.platform_account_id or account.id
    pause_for_return(session, sender, cause, returned_at=returned_at)
    if match.action is not None:
        return_step(session, match.action, cause)


def _keep(
    session: Session, account: Account, facts: MailFacts, verdict: Verdict, match: Match
) -> InboundMessage | None:
    """The row of a mail; None when it is there already."""
    return inbound_messages.create_message(
        session,
        platform_account_id=account.id,
        message_id=facts.message_id or _made_id(facts),
        in_reply_to=facts.in_reply_to,
        reference_ids=json.dumps(list(facts.references)),
        from_address=facts.from_address,
        to_address=" ".join(facts.to_addresses) or None,
        subject=facts.subject[:1000],
        sent_at=facts.sent_at,
        headers=json.dumps(dict(facts.headers)),
        own_text=facts.own_text or None,
        dsn=json.dumps(facts.report.as_json()),
        contact_id=match.contact_ids[0] if match.contact_ids else None,
        outbound_action_id=None if match.action is None else match.action.id,
        kind=verdict.kind,
        rule=verdict.rule,
        classifier_version=CLASSIFIER_VERSION,
    )


def _named_action(session: Session, vault: Vault, facts: MailFacts) -> OutboundAction | None:
    token = _token_of(vault, facts)
    ids = _action_ids(facts.earlier_ids) | {each for each in (token, facts.report.returned_action) if each}
    actions = correspondence.find_left_actions(session, message_ids=facts.earlier_ids, action_ids=ids)
    by_token = next((action for action in actions if action.id == token), None)
    return by_token or next(iter(actions), None)


def _action_ids(message_ids: Iterable[str]) -> set[str]:
    return {action_id for each in message_ids if (action_id := action_id_of(each)) is not None}


def _token_of(vault: Vault, facts: MailFacts) -> str | None:
    token = unsubscribe_token(facts.subject)
    return None if token is None else vault.text_of_token(token)


def _names_own_letter(vault: Vault, facts: MailFacts) -> bool:
    """Whether a mail answers a letter of this home's, known or not: no stranger can make such an id, or a token."""
    return _token_of(vault, facts) is not None or any(is_own_letter(vault, each) for each in facts.earlier_ids)


def _writers_own(facts: MailFacts) -> tuple[str, ...]:
    """The address of who asks by themselves; a server that reports is nobody's."""
    return () if facts.is_from_daemon or facts.report.kind or facts.from_address is None else (facts.from_address,)


def _is_later(facts: MailFacts, written_to: Correspondent) -> bool:
    """Whether a mail came after the first letter: what is older answers nothing."""
    if facts.sent_at is None or written_to.first_sent_at is None:
        return True
    return facts.sent_at >= written_to.first_sent_at - _CLOCKS_APART


def _made_id(facts: MailFacts) -> str:
    """An id for a mail that has none, which the next reading makes again."""
    about = "\x1f".join(
        [
            facts.from_address or "",
            facts.subject,
            str(facts.sent_at),
            facts.own_text,
            json.dumps(facts.report.as_json()),
        ]
    )
    return f"<{hashlib.sha256(about.encode()).hexdigest()[:32]}@made.onelane>"
