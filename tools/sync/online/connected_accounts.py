"""Which account a sync asks as: the one that is named, or the only one that is connected."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, InboundSource
from onelane.tools.platforms.online.sealed_accounts import is_signed_out
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, Conflict
from onelane.tools.registry.gate.vault import Vault, VaultClosed
from onelane.tools.sync.account_views import known_account
from onelane.tools.sync.export_files import way_in
from onelane.tools.sync.sync_types import SyncSubType

if TYPE_CHECKING:
    from onelane.tools.platforms.online.sign_in.features import Feature


class NotConnected(Conflict):
    """No account of this platform is connected, so that it can't be asked.

    Args:
        connect: that it is so, and how an account is connected
        file: how to get what is wanted from a file instead; empty where no file holds it
        details: see `ToolError`
    """

    code: ClassVar[str] = "not_connected"

    def __init__(self, connect: str, file: str = "", details: dict[str, object] | None = None) -> None:
        self.connect = connect
        super().__init__(f"{connect} Or import a file: {file}" if file else connect, details=details)


class SignInFirst(Conflict):
    """The account must sign in again before it can be asked."""

    code = "needs_reauth"


def account_to_ask(services: Services, sub_type: SyncSubType, account_id: str | None) -> Account:
    """The account as which a sync asks.

    Args:
        services: the database and the vault
        sub_type: what is synced
        account_id: the account that was named, if one was

    Raises:
        NotFound: there is no such account
        BadRequest: it is one of another platform
        Conflict: none is connected, or several and none was named, or it must sign in again
    """
    with services.database.read() as session:
        if account_id is not None:
            return _account_to_ask_by_id(session, services, sub_type, account_id)
        all_accounts = accounts.list_accounts(session, sub_type.platform)
    connected_accounts = [
        account for account in all_accounts if is_connected(services.vault, account) or _has_inbox(sub_type, account)
    ]
    usable_accounts = [account for account in connected_accounts if not is_signed_out(services.vault, account)]
    if len(usable_accounts) > 1:
        raise _several(usable_accounts)
    if not usable_accounts and connected_accounts:
        raise _signed_out(connected_accounts[0])
    if not usable_accounts:
        raise not_connected(services, sub_type)
    return usable_accounts[0]


def is_connected(vault: Vault, account: Account) -> bool:
    """Whether an account has signed in at its platform's API, also when it must do so again."""
    from onelane.tools.platforms.online.grants import grant_of

    try:
        grant = grant_of(vault, account)
    except VaultClosed:
        return account.inbound is not InboundSource.IMAP
    return grant is not None


def is_read_by_imap(vault: Vault, account: Account, sub_type: SyncSubType) -> bool:
    """Whether what came into an account is read by IMAP, because its platform's API may not be asked for it."""
    return _has_inbox(sub_type, account) and not (is_connected(vault, account) and _includes(vault, account, sub_type))


def require_sign_in_for(vault: Vault, account: Account, sub_type: SyncSubType) -> None:
    """See that an account's sign-in includes what a sync asks for.

    Raises:
        PersonMustAct: it does not; the message says what the person types
    """
    from onelane.tools.platforms.online.sign_in.features import require_feature

    if not _includes(vault, account, sub_type):
        require_feature(account.platform, _scopes(vault, account), _feature_of(sub_type))


_SENDS_ONLY = "is connected for sending, but no way to its mails is connected"


def not_connected(services: Services, sub_type: SyncSubType, account: Account | None = None) -> NotConnected:
    """What is said when nobody can be asked: both ways out.

    Args:
        services: tells where files are read from
        sub_type: what was to be synced
        account: the account that was named, at which its platform can't be asked
    """
    from onelane.tools.platforms import exports

    platform, export = sub_type.platform, exports.sub_types().get(sub_type)
    lacks = f"no account of {platform.company} is connected"
    if account is not None:
        sends = account.transport is not None
        lacks = f"{account.display_name} {_SENDS_ONLY if sends else 'is known from its export files only'}"
    file = "" if export is None else f"{export.advice} {way_in(sub_type, services.import_dirs)}"
    return NotConnected(
        f"{sub_type.label} can't be asked for: {lacks}. To connect one, in a chat: connect_account; at a terminal: "
        f"onelane accounts connect {platform.value}.",
        file,
    )


def _account_to_ask_by_id(session: Session, services: Services, sub_type: SyncSubType, account_id: str) -> Account:
    account = known_account(session, account_id)
    check_platform(account, sub_type)
    if is_signed_out(services.vault, account):
        raise _signed_out(account)
    if not is_connected(services.vault, account) and not _has_inbox(sub_type, account):
        raise not_connected(services, sub_type, account)
    return account


def check_platform(account: Account, sub_type: SyncSubType) -> None:
    """See that an account can be what a sync is about.

    Raises:
        BadRequest: it is one of another platform
    """
    if account.platform is not sub_type.platform:
        raise BadRequest(f"{account.display_name} is an account of {account.platform.label}, not of {sub_type.label}.")


def _has_inbox(sub_type: SyncSubType, account: Account) -> bool:
    return sub_type is SyncSubType.GMAIL_METADATA and account.inbound is InboundSource.IMAP


def _signed_out(account: Account) -> SignInFirst:
    from onelane.tools.platforms.online.connections import sign_in_command

    return SignInFirst(
        f"{account.display_name} must sign in again before {account.platform.company} can be asked: the person types "
        f"{sign_in_command(account)}"
    )


def _several(ready: Sequence[Account]) -> Conflict:
    names = "; ".join(f"{account.display_name}: {account.id}" for account in ready)
    ids = [account.id for account in ready]
    return Conflict(
        f"Several accounts can be asked. Say as platform_account_id which one: {names}.", details={"account_ids": ids}
    )


def _includes(vault: Vault, account: Account, sub_type: SyncSubType) -> bool:
    """Whether an account's sign-in includes what a sync asks for; of a token that was pasted nobody knows."""
    from onelane.tools.platforms.online.sign_in.features import granted_features

    scopes = _scopes(vault, account)
    return not scopes or _feature_of(sub_type) in granted_features(account.platform, scopes)


def _scopes(vault: Vault, account: Account) -> Sequence[str]:
    from onelane.tools.platforms.online.grants import grant_of

    try:
        grant = grant_of(vault, account)
    except VaultClosed:
        return ()
    return () if grant is None else grant.scopes


def _feature_of(sub_type: SyncSubType) -> "Feature":
    from onelane.tools.platforms.online.sign_in.features import Feature

    return Feature.MAIL if sub_type is SyncSubType.GMAIL_METADATA else Feature.CONTACTS
