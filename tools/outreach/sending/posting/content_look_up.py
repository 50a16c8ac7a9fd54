"""Looks up what became of a post whose answer was lost: among one's own posts, and the drafts in Gmail.

See docs/content.md, "Uncertain".
"""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from onelane.storage.database.engine import Database
from onelane.storage.outreach.outbound.outbound_actions import OutboundAction
from onelane.storage.platforms import accounts, publishing, spending
from onelane.storage.platforms.accounts import Account, Transport
from onelane.storage.platforms.spending import Reservation
from onelane.tools.outreach.content.price import price_of
from onelane.tools.outreach.content.publication import find_seen_post
from onelane.tools.outreach.mail.letter import ACTION_HEADER
from onelane.tools.outreach.sending.posting.content_carriers import post_key
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.online.account_client import account_client
from onelane.tools.platforms.post_texts import is_same_text
from onelane.tools.platforms.x.account_requests import AccountWords, ledger_for
from onelane.tools.platforms.x.answers import XPage, XPost
from onelane.tools.platforms.x.client import FEWEST_POSTS, XClient
from onelane.tools.registry.context import Services

SHOWN_AFTER = timedelta(minutes=5)
"""So long a platform may take until it shows what it took."""
_CLOCKS_APART = timedelta(minutes=2)
_LOOKS_UNTIL = timedelta(hours=1)
"""After so long only a person says what became of it: each look at X costs money."""
_NEWEST_DRAFTS = 20
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class LookUpResult:
    """What is known by now of what was to be carried out.

    Args:
        was_taken: whether the platform has it
        platform_id: what the platform calls it
    """

    was_taken: bool
    platform_id: str | None = None


def look_up(database: Database, services: Services, action: OutboundAction) -> LookUpResult | None:
    """What became of a draft that was carried out; None where nobody knows yet, and a person has to say.

    Args:
        database: where everything is
        services: the vault and the platforms
        action: what is uncertain

    Raises:
        ToolError: the platform can't be asked now
    """
    with database.read() as session:
        platform_id = find_seen_post(session, action)
        account = (
            None if action.platform_account_id is None else accounts.get_account(session, action.platform_account_id)
        )
    if account is None or action.final_dot_at is None:
        return None
    if platform_id is None and database.clock() > action.final_dot_at + _LOOKS_UNTIL:
        return None
    if platform_id is None and action.transport is Transport.X:
        result = _on_x(database, services, account, action, action.final_dot_at)
    elif platform_id is None and action.transport is Transport.GMAIL_DRAFT:
        result = _in_gmail(services, account, action)
    else:
        result = None if platform_id is None else LookUpResult(was_taken=True, platform_id=platform_id)
    if result is not None and action.transport is Transport.X:
        _pay(database, services, account, action, result)
    return result


def _on_x(
    database: Database, services: Services, account: Account, action: OutboundAction, left_at: datetime
) -> LookUpResult | None:
    """Look among one's own posts since then: there it is; or it is not, long enough after."""
    page = _own_posts(database, services, account, action.id, since=left_at - _CLOCKS_APART)
    for each in page.items:
        if is_same_text(action.body_text or "", each.text) and not _is_known(database, account, action, each.id):
            return LookUpResult(was_taken=True, platform_id=each.id)
    is_whole = page.next_token is None
    is_late = left_at + SHOWN_AFTER <= database.clock()
    # X takes no copy of a post, so that trying once more makes no second one; twice a person is asked.
    return LookUpResult(was_taken=False) if is_whole and is_late and action.attempts == 0 else None


def _own_posts(
    database: Database, services: Services, account: Account, action_id: str, *, since: datetime
) -> XPage[XPost]:
    with closing(account_client(services, account, services.online.settings.x_api_url)) as client:
        x = XClient(client, AccountWords(database, account))
        bounds = {"start_time": since.strftime(_INSTANT)}
        ledger = ledger_for(services, account)
        with ledger.buying("post", f"look:{action_id}", most=FEWEST_POSTS, fewest=FEWEST_POSTS) as purchase:
            page = x.tweets(account.account_key, size=purchase.size, bounds=bounds)
            purchase.ids = [each.id for each in page.items]
            return page


def _in_gmail(services: Services, account: Account, action: OutboundAction) -> LookUpResult | None:
    """Look among the drafts, which show a letter by its own header; absence proves nothing there."""
    with closing(account_client(services, account, services.online.settings.google_api_url)) as client:
        gmail = GmailClient(client)
        for draft_id in gmail.drafts(max_results=_NEWEST_DRAFTS):
            if gmail.draft(draft_id).values.get(ACTION_HEADER.lower()) == action.id:
                return LookUpResult(was_taken=True, platform_id=draft_id)
    return None


def _is_known(database: Database, account: Account, action: OutboundAction, post_id: str) -> bool:
    """Whether a post is another draft's."""
    with database.read() as session:
        post = publishing.find_post(session, account.id, post_id)
        item = None if post is None else publishing.get_item(session, post.content_item_id)
    return item is not None and item.status.value == "published" and item.id != action.content_item_id


def _pay(
    database: Database, services: Services, account: Account, action: OutboundAction, result: LookUpResult
) -> None:
    """Book what the lost answer was about: a post that stands there was paid for, and no other."""
    price = price_of(services, account, action.body_text or "")
    if price is None or action.final_dot_at is None:
        return
    day = action.final_dot_at.strftime("%Y-%m-%d")
    reservation = Reservation(account.id, post_key(action.id), day, 1, price.micro_usd)
    with database.write() as session:
        if result.platform_id is None:
            spending.release(session, reservation)
        else:
            spending.settle(session, reservation, price.resource, [result.platform_id])
