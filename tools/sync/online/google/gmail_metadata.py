"""Who wrote to whom in a Gmail account, and when: the whole list once, newest first, then what came since.

See docs/platforms.md, "Gmail's mail".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from onelane.storage.database.engine import Session
from onelane.storage.people.engagements import read_recorded
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, InboundSource
from onelane.tools.platforms.google.gmail_answers import ListedMails
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.online.failures import CursorExpired, OurFault, PlatformFailure
from onelane.tools.registry.context import Services
from onelane.tools.sync.online.google.fetched_mails import FetchedMails, MailFetcher
from onelane.tools.sync.online.google.gmail_place import GmailPlace
from onelane.tools.sync.online.google.mail_answers import taking_answers
from onelane.tools.sync.online.page_tokens import PageTokens
from onelane.tools.sync.online.source import Position, SourcePage

_NO_MAILS = FetchedMails()


@dataclass
class GmailMails:
    """The mails of an account; a `Source`.

    A sync begins with what came since the last one, goes on with the list where that was not read to its end, and ends
    with what came meanwhile. Only mails that are not known are asked for.

    Args:
        client: asks Gmail
        services: tell which mails are known, and the time
        account: whose mailbox it is
        since: mails that came earlier are not asked for
        full: whether the list is read again, whatever was read
    """

    client: GmailClient
    services: Services
    account: Account
    since: datetime | None = None
    full: bool = False
    name: str = "messages"
    _is_up_to_date: bool = False
    """Whether what came since was asked for, and only the list is left."""
    _read_until: datetime | None = None
    """When the mailbox was last asked for what came."""
    _lists: PageTokens = field(default_factory=partial(PageTokens, "Gmail"))
    _histories: PageTokens = field(default_factory=partial(PageTokens, "Gmail"))

    def __post_init__(self) -> None:
        self._fetcher = MailFetcher(self.client, self.services.database.clock, self.services.online.pause)

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`."""
        place = GmailPlace.of(position)
        if not place.is_listing and (self.full or self._is_wanted_deeper(place)):
            place = place.at_top()
        page = self._next(place)
        self.full = False
        return page

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`: it is known up to when what came was read. What is deleted at Gmail stays here."""
        account = accounts.get_account(session, self.account.id)
        # Where the mailbox is read by IMAP as well, that goes on where it stopped: it reads answers and not only heads.
        if account is not None and account.inbound is not InboundSource.IMAP and self._read_until is not None:
            account.inbox_read_at = max(self._read_until, account.inbox_read_at or self._read_until)
            session.add(account)

    def _next(self, place: GmailPlace) -> SourcePage:
        if place.is_listing and self._is_up_to_date:
            return self._list_on(place)
        if not place.history_id:
            return self._begin(place, further_requests=0)
        try:
            return self._come_up_to_date(place)
        except CursorExpired:
            return self._begin(place, further_requests=1)

    def _is_wanted_deeper(self, place: GmailPlace) -> bool:
        """Whether the list was read less far than is wanted now."""
        return place.since is not None and (self.since is None or self.since < place.since)

    def _begin(self, place: GmailPlace, *, further_requests: int) -> SourcePage:
        """Begin the list. What comes while it is read stands in the history behind the place that is told before."""
        profile = self.client.profile()
        self._is_up_to_date, self._lists = True, PageTokens("Gmail")
        return self._list_on(place.at_history(profile.history_id).at_top(), further_requests=further_requests + 1)

    def _list_on(self, place: GmailPlace, *, further_requests: int = 0) -> SourcePage:
        """The next page of the list, or what is left of the last one."""
        total = None
        ids: Sequence[str] = place.left
        if not place.left:
            place, mail_list = self._next_list(place)
            self._lists.check(mail_list.next_page_token)
            place = replace(place, list_page=mail_list.next_page_token)
            ids, total = self._unrecorded_ids(place, mail_list.ids), mail_list.estimate
            further_requests += 1
        mails = self._fetch_mails(place, ids, self.since)
        after = replace(place.with_mails(mails), left=mails.left)
        if mails.reached_since or not (mails.left or place.list_page):
            since = self.since if mails.reached_since else None
            after = replace(after, is_listing=False, list_page="", left=(), since=since)
            return self._end_list(after, mails, requests=further_requests, total=total)
        return self._page(after, mails, is_last=False, requests=further_requests, total=total)

    def _end_list(self, place: GmailPlace, mails: FetchedMails, *, requests: int, total: int | None) -> SourcePage:
        """The end of the list, and of the sync where nothing came meanwhile; else that is the next page."""
        self._is_up_to_date, self._read_until = False, self.services.database.clock()
        if not place.history_id:
            return self._page(place, mails, is_last=True, requests=requests, total=total)
        try:
            history = self.client.history(place.history_id)
        except CursorExpired:
            # Gmail may not know its own place for days: then the list is all there is, and is read again next time.
            return self._page(place, mails, is_last=True, requests=requests + 1, total=total)
        except PlatformFailure:
            return self._page(place, mails, is_last=False, requests=requests, total=total)
        mail_ids = {mail.mail_id for mail in mails.mails}
        is_last = not history.next_page_token and mail_ids.issuperset(self._unrecorded_ids(place, history.mail_ids))
        if is_last:
            place = place.at_history(history.history_id or place.history_id)
        return self._page(place, mails, is_last=is_last, requests=requests + 1, total=total)

    def _next_list(self, place: GmailPlace) -> tuple[GmailPlace, ListedMails]:
        try:
            return place, self.client.messages(page_token=place.list_page)
        except OurFault:
            # A page token that another run has left may be too old; one that was given just now is not.
            if not place.list_page or self._lists.gave(place.list_page):
                raise
        return place.at_top(), self.client.messages()

    def _come_up_to_date(self, place: GmailPlace) -> SourcePage:
        """What came since the last sync, and where that is nothing, the list at once."""
        self._read_until = self.services.database.clock()
        requests, history_id = 0, place.history_id
        ids: Sequence[str] = place.came
        if not place.came:
            history = self.client.history(place.history_id, page_token=place.history_page)
            self._histories.check(history.next_page_token)
            place = replace(place, history_page=history.next_page_token)
            ids, requests = self._unrecorded_ids(place, history.mail_ids), 1
            if not history.next_page_token:
                history_id = history.history_id or place.history_id
        mails = self._fetch_mails(place, ids)
        after = replace(place.with_mails(mails), came=mails.left, history_id=history_id)
        if after.came or after.history_page:
            return self._page(after, mails, is_last=False, requests=requests)
        self._is_up_to_date = True
        if after.is_listing and not mails.requests:
            return self._list_on(after, further_requests=requests)
        return self._page(after, mails, is_last=not after.is_listing, requests=requests)

    def _fetch_mails(self, place: GmailPlace, ids: Sequence[str], since: datetime | None = None) -> FetchedMails:
        own = place.own | {self.account.account_key.lower()}
        return self._fetcher.fetch(ids, own, since=since) if ids else _NO_MAILS

    def _unrecorded_ids(self, place: GmailPlace, ids: Sequence[str]) -> Sequence[str]:
        if not ids:
            return ()
        with self.services.database.read() as session:
            recorded_ids = {event_id for event_id, _ in read_recorded(session, self.account.platform, ids)}
        return [each for each in ids if each not in recorded_ids and each not in place.passed_over]

    def _page(
        self, place: GmailPlace, mails: FetchedMails, *, is_last: bool, requests: int, total: int | None = None
    ) -> SourcePage:
        return SourcePage(
            items=mails.items,
            position=place.position(),
            is_last=is_last,
            resources=len(mails.mails),
            requests=mails.requests + requests,
            total_items=total,
            also=taking_answers(self.services, self.account.id, mails.mails) if mails.mails else None,
        )
