"""The lists of Google and LinkedIn that each sub-type reads (docs/platforms.md, "Syncs")."""

from collections.abc import Sequence

from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.google.people_client import PeopleClient
from onelane.tools.platforms.linkedin.client import SnapshotClient
from onelane.tools.platforms.online.account_client import account_client
from onelane.tools.platforms.online.grants import grant_of
from onelane.tools.platforms.online.sign_in.features import Feature, granted_features
from onelane.tools.registry.context import Services
from onelane.tools.sync.online.google.gmail_contacts import GoogleContacts, GoogleOthers
from onelane.tools.sync.online.google.gmail_metadata import GmailMails
from onelane.tools.sync.online.linkedin_contacts import LinkedInConnections
from onelane.tools.sync.online.online_sources import SyncOptions
from onelane.tools.sync.online.source import Source


def google_contacts(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """The address book of a Google account; and whom it has only mailed, where its sign-in includes that."""
    client = PeopleClient(account_client(services, account, services.online.settings.people_api_url))
    book, grant = GoogleContacts(client, full=options.full), grant_of(services.vault, account)
    has_others = grant is not None and Feature.OTHERS in granted_features(account.platform, grant.scopes)
    return [book, GoogleOthers(client)] if has_others else [book]


def gmail_mails(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """Who wrote to whom in a Gmail account."""
    client = GmailClient(account_client(services, account, services.online.settings.google_api_url))
    return [GmailMails(client, services, account, since=options.since, full=options.full)]


def linkedin_connections(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """The connections of a LinkedIn account."""
    client = account_client(services, account, services.online.settings.linkedin_api_url)
    return [LinkedInConnections(SnapshotClient(client))]
