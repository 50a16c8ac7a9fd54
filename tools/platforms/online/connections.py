"""How an account stands with its platform: what it may do there, and until when (docs/platforms.md, "Accounts")."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce

from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.tools.platforms.online.grants import Grant, grant_of
from onelane.tools.platforms.online.sign_in.features import MAILBOX_FEATURES, Feature, granted_features
from onelane.tools.registry.gate.credentials import GRANT, MICROSOFT
from onelane.tools.registry.gate.vault import KeyLocked, Vault, VaultClosed

SOON = timedelta(days=7)
"""So long before a sign-in ends the person is told."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An account's sign-in, without what is secret.

    Args:
        scopes: what was granted, in the platform's words
        features: what that is enough for
        ends_at: when the person has to sign in again at the latest, where that is known
        is_owned: whether the application belongs to the account
        next_step: what the person types so that it goes on, or before it ends; None while there is nothing to do
    """

    scopes: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    ends_at: datetime | None = None
    is_owned: bool = False
    next_step: str | None = None

    def ends_soon(self, now: datetime) -> bool:
        """Whether the person should sign in again within a week."""
        return self.ends_at is not None and self.ends_at - now < SOON


def connection_of(vault: Vault, account: Account, now: datetime) -> Connection:
    """How an account stands with its platform; an account without a sign-in has nothing of it."""
    # An address that signs in by a password alone has none; looking there would take the key and time.
    by_password = account.auth_type is AuthType.API_KEY and account.platform is Platform.GMAIL
    if account.credentials_encrypted is None or account.auth_type is AuthType.FILE or by_password:
        return Connection()
    try:
        grants = {part: grant_of(vault, account, part) for part in (GRANT, MICROSOFT)}
    except KeyLocked:
        return Connection()
    except VaultClosed:
        return Connection(next_step=sign_in_command(account, GRANT, None))
    connections = [_connection(account, part, grant, now) for part, grant in grants.items() if grant is not None]
    return reduce(_join, connections, Connection())


def _connection(account: Account, part: str, grant: Grant, now: datetime) -> Connection:
    features = () if grant.is_over else _features(account, part, grant)
    standing = Connection(grant.scopes, features, grant.ends_at, grant.is_owned)
    if grant.is_over or standing.ends_soon(now):
        return replace(standing, next_step=sign_in_command(account, part, grant))
    return standing


def _features(account: Account, part: str, grant: Grant) -> tuple[Feature, ...]:
    return MAILBOX_FEATURES if part == MICROSOFT else granted_features(account.platform, grant.scopes)


def _join(first: Connection, second: Connection) -> Connection:
    """How an account stands that has signed in at two places."""
    ends = [each.ends_at for each in (first, second) if each.ends_at is not None]
    return Connection(
        (*first.scopes, *second.scopes),
        tuple(dict.fromkeys((*first.features, *second.features))),
        min(ends, default=None),
        first.is_owned or second.is_owned,
        first.next_step or second.next_step,
    )


def sign_in_command(account: Account, part: str = GRANT, grant: Grant | None = None) -> str:
    """What the person types so that an account signs in again.

    Args:
        account: which
        part: for which part of its credentials
        grant: what it had, where that is known: the sign-in asks for the same again
    """
    if part == MICROSOFT:
        return f"onelane accounts connect microsoft --address {account.account_key}"
    if account.auth_type is AuthType.API_KEY:
        return f"onelane accounts connect {account.platform} --token -"
    # Named where it is for more, so that the sign-in asks for all of it, whichever other accounts there are.
    is_for_more = grant is not None and granted_features(account.platform, grant.scopes) not in (
        (),
        (Feature.CONTACTS,),
    )
    return f"onelane accounts connect {account.platform}{f' --account {account.id}' if is_for_more else ''}"
