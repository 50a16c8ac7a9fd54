"""Gives a sign-in back to its platform, before the account forgets it (docs/platforms.md, "Accounts")."""

from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.online.failures import PlatformFailure
from onelane.tools.platforms.online.grants import grant_of
from onelane.tools.platforms.online.oauth import revoke
from onelane.tools.platforms.online.providers import NoClientId, provider_of
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.credentials import GRANT, MICROSOFT
from onelane.tools.registry.gate.vault import VaultClosed


def give_back(services: Services, account: Account) -> str | None:
    """Give an account's sign-in back; what the person has to do themselves, where that did not work.

    No transaction is open meanwhile.
    """
    platforms = [name for part, name in _names(account).items() if not _is_given_back(services, account, part)]
    if not platforms:
        return None
    return (
        f"Take the permission away at {' and '.join(platforms)} as well: in its settings, among the apps that may use "
        "your account."
    )


def _names(account: Account) -> dict[str, str]:
    return {GRANT: account.platform.company, MICROSOFT: "Microsoft"}


def _is_given_back(services: Services, account: Account, part: str) -> bool:
    try:
        grant = grant_of(services.vault, account, part)
        if grant is None or grant.is_over:
            return True
        provider = provider_of(services.online.settings, account.platform, part)
        if provider.revoke_url is None:
            return False
        revoke(provider, services.online.connect, grant)
    except VaultClosed:
        return part == MICROSOFT
    except (PlatformFailure, NoClientId):
        return False
    return True
