"""Which lists each sub-type reads from its platform (docs/platforms.md, "Syncs")."""

from collections.abc import Callable

from onelane.storage.platforms.accounts import Platform
from onelane.tools.sync.online.online_sources import OnlineSources, SourcesOf
from onelane.tools.sync.sync_types import SyncSubType


def _of_x(sub_type: SyncSubType) -> Callable[[], SourcesOf]:
    def load_sources() -> SourcesOf:
        from onelane.tools.sync.online.x import x_sources

        return {
            SyncSubType.X_CONTACTS: x_sources.contacts_of,
            SyncSubType.X_TWEETS: x_sources.tweets_of,
            SyncSubType.X_MENTIONS: x_sources.mentions_of,
            SyncSubType.X_ENRICH: x_sources.profiles_of,
        }[sub_type]

    return load_sources


def _of_others(sub_type: SyncSubType) -> Callable[[], SourcesOf]:
    def load_sources() -> SourcesOf:
        from onelane.tools.sync.online import account_lists

        return {
            SyncSubType.GMAIL_CONTACTS: account_lists.google_contacts,
            SyncSubType.GMAIL_METADATA: account_lists.gmail_mails,
            SyncSubType.LINKEDIN_CONTACTS: account_lists.linkedin_connections,
        }[sub_type]

    return load_sources


ONLINE: OnlineSources = {
    **{each: _of_x(each) for each in SyncSubType if each.is_online and each.platform is Platform.X},
    **{each: _of_others(each) for each in SyncSubType if each.is_online and each.platform is not Platform.X},
}
