"""How an account stands with its platform: what it may do there, and until when (docs/platforms.md, "Accounts")."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.tools.platforms.online.grants import Grant, grant_of
from onelane.tools.platforms.online.sign_in.features import Feature, granted_features
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
        grant = grant_of(vault, account)
    except KeyLocked:
        return Connection()
    except VaultClosed:
        return Connection(next_step=_connecting(account))
    return Connection() if grant is None else _connection(account, grant, now)


def _connection(account: Account, grant: Grant, now: datetime) -> Connection:
    features = () if grant.is_over else granted_features(account.platform, grant.scopes)
    standing = Connection(grant.scopes, features, grant.ends_at, grant.is_owned)
    if grant.is_over or standing.ends_soon(now):
        return Connection(grant.scopes, features, grant.ends_at, grant.is_owned, _connecting(account))
    return standing


def _connecting(account: Account) -> str:
    by_hand = " --token -" if account.auth_type is AuthType.API_KEY else ""
    return f"onelane accounts connect {account.platform}{by_hand}"
