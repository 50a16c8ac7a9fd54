"""Mails that answer letters of ours, among those whose heads a sync reads (docs/mail.md, "Matching")."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts
from onelane.tools.outreach.inbound.inbound import concerning, no_counts, take_mail
from onelane.tools.outreach.mail.mail_facts import MailFacts, read_head
from onelane.tools.platforms.google.gmail_answers import GmailMail
from onelane.tools.registry.context import Services

_NOT_RECEIVED = frozenset({"SENT", "DRAFT"})


def taking_answers(
    services: Services, account_id: str, mails: Sequence[GmailMail]
) -> Callable[[Session], Mapping[str, int]]:
    """What takes in, in a page's commit, those of its mails that concern us; a mail that was taken changes nothing.

    Args:
        services: the vault knows tokens and hashes addresses
        account_id: in whose mailbox they are
        mails: the page's
    """
    heads = [read_head(mail.head) for mail in mails if mail.label_ids.isdisjoint(_NOT_RECEIVED)]
    return partial(_take, services, account_id, heads)


def _take(services: Services, account_id: str, heads: Sequence[MailFacts], session: Session) -> Mapping[str, int]:
    account = accounts.get_account(session, account_id)
    if account is None or not heads:
        return no_counts()
    own_heads = [
        head for head, is_ours in zip(heads, concerning(session, services.vault, heads), strict=True) if is_ours
    ]
    return take_mail(session, services.vault, account, own_heads, workspace=services.workspace)
