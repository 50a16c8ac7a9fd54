"""What a platform granted when a person signed in: tokens, what they are good for, and until when.

It is a part of the account's sealed credentials (docs/platforms.md, "Accounts").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus
from onelane.tools.registry.gate.credentials import GRANT, MAIL, MICROSOFT, keep_part, open_parts
from onelane.tools.registry.gate.vault import Vault

_MARGIN = timedelta(seconds=60)
"""A token that ends so soon is not begun with."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a platform granted.

    Args:
        access_token: what requests carry
        refresh_token: gets the next access token; None where the platform gives none
        expires_at: when the access token is over; None where the platform does not say
        scopes: what was granted, in the platform's words
        is_owned: whether the application that asks belongs to the account itself, which makes reading X cheaper
        ends_at: when the person has to sign in again at the latest, where that is known
        is_over: whether the platform has refused it for good
        id_token: what says whose it is, where that came with it; it is not kept
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    is_owned: bool = False
    ends_at: datetime | None = None
    is_over: bool = False
    id_token: str | None = field(default=None, repr=False, compare=False)

    def is_good(self, now: datetime) -> bool:
        """Whether its access token may be used by its own date."""
        return self.expires_at is None or now + _MARGIN < self.expires_at


def grant_of(vault: Vault, account: Account, part: str = GRANT) -> Grant | None:
    """What the platform granted to an account; None where it never signed in.

    Args:
        vault: opens it
        account: whose
        part: which part of its credentials; by default the one with which its platform is asked

    Raises:
        VaultClosed: its credentials do not open
    """
    part_values = open_parts(vault, account).get(part)
    return None if part_values is None else _read(part_values)


def keep_grant(vault: Vault, account: Account, grant: Grant, part: str = GRANT) -> None:
    """Put a grant into an account's row, beside its other parts."""
    keep_part(vault, account, part, _document(grant))


def replace_grant(
    session: Session, vault: Vault, account_id: str, old: Grant, new: Grant, part: str = GRANT
) -> Grant | None:
    """Put a new grant in the place of the one that it was made of.

    Returns:
        What stands there now: another one where the person has signed in meanwhile, None where they disconnected.
    """
    account = accounts.get_account(session, account_id)
    current = None if account is None else grant_of(vault, account, part)
    if account is None or current is None or current.access_token != old.access_token:
        return current
    keep_grant(vault, account, new, part)
    if new.is_over and (part == MICROSOFT or not has_mail(vault, account)):
        account.status = AccountStatus.NEEDS_REAUTH
    account.updated_at = session.now()
    session.add(account)
    session.flush()
    return new


def ended(grant: Grant) -> Grant:
    """The same grant, refused for good: it is asked for nothing any more."""
    return replace(grant, is_over=True)


def has_mail(vault: Vault, account: Account) -> bool:
    """Whether the account signs in to mail servers as well.

    Raises:
        VaultClosed: its credentials do not open
    """
    return MAIL in open_parts(vault, account)


def _document(grant: Grant) -> dict[str, Any]:
    return {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "expires_at": grant.expires_at and grant.expires_at.isoformat(),
        "scopes": list(grant.scopes),
        "is_owned": grant.is_owned,
        "ends_at": grant.ends_at and grant.ends_at.isoformat(),
        "is_over": grant.is_over,
    }


def _read(part: Mapping[str, Any]) -> Grant:
    return Grant(
        access_token=part["access_token"],
        refresh_token=part["refresh_token"],
        expires_at=_instant(part["expires_at"]),
        scopes=tuple(part["scopes"]),
        is_owned=part["is_owned"],
        ends_at=_instant(part["ends_at"]),
        is_over=part["is_over"],
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
