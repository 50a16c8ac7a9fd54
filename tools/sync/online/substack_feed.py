"""The feed of a publication on Substack: its latest posts, asked for by address (docs/sync.md, "Feeds")."""

from dataclasses import asdict
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from onelane.storage.database.engine import Clock, Session
from onelane.storage.platforms import accounts
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.formats.records import Owner
from onelane.tools.platforms.online.failures import AgainAt, AgainNow
from onelane.tools.platforms.online.limits import retry_after_seconds
from onelane.tools.platforms.substack.posts import feed_items, feed_of_page, is_feed, is_whole_feed
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Forbidden, NotFound, ToolError
from onelane.tools.registry.ports.web import Feeds, FeedState, FetchedFeed
from onelane.tools.registry.runs.feed_addresses import publication_at
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.sync.online.connected_accounts import check_platform
from onelane.tools.sync.online.online_sync import OnlineRequest, sync_online
from onelane.tools.sync.online.source import Position, SourcePage
from onelane.tools.sync.sync_types import SyncSubType

_NOT_MODIFIED = 304
_TOO_MANY = 429
_USUAL_WAIT = timedelta(minutes=15)


class NoFeed(ToolError):
    """At that address is no feed of Substack. Give that of the publication, such as https://NAME.substack.com/feed."""


class SubstackFeed:
    """A publication's feed; a `Source`.

    Args:
        feeds: fetches it
        url: its address
        clock: the time
        is_whole: whether it is read although the site says that nothing is new
    """

    def __init__(self, feeds: Feeds, url: str, clock: Clock, *, is_whole: bool = False) -> None:
        self._feeds = feeds
        self._clock = clock
        self._url = url
        self._is_whole = is_whole

    @property
    def name(self) -> str:
        """See `Source`."""
        return self._url

    def fetch(self, position: Position) -> SourcePage:
        """See `Source`; a feed has one page."""
        last_state = FeedState(str(position.get("etag", "")), str(position.get("last_modified", "")))
        feed = self._feeds.fetch_feed(self._url, FeedState() if self._is_whole else last_state)
        if feed.status == _NOT_MODIFIED:
            return SourcePage(items=(), position=dict(position), is_last=True)
        _refuse(feed, self._clock())
        items = list(feed_items(self._url, feed.body))
        # What broke off on its way is asked for again, although nothing is new at the site.
        state = feed.state if is_whole_feed(feed.body) else FeedState()
        return SourcePage(items=items, position=asdict(state), is_last=True, resources=len(items))

    def conclude(self, session: Session, position: Position) -> None:
        """See `Source`: a feed has the latest posts only, so that nothing is over that it lacks."""


def sync_feed(run: Run, url: str, account_id: str | None, services: Services, *, is_whole: bool) -> RunEnd:
    """Bring in the posts of a publication's feed, as the given run.

    Args:
        run: the run
        url: the feed's address
        account_id: whose publication it is; None where the address tells that, or only one is known
        services: where it is fetched and kept
        is_whole: see `SubstackFeed`
    """
    with services.database.write() as session:
        account = None if account_id is None else accounts.get_account(session, account_id)
        if account is None:
            publication = publication_at(url)
            account = ensure_account(session, "substack", Owner(handle=publication) if publication else None)
        check_platform(account, SyncSubType.SUBSTACK_POSTS)
        request = OnlineRequest(SyncSubType.SUBSTACK_POSTS, account.id)
    feed = SubstackFeed(services.web.feeds, url, services.database.clock, is_whole=is_whole)
    return sync_online(run, request, services, lambda services, account, options: [feed])


def _refuse(feed: FetchedFeed, now: datetime) -> None:
    """Raise what a person can do about an answer that is no feed, and until when it is waited for."""
    host = urlsplit(feed.url).hostname or ""
    if feed.status in (401, 403):
        raise Forbidden(
            f"Substack refuses this machine's network ({feed.status} from {host}), as it does with many servers'. "
            f"Open {feed.url} in a browser, save it, and import that file: onelane sync substack_posts FILE"
        )
    if feed.status in (404, 410):
        raise NotFound(f"There is no feed at {feed.url}. Check the publication's name.")
    wait_seconds = retry_after_seconds({"retry-after": feed.retry_after}, now)
    if feed.status == _TOO_MANY or (feed.status >= 500 and wait_seconds is not None):
        wait_time = _USUAL_WAIT if wait_seconds is None else timedelta(seconds=wait_seconds)
        raise AgainAt("Substack takes no more requests for a while.", at=now + wait_time)
    if feed.status >= 500:
        raise AgainNow(f"{host} did not manage to answer. Start the sync again in a while.")
    if feed.status >= 300 or not is_feed(feed.body):
        raise _no_feed(feed)


def _no_feed(feed: FetchedFeed) -> NoFeed:
    address = feed_of_page(feed.url, feed.body)
    if address is None or address == feed.url:
        return NoFeed()
    return NoFeed(f"That is a page, which names its feed. Give that: onelane sync substack_posts {address}")
