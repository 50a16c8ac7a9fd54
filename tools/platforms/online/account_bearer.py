"""An account's sign-in while one works with it: renewed when it is over, once for all processes.

See docs/platforms.md, "Renewing a sign-in".
"""

from onelane.storage.outreach.signing_in import mark_sealed
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus
from onelane.tools.platforms.online.account_lock import account_lock
from onelane.tools.platforms.online.connections import sign_in_command
from onelane.tools.platforms.online.failures import SignInAgain
from onelane.tools.platforms.online.grants import Grant, ended, grant_of, has_mail, replace_grant
from onelane.tools.platforms.online.oauth import renew
from onelane.tools.platforms.online.providers import provider_of
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.gate.credentials import GRANT
from onelane.tools.registry.gate.vault import KeyLocked, VaultClosed


class AccountBearer:
    """The access token of an account, which all processes share; a `Bearer`.

    A refresh token may be good for one time only, and using it twice may end the whole grant. So it is used only when
    the access token is over or was refused, by one process at a time, which looks first whether another has done it.

    Args:
        services: the database, the vault, and the platforms
        account_id: which account
        part: which part of its credentials has the sign-in
    """

    def __init__(self, services: Services, account_id: str, part: str = GRANT) -> None:
        self._services = services
        self._account_id = account_id
        self._part = part

    @property
    def account_id(self) -> str:
        """Which account signs in."""
        return self._account_id

    def token(self) -> str:
        """See `Bearer`."""
        _, grant = self._account_with_grant()
        return grant.access_token if grant.is_good(self._services.database.clock()) else self._after(grant.access_token)

    def renew(self, old_token: str) -> str:
        """See `Bearer`."""
        return self._after(old_token)

    def _after(self, old_token: str) -> str:
        """The token that comes after one that is of no use any more."""
        _, grant = self._account_with_grant()
        if self._is_fresh(grant, old_token):
            return grant.access_token
        services = self._services
        with account_lock(services.database, services.online.home, self._account_id):
            account, grant = self._account_with_grant()
            return grant.access_token if self._is_fresh(grant, old_token) else self._renew_grant(account, grant)

    def _is_fresh(self, grant: Grant, old_token: str) -> bool:
        return grant.access_token != old_token and grant.is_good(self._services.database.clock())

    def _renew_grant(self, account: Account, grant: Grant) -> str:
        """Get the next pair and keep it before anybody uses it; the lock is held, and no transaction is open."""
        if grant.refresh_token is None:
            return self._end(account, grant, f"{account.display_name} was signed in for a limited time, which is over.")
        now = self._services.database.clock()
        provider = provider_of(self._services.online.settings, account.platform, self._part)
        try:
            new = renew(provider, self._services.online.connect, grant, now=now)
        except SignInAgain as error:
            return self._end(account, grant, f"{error.message} {account.display_name} was signed in until now.")
        current = self._keep(grant, new)
        if current is None:
            raise self._refusal(account, f"{account.display_name} was disconnected meanwhile.")
        return current.access_token

    def _end(self, account: Account, grant: Grant, reason: str) -> str:
        """The platform refused the grant for good, unless the person has signed in with another one meanwhile.

        Raises:
            SignInAgain: they have not
        """
        current = self._keep(grant, ended(grant))
        if current is not None and not current.is_over:
            return current.access_token
        raise self._refusal(account, reason, grant)

    def _keep(self, old: Grant, new: Grant) -> Grant | None:
        with self._services.database.write(is_durable=True) as session:
            return replace_grant(session, self._services.vault, self._account_id, old, new, self._part)

    def _account_with_grant(self) -> tuple[Account, Grant]:
        """The account with its grant; one that needs signing in is asked nothing."""
        with self._services.database.read() as session:
            account = accounts.get_account(session, self._account_id)
        if account is None:
            raise NotFound(f"There is no account {self._account_id!r}. onelane accounts list shows what there is.")
        try:
            grant = grant_of(self._services.vault, account, self._part)
            is_mail_too = has_mail(self._services.vault, account)
        except KeyLocked:
            # Nothing is wrong with the account.
            raise
        except VaultClosed as error:
            with self._services.database.write() as session:
                mark_sealed(session, account.id)
            raise self._refusal(account, error.message) from error
        if grant is None:
            raise self._refusal(account, f"{account.display_name} is not signed in.")
        if grant.is_over or (account.status is AccountStatus.NEEDS_REAUTH and not is_mail_too):
            raise self._refusal(account, f"{account.display_name} is signed out.", grant)
        return account, grant

    def _refusal(self, account: Account, reason: str, grant: Grant | None = None) -> SignInAgain:
        return SignInAgain(f"{reason} The person signs in again: {sign_in_command(account, self._part, grant)}")
