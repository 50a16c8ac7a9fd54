"""Clients of platforms for tests: an account, a sign-in that one sees, and a transport that answers by itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Account, AuthType, Platform, ensure_account
from onelane.tools.platforms.online.failure_table import PlatformKey, platform_rules
from onelane.tools.platforms.online.failures import SignInAgain
from onelane.tools.platforms.online.http_client import PlatformClient
from onelane.tools.platforms.online.limits import RateLimits

Answering = Callable[[httpx2.Request], httpx2.Response]


@dataclass
class SeenBearer:
    """A sign-in whose tokens are written down.

    Args:
        account_id: whose it is
        tokens: those that there are, the first first
    """

    account_id: str
    tokens: list[str] = field(default_factory=lambda: ["token-1", "token-2"])
    refused: list[str] = field(default_factory=list[str])

    def token(self) -> str:
        """The newest that was not refused."""
        return self.tokens[0]

    def renew(self, old_token: str) -> str:
        """The next one."""
        self.refused.append(old_token)
        self.tokens.pop(0)
        if not self.tokens:
            raise SignInAgain
        return self.tokens[0]


def online_account(database: Database, platform: Platform = Platform.X) -> Account:
    """An account that signs in."""
    with database.write() as session:
        return ensure_account(
            session, platform=platform, display_name="@ada", auth_type=AuthType.OAUTH, account_key="12"
        )


def client_of(
    database: Database,
    answering: Answering,
    *,
    platform: PlatformKey = "x",
    bearer: SeenBearer | None = None,
    timer: Callable[[], float] = lambda: 0.0,
) -> PlatformClient:
    """A client whose requests a function answers."""
    bearer = bearer or SeenBearer(online_account(database).id)
    return PlatformClient(
        bearer,
        "https://api.example.com",
        RateLimits(database, bearer.account_id, platform_rules(platform)),
        lambda: httpx2.Client(transport=httpx2.MockTransport(answering)),
        database.clock,
        timer=timer,
    )
