"""The account that comes of a sign-in: one row for each account of a platform (docs/platforms.md, "Accounts")."""

from collections.abc import Collection
from dataclasses import replace

import orjson

from onelane.storage.account_join import join_accounts
from onelane.storage.database.engine import Session
from onelane.storage.outreach.signing_in import mark_signed_in
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AuthType, InboundSource, Platform, Transport
from onelane.tools.platforms.online.failures import PersonMustAct
from onelane.tools.platforms.online.grants import Grant, grant_of, keep_grant
from onelane.tools.platforms.online.sign_in.features import Feature, granted_features
from onelane.tools.platforms.online.sign_in.identity import UNNAMED_KEY, Identity
from onelane.tools.registry.errors import NotFound
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
    request: frozenset[Feature] | None = None,
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
        request: what was asked for; None where the person made the token themselves

    Raises:
        PersonMustAct: the account would lose what it was connected for before; nothing was changed
    """
    account = _known_account(session, platform, identity, joins_import=joins_import) or accounts.ensure_account(
        session,
        platform=platform,
        display_name=identity.display_name,
        auth_type=auth_type,
        account_key=identity.account_key,
    )
    before = _readable_grant(vault, account)
    if request is not None and before is not None:
        _check_nothing_is_lost(account, granted_features(platform, before.scopes), request)
    if joins_import:
        _take_over_import(session, account)
    account.account_key, account.display_name, account.auth_type = (
        identity.account_key,
        identity.display_name,
        auth_type,
    )
    if identity.counts:
        account.counts = orjson.dumps(identity.counts, option=orjson.OPT_SORT_KEYS).decode()
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
    """The account that is known from exports alone, which name nobody.

    It may be that of whoever signs in; nobody but the person knows.
    """
    account = accounts.find_account(session, platform, UNNAMED_KEY)
    return account if account is not None and account.auth_type is AuthType.FILE else None


def connected_features(
    session: Session, vault: Vault, platform: Platform, account_id: str | None = None
) -> frozenset[Feature]:
    """What an account was connected for: who connects it again keeps it.

    Args:
        session: a session
        vault: opens grants
        platform: whose account
        account_id: which; None for the only one that has signed in

    Raises:
        NotFound: there is no such account
    """
    rows = accounts.list_accounts(session, platform)
    if account_id is not None and account_id not in {row.id for row in rows}:
        missing = f"There is no account {account_id[:100]!r} at {platform.company}."
        raise NotFound(f"{missing} list_accounts shows what there is.")
    scopes_by_id = {row.id: grant.scopes for row in rows if (grant := _readable_grant(vault, row)) is not None}
    own_id = account_id or (next(iter(scopes_by_id)) if len(scopes_by_id) == 1 else "")
    return frozenset(granted_features(platform, scopes_by_id.get(own_id, ())))


def _check_nothing_is_lost(account: Account, before: Collection[Feature], request: frozenset[Feature]) -> None:
    missing = [feature for feature in before if feature not in request]
    if missing:
        raise PersonMustAct(
            f"{account.display_name} was connected for {', '.join(missing)} as well, which this sign-in did not ask "
            f"for. Nothing was changed. Sign in again so that it asks: onelane accounts connect {account.platform} "
            f"--account {account.id}"
        )


def _take_over_import(session: Session, account: Account) -> None:
    """Give an account what was imported without a name."""
    unnamed_account = joinable_import(session, account.platform)
    if unnamed_account is not None and unnamed_account.id != account.id:
        join_accounts(session, kept_id=account.id, gone_id=unnamed_account.id)


def _known_account(session: Session, platform: Platform, identity: Identity, *, joins_import: bool) -> Account | None:
    """The row of an account that has signed in before, or is known from its exports under this or another name."""
    rows = accounts.list_accounts(session, platform)
    for key in (identity.account_key, *identity.other_keys):
        if account := next((row for row in rows if row.account_key.lower() == key.lower()), None):
            return account
    if namesake := accounts.account_of_name(session, platform, identity.display_name, signs_in=False):
        return namesake
    unnamed_account = next((row for row in rows if row.account_key == UNNAMED_KEY), None)
    if unnamed_account is None or (unnamed_account.auth_type is AuthType.FILE and not joins_import):
        return None
    # One that signed in without saying who it is, and says so now.
    return unnamed_account


def _readable_grant(vault: Vault, account: Account) -> Grant | None:
    try:
        return grant_of(vault, account)
    except VaultClosed:
        return None
