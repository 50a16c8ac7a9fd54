"""The account that comes of a sign-in: one row for each account of a platform (docs/platforms.md, "Accounts")."""

from collections.abc import Collection
from dataclasses import replace

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.outreach.signing_in import mark_signed_in
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AuthType, InboundSource, Platform, Transport
from onelane.tools.platforms.online.grants import Grant, grant_of, keep_grant
from onelane.tools.platforms.online.sign_in.features import Feature, granted_features
from onelane.tools.platforms.online.sign_in.identity import UNNAMED, Identity
from onelane.tools.registry.gate.vault import Vault, VaultClosed


def keep_account(
    session: Session,
    vault: Vault,
    platform: Platform,
    identity: Identity,
    grant: Grant,
    *,
    auth_type: AuthType,
    is_owned: bool | None,
    joins_import: bool,
) -> Account:
    """Keep a sign-in as that of its account; connecting twice is once.

    Args:
        session: a session that writes
        vault: seals the grant
        platform: whose account it is
        identity: who signed in
        grant: what was granted
        auth_type: how the account proves itself
        is_owned: whether the application is the account's own; None leaves it as it was
        joins_import: whether the account that is known from exports alone, which name nobody, is the same
    """
    account = _known(session, platform, identity, joins_import=joins_import) or accounts.ensure_account(
        session,
        platform=platform,
        display_name=identity.display_name,
        auth_type=auth_type,
        account_key=identity.account_key,
    )
    account.account_key, account.display_name, account.auth_type = (
        identity.account_key,
        identity.display_name,
        auth_type,
    )
    if identity.counts:
        account.counts = orjson.dumps(identity.counts, option=orjson.OPT_SORT_KEYS).decode()
    before = _readable_grant(vault, account)
    was_owned = before is not None and before.is_owned
    keep_grant(vault, account, replace(grant, is_owned=was_owned if is_owned is None else is_owned))
    _choose_transport(account, grant)
    return mark_signed_in(session, account)


def _choose_transport(account: Account, grant: Grant) -> None:
    """Let an account send by Gmail's API where it may; one that sends by a password of its own goes on doing that."""
    may_send = Feature.SEND in granted_features(account.platform, grant.scopes)
    if may_send and account.transport is None:
        account.transport, account.inbound = Transport.GMAIL, account.inbound or InboundSource.IMPORT
    elif not may_send and account.transport is Transport.GMAIL:
        account.transport = None


def joinable_import(session: Session, platform: Platform) -> Account | None:
    """The account that is known from exports alone, which name nobody, while no other account of its platform is there.

    It may be that of whoever signs in first; nobody but the person knows.
    """
    rows = accounts.list_accounts(session, platform)
    only = rows[0] if len(rows) == 1 else None
    is_unnamed = only is not None and only.account_key == UNNAMED and only.auth_type is AuthType.FILE
    return only if is_unnamed else None


def connected_features(session: Session, vault: Vault, platform: Platform) -> frozenset[Feature]:
    """What accounts of a platform were connected for: who connects again keeps it."""
    grants = (_readable_grant(vault, account) for account in accounts.list_accounts(session, platform))
    features: Collection[Feature] = [
        feature for grant in grants if grant is not None for feature in granted_features(platform, grant.scopes)
    ]
    return frozenset(features)


def _known(session: Session, platform: Platform, identity: Identity, *, joins_import: bool) -> Account | None:
    """The row of an account that has signed in before, or is known from its exports under this or another name."""
    rows = accounts.list_accounts(session, platform)
    for key in (identity.account_key, *identity.other_keys):
        if found := next((row for row in rows if row.account_key.lower() == key.lower()), None):
            return found
    unnamed = next((row for row in rows if row.account_key == UNNAMED), None)
    if unnamed is None or (unnamed.auth_type is AuthType.FILE and not joins_import):
        return None
    # One that signed in without saying who it is, and says so now.
    return unnamed


def _readable_grant(vault: Vault, account: Account) -> Grant | None:
    try:
        return grant_of(vault, account)
    except VaultClosed:
        return None
