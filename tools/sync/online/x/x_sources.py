"""The lists that each sub-type of X reads, and what reading them will cost."""

from collections.abc import Sequence

from onelane.storage.database.engine import Session
from onelane.storage.people.identities import count_unasked, users_of
from onelane.storage.platforms import cursors
from onelane.storage.platforms.accounts import Account, Platform
from onelane.storage.platforms.spending import spent_by_account
from onelane.tools.platforms.x.account_requests import prices_for
from onelane.tools.platforms.x.client import MOST_IDS, MOST_PEOPLE, MOST_POSTS
from onelane.tools.platforms.x.estimate import Estimate, ListToRead, estimate
from onelane.tools.registry.context import Services
from onelane.tools.sync.cursor_parts import part_of
from onelane.tools.sync.online.online_sources import SyncOptions
from onelane.tools.sync.online.source import Source
from onelane.tools.sync.online.x.x_account import counts_of, open_x
from onelane.tools.sync.online.x.x_look_ups import XLookUps
from onelane.tools.sync.online.x.x_people import NEWEST, XPeople
from onelane.tools.sync.online.x.x_posts import MOST_BACK, XPosts
from onelane.tools.sync.sync_types import SyncSubType


def contacts_of(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """The lists of x_contacts: the followers, and whom the account follows."""
    x = open_x(services, account)
    return [XPeople(x, name, full=options.full) for name in ("followers", "following")]


def tweets_of(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """The list of x_tweets."""
    return [_posts(services, account, "tweets", options)]


def mentions_of(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """The list of x_mentions."""
    return [_posts(services, account, "mentions", options)]


def _posts(services: Services, account: Account, name: str, options: SyncOptions) -> XPosts:
    has_looked = name in options.read_before
    x = open_x(services, account)
    return XPosts(x, name, full=options.full, since=options.since, has_looked=has_looked)


def profiles_of(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """Whom x_enrich looks up."""
    x = open_x(services, account)
    return [XLookUps(x, contact_ids=options.contact_ids, most=options.max_profiles)]


def estimate_x(
    services: Services, account: Account, sub_type: SyncSubType, options: SyncOptions, max_pages: int | None = None
) -> Estimate:
    """What a sync of X will cost; X is not asked.

    Args:
        services: the database and the settings
        account: whose lists are read
        sub_type: what is synced
        options: what else was asked for
        max_pages: so many requests may be sent over all lists
    """
    with services.database.read() as session:
        lists = _lists(session, account, sub_type, options)
        spent = spent_by_account(session, session.now().strftime("%Y-%m")).get(account.id, 0)
    return estimate(
        lists,
        prices_for(services, account),
        most_requests=max_pages,
        cap_usd=services.online.settings.x_monthly_usd,
        spent_micro_usd=spent,
    )


def _lists(session: Session, account: Account, sub_type: SyncSubType, options: SyncOptions) -> list[ListToRead]:
    if sub_type is SyncSubType.X_ENRICH:
        contact_ids = options.contact_ids
        user_count = (
            len(users_of(session, Platform.X, contact_ids)) if contact_ids else count_unasked(session, Platform.X)
        )
        count = user_count if options.max_profiles is None else min(user_count, options.max_profiles)
        return [ListToRead("user", count, count, MOST_IDS)] if count else []
    counts, cursor = counts_of(account), cursors.get_cursor(session, account.id, sub_type)
    if sub_type is SyncSubType.X_CONTACTS:
        lists = (("followers", "follower"), ("following", "following"))
        user_count = {name: bool(part_of(cursor, name).get("is_known")) and not options.full for name, _ in lists}
        return [_people(counts.get(name, 0), resource, is_known=user_count[name]) for name, resource in lists]
    name = "tweets" if sub_type is SyncSubType.X_TWEETS else "mentions"
    is_known = bool(part_of(cursor, name).get("is_known")) and not options.full
    most = min(counts.get("posts", MOST_BACK[name]), MOST_BACK[name]) if name == "tweets" else MOST_BACK[name]
    least = 0 if is_known or options.since or name == "mentions" else most
    return [ListToRead("post" if name == "tweets" else "mention", least, most, MOST_POSTS)]


def _people(count: int, resource: str, *, is_known: bool) -> ListToRead:
    least = min(count, NEWEST) if is_known else count
    kind = "follower" if resource == "follower" else "following"
    return ListToRead(kind, least, count, NEWEST if is_known else MOST_PEOPLE)
