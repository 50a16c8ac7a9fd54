"""Who carries out what was approved of a draft: X, LinkedIn, and Gmail's drafts, each with one request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from onelane.storage.outreach.outbound.outbound_actions import ErrorClass
from onelane.storage.platforms.accounts import Account, Transport
from onelane.tools.outreach.content.price import PostPrice, price_of
from onelane.tools.outreach.mail.header_text import one_line
from onelane.tools.outreach.mail.letter import Letter, to_wire
from onelane.tools.outreach.mail.smtp import Outcome, Transmission
from onelane.tools.outreach.mail.smtp_answers import Refusal
from onelane.tools.outreach.sending.delivery import Delivery
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.linkedin.posts import LinkedInPosts, copied_post
from onelane.tools.platforms.online.account_client import account_client
from onelane.tools.platforms.online.failures import (
    AgainAt,
    AgainNow,
    CapReached,
    NothingLeft,
    OurFault,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnreadableAnswer,
    VersionRetired,
    WordsRefused,
)
from onelane.tools.platforms.x.account_requests import AccountWords, ledger_for
from onelane.tools.platforms.x.client import XClient
from onelane.tools.registry.context import Services

_UNCERTAIN = (AgainNow, UnreadableAnswer)
"""After these nobody knows whether the platform has taken it."""
_MEANS: Mapping[type[PlatformFailure], ErrorClass] = {
    AgainAt: ErrorClass.QUOTA,
    CapReached: ErrorClass.QUOTA,
    SignInAgain: ErrorClass.SIGNED_OUT,
    PersonMustAct: ErrorClass.BLOCKED,
    OurFault: ErrorClass.REFUSED,
    VersionRetired: ErrorClass.REFUSED,
    WordsRefused: ErrorClass.REFUSED,
}


@dataclass(frozen=True, slots=True)
class ContentJob:
    """What is carried out now.

    Args:
        action_id: what was approved
        letter: all that goes; of a post only its text counts
        was_tried: whether it may have gone already, at an earlier attempt that had no answer
    """

    action_id: str
    letter: Letter
    was_tried: bool


class ContentCarrier(Protocol):
    """Carries out what was approved for one account, one after the other."""

    def carry(self, job: ContentJob, *, before_leaving: Callable[[], None]) -> Delivery:
        """Carry something out.

        Args:
            job: what
            before_leaving: called right before the request leaves; what it raises ends the attempt, and nothing went
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class XCarrier:
    """Posts on X, and pays for it.

    Args:
        services: the database, the vault, and where X is
        account: as which account
    """

    def __init__(self, services: Services, account: Account) -> None:
        self._services, self._account = services, account
        self._client = account_client(services, account, services.online.settings.x_api_url)
        self._x = XClient(self._client, AccountWords(services.database, account))
        self._ledger = ledger_for(services, account)

    def carry(self, job: ContentJob, *, before_leaving: Callable[[], None]) -> Delivery:
        """Post; X refuses the copy of an earlier post, which after a lost answer may be this one."""
        text = job.letter.text
        price = price_of(self._services, self._account, text)
        before_leaving()
        try:
            post_id = self._buy(job.action_id, text, price)
        except WordsRefused as refused:
            if job.was_tried and "duplicate" in refused.message.lower():
                return Delivery(Transmission(Outcome.UNCERTAIN, f"It may be there already. {refused.message}"))
            return failed_delivery(refused)
        except PlatformFailure as failure:
            return failed_delivery(failure)
        return Delivery(Transmission(Outcome.SENT, post_id))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _buy(self, action_id: str, text: str, price: PostPrice | None) -> str:
        if price is None:
            return self._x.create_post(text)
        with self._ledger.buying(price.resource, post_key(action_id), most=1) as purchase:
            post_id = self._x.create_post(text)
            purchase.ids = [post_id]
        return post_id


class LinkedInCarrier:
    """Posts on LinkedIn.

    Args:
        services: the database, the vault, and where LinkedIn is
        account: as which account
    """

    def __init__(self, services: Services, account: Account) -> None:
        self._client = account_client(services, account, services.online.settings.linkedin_api_url)
        self._posts = LinkedInPosts(self._client, account.account_key)

    def carry(self, job: ContentJob, *, before_leaving: Callable[[], None]) -> Delivery:
        """Post; LinkedIn names the earlier post of which one is a copy, which after a lost answer is this one."""
        before_leaving()
        try:
            name = self._posts.create(job.letter.text)
        except WordsRefused as refused:
            copied_id = copied_post(refused) if job.was_tried else None
            return failed_delivery(refused) if copied_id is None else Delivery(Transmission(Outcome.SENT, copied_id))
        except PlatformFailure as failure:
            return failed_delivery(failure)
        if not name:
            return Delivery(Transmission(Outcome.UNCERTAIN, "LinkedIn took the post and does not say what it is."))
        return Delivery(Transmission(Outcome.SENT, name))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


class GmailDraftCarrier:
    """Puts letters among the person's drafts in Gmail; nothing is sent.

    Args:
        services: the database, the vault, and where Gmail's API is
        account: whose drafts
    """

    def __init__(self, services: Services, account: Account) -> None:
        self._client = account_client(services, account, services.online.settings.google_api_url)
        self._gmail = GmailClient(self._client)

    def carry(self, job: ContentJob, *, before_leaving: Callable[[], None]) -> Delivery:
        """Put a letter among the drafts."""
        before_leaving()
        try:
            draft_id = self._gmail.create_draft(to_wire(job.letter).content)
        except PlatformFailure as failure:
            return failed_delivery(failure)
        if not draft_id:
            return Delivery(Transmission(Outcome.UNCERTAIN, "Gmail took the draft and does not say its id."))
        return Delivery(Transmission(Outcome.SENT, draft_id))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def failed_delivery(failure: PlatformFailure) -> Delivery:
    """What a failure means for what was to be carried out."""
    message = one_line(failure.message)
    if isinstance(failure, _UNCERTAIN) and not isinstance(failure, NothingLeft):
        # What helps when one reads is the wrong thing here: nothing is started again.
        unread = (failure.details or {}).get("answer")
        silent = "No answer came" if isinstance(failure, AgainNow) else "The answer can't be read" if unread else None
        why = message if silent is None else f"{silent}, so that nobody knows whether it is there."
        return Delivery(Transmission(Outcome.UNCERTAIN, why))
    means = next((means for kind, means in _MEANS.items() if isinstance(failure, kind)), ErrorClass.RETRY_LATER)
    again_at = failure.at if isinstance(failure, AgainAt) else None
    return Delivery(Transmission(Outcome.NOT_SENT, message, Refusal(means, message)), again_at=again_at)


def post_key(action_id: str) -> str:
    """Which request is paid for when something is posted."""
    return f"post:{action_id}"


CONTENT_CARRIERS: Mapping[Transport, Callable[[Services, Account], ContentCarrier]] = MappingProxyType(
    {Transport.X: XCarrier, Transport.LINKEDIN: LinkedInCarrier, Transport.GMAIL_DRAFT: GmailDraftCarrier}
)
"""Who carries out what was approved of a draft."""
