"""Gives a sign-in back to its platform, before the account forgets it (docs/platforms.md, "Accounts")."""

from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.online.failures import PlatformFailure
from onelane.tools.platforms.online.grants import grant_of
from onelane.tools.platforms.online.oauth import revoke
from onelane.tools.platforms.online.providers import NoClientId, provider_of
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import VaultClosed


def give_back(services: Services, account: Account) -> str | None:
    """Give an account's sign-in back; what the person has to do themselves, where that did not work.

    No transaction is open meanwhile.
    """
    try:
        grant = grant_of(services.vault, account)
        if grant is None or grant.is_over:
            return None
        provider = provider_of(services.online.settings, account.platform)
        if provider.revoke_url is not None:
            revoke(provider, services.online.connect, grant)
            return None
    except (PlatformFailure, NoClientId, VaultClosed):
        pass
    return (
        f"Take the permission away at {account.platform.label} as well: in its settings, among the apps that may use "
        "your account."
    )
