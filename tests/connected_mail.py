"""A mail account that can send, as a person has connected it."""

import orjson

from onelane.storage.database.engine import Database, Session
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AuthType, InboundSource, Platform, Transport


def connect_mail(session: Session, address: str = "me@example.com", **limits: int) -> Account:
    """The account of this address, which sends by SMTP and whose mailbox was read just now."""
    account = accounts.ensure_account(
        session, platform=Platform.GMAIL, display_name=address, auth_type=AuthType.API_KEY, account_key=address
    )
    account.transport, account.inbound, account.sender_name = Transport.SMTP, InboundSource.IMAP, "Me"
    account.inbox_read_at, account.limits = session.now(), orjson.dumps(limits).decode()
    session.add(account)
    session.flush()
    return account


def with_mail(database: Database) -> Database:
    """The same database, in which such an account is connected."""
    with database.write() as session:
        connect_mail(session)
    return database
