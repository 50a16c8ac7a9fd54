"""Asks Gmail for single mails, a few at a time and no faster than it allows."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from onelane.storage.database.engine import Clock
from onelane.tools.platforms.formats.records import BadLine, Item, MessageRecord, SkippedLine
from onelane.tools.platforms.google.gmail_answers import GmailMail, record_of
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.online.failures import AgainAt, NothingThere, OurFault, PlatformFailure

AT_ONCE = 4
"""So many requests at a time; Gmail refuses whoever asks for many."""
_REFUSED = "a message that Gmail refuses to give"
_MINUTE = timedelta(minutes=1)
_FEWEST_A_MINUTE = 290
"""So many mails every project may ask for, with some room for others of the account's programs."""


_Mail = GmailMail | PlatformFailure | None
"""What came of asking for a mail; None where it is gone since it was listed."""


@dataclass(frozen=True, slots=True)
class FetchedMails:
    """What came of asking for mails.

    Args:
        items: the records, and what was passed by
        mails: those that were there
        left: the ids that were not asked for, because Gmail takes no more for now
        requests: so many were sent
        reached_since: whether older mails came than are wanted; then the rest was not asked for
        without_trace: ids of mails of which no record stays, such as newsletters
        own: addresses from which the owner sent
    """

    items: Sequence[Item] = ()
    mails: Sequence[GmailMail] = ()
    left: tuple[str, ...] = ()
    requests: int = 0
    reached_since: bool = False
    without_trace: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()


class MailFetcher:
    """Asks for mails.

    Args:
        client: asks Gmail
        clock: the time
        pause: lets so many seconds pass
    """

    def __init__(self, client: GmailClient, clock: Clock, pause: Callable[[float], None]) -> None:
        self._client = client
        self._pace = _Pace(clock, pause)

    def fetch(self, ids: Sequence[str], own: frozenset[str], *, since: datetime | None) -> FetchedMails:
        """Ask for mails, in this order.

        Args:
            ids: of the mails
            own: the owner's addresses that are known
            since: older mails are not wanted

        One that Gmail refuses to give while it gives others is passed over and told: it would be refused for ever, and
        hold up all that come behind it.

        Raises:
            PlatformFailure: before the first mail was there; later, what is there is given, and what is left
        """
        mails: list[tuple[str, _Mail]] = []
        open_ids: list[str] = list(ids)
        reached_since, failure = False, None
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="onelane-mails") as pool:
            while open_ids and not reached_since and failure is None:
                batch_ids, open_ids = open_ids[:AT_ONCE], open_ids[AT_ONCE:]
                self._pace.wait(len(batch_ids))
                answers = list(zip(batch_ids, pool.map(self._one, batch_ids), strict=True))
                gives_others = any(isinstance(each, GmailMail) for _, each in (*mails, *answers))
                failures = [
                    (mail_id, each)
                    for mail_id, each in answers
                    if isinstance(each, PlatformFailure) and not (gives_others and isinstance(each, OurFault))
                ]
                failed_ids = {mail_id for mail_id, _ in failures}
                mails += [(mail_id, each) for mail_id, each in answers if mail_id not in failed_ids]
                reached_since = any(_is_older(mail, since) for _, mail in mails[-AT_ONCE:])
                if failures:
                    failure, open_ids = failures[0][1], [*(mail_id for mail_id, _ in failures), *open_ids]
        if failure is not None:
            self._pace.slow_down(failure)
            if not mails:
                raise failure
        # Of those that were asked for together, some may not have come.
        unread_ids = () if reached_since and failure is None else tuple(open_ids)
        recent_mails = [(mail_id, mail) for mail_id, mail in mails if not _is_older(mail, since)]
        return _fetched_mails(
            recent_mails,
            own,
            unread_ids=unread_ids,
            requests=len(mails),
            reached_since=reached_since and not unread_ids,
        )

    def _one(self, mail_id: str) -> "_Mail":
        """A mail; None where it is gone since it was listed."""
        try:
            return self._client.message(mail_id)
        except NothingThere:
            return None
        except PlatformFailure as failure:
            return failure


class _Pace:
    """Keeps requests as far apart as a refusal has shown to be needed: whoever runs into the limit waits longer."""

    def __init__(self, clock: Clock, pause: Callable[[float], None]) -> None:
        self._clock = clock
        self._pause = pause
        self._sent: deque[datetime] = deque()
        self._most_a_minute: int | None = None

    def wait(self, count: int) -> None:
        """Wait until so many requests may be sent."""
        now = self._now()
        while self._most_a_minute is not None and len(self._sent) + count > self._most_a_minute:
            self._pause(max(0.01, (self._sent[0] + _MINUTE - now).total_seconds()))
            now = self._now()
        self._sent.extend([now] * count)

    def slow_down(self, failure: PlatformFailure) -> None:
        """Learn how many were too many."""
        if isinstance(failure, AgainAt):
            self._most_a_minute = max(len(self._sent) - AT_ONCE, _FEWEST_A_MINUTE)

    def _now(self) -> datetime:
        now = self._clock()
        while self._sent and self._sent[0] <= now - _MINUTE:
            self._sent.popleft()
        return now


def _fetched_mails(
    mail_by_id: Sequence[tuple[str, "_Mail"]],
    own: frozenset[str],
    *,
    unread_ids: tuple[str, ...],
    requests: int,
    reached_since: bool,
) -> FetchedMails:
    mails = [mail for _, mail in mail_by_id if isinstance(mail, GmailMail)]
    aliases = frozenset(writer for mail in mails if "SENT" in mail.label_ids for writer in mail.writers)
    items: list[Item] = []
    without_trace: list[str] = []
    for line, (mail_id, mail) in enumerate(mail_by_id, 1):
        if mail is None:
            items.append(SkippedLine(line, "a message that was deleted while the mailbox was read"))
            continue
        if isinstance(mail, PlatformFailure):
            items.append(BadLine(line, f"{_REFUSED}: {mail.message}", _REFUSED))
            continue
        item = record_of(mail, line, own | aliases)
        items.append(item)
        if not isinstance(item, MessageRecord) or item.is_bulk or not item.people:
            without_trace.append(mail_id)
    return FetchedMails(items, mails, unread_ids, requests, reached_since, tuple(without_trace), aliases)


def _is_older(mail: _Mail, since: datetime | None) -> bool:
    arrived_at = mail.arrived_at if isinstance(mail, GmailMail) else None
    return since is not None and arrived_at is not None and arrived_at < since
