"""The client that asks a platform as one of the person's accounts."""

from onelane.storage.platforms.accounts import Account, Platform
from onelane.tools.platforms.online.account_bearer import AccountBearer
from onelane.tools.platforms.online.failure_table import PlatformKey, platform_rules
from onelane.tools.platforms.online.http_client import PlatformClient
from onelane.tools.platforms.online.limits import RateLimits
from onelane.tools.registry.context import Services

_RULES: dict[Platform, PlatformKey] = {Platform.X: "x", Platform.GMAIL: "google", Platform.LINKEDIN: "linkedin"}


def account_client(services: Services, account: Account, base_url: str) -> PlatformClient:
    """A client that signs in as an account, and shares its limits with all processes.

    Args:
        services: the database, the vault, and the platforms
        account: as which account
        base_url: where the platform's API is
    """
    limits = RateLimits(services.database, account.id, platform_rules(_RULES[account.platform]))
    bearer = AccountBearer(services, account.id)
    return PlatformClient(bearer, base_url, limits, services.online.connect, services.database.clock)
