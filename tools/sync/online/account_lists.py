"""The lists of Google and LinkedIn that each sub-type reads (docs/platforms.md, "Syncs")."""

from collections.abc import Sequence

from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.google.people_client import PeopleClient
from onelane.tools.platforms.linkedin.client import SnapshotClient
from onelane.tools.platforms.online.account_client import account_client
from onelane.tools.registry.context import Services
from onelane.tools.sync.online.google.gmail_contacts import GoogleContacts
from onelane.tools.sync.online.google.gmail_metadata import GmailMails
from onelane.tools.sync.online.linkedin_contacts import LinkedInConnections
from onelane.tools.sync.online.online_sources import SyncOptions
from onelane.tools.sync.online.source import Source


def google_contacts(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """The address book of a Google account."""
    client = account_client(services, account, services.online.settings.people_api_url)
    return [GoogleContacts(PeopleClient(client), full=options.full)]


def gmail_mails(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """Who wrote to whom in a Gmail account."""
    client = GmailClient(account_client(services, account, services.online.settings.google_api_url))
    return [GmailMails(client, services, account, since=options.since, full=options.full)]


def linkedin_connections(services: Services, account: Account, options: SyncOptions) -> Sequence[Source]:
    """The connections of a LinkedIn account."""
    client = account_client(services, account, services.online.settings.linkedin_api_url)
    return [LinkedInConnections(SnapshotClient(client))]
