"""Accounts that are signed in at a platform's double."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx2

from onelane.server.cli.doubles.double_server import Double, Handler, serve_double
from onelane.server.cli.doubles.sign_in import CLIENT_ID, Family, SignIn
from onelane.storage.database.engine import Database
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.tools.platforms.online.account_bearer import AccountBearer
from onelane.tools.platforms.online.grants import Grant, grant_of, keep_grant
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.vault import Vault
from onelane.tools.registry.ports.online import TIMEOUT_SECONDS, Online, OnlineSettings
from tests.engines import idle_engine

KEY = b"k" * 32
"""The vault's, the same in every process of a test."""
ONE_HOUR = timedelta(hours=1)


def settings_at(url: str) -> OnlineSettings:
    """All platforms at one address, which know Onelane."""
    return OnlineSettings(
        x_client_id=CLIENT_ID,
        x_api_url=url,
        x_auth_url=f"{url}/i/oauth2/authorize",
        x_token_url=f"{url}/2/oauth2/token",
        x_revoke_url=f"{url}/2/oauth2/revoke",
        google_client_id=CLIENT_ID,
        google_api_url=url,
        people_api_url=url,
        google_userinfo_url=f"{url}/v1/userinfo",
        google_auth_url=f"{url}/o/oauth2/v2/auth",
        google_token_url=f"{url}/token",
        google_revoke_url=f"{url}/revoke",
        linkedin_client_id=CLIENT_ID,
        linkedin_api_url=url,
        linkedin_auth_url=f"{url}/oauth/v2/authorization",
        linkedin_token_url=f"{url}/oauth/v2/accessToken",
        microsoft_client_id=CLIENT_ID,
        microsoft_auth_url=url + "/{tenant}/oauth2/v2.0/authorize",
        microsoft_token_url=url + "/{tenant}/oauth2/v2.0/token",
    )


def client_of_this_machine() -> httpx2.Client:
    """As the product's own, but for certificates, which take a third of a second to read and are not needed here."""
    return httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, verify=False)


def services_at(url: str, database: Database) -> Services:
    """What tools work with, whose platforms are all at one address."""
    vault, online = Vault(lambda: KEY), Online(settings_at(url), connect=client_of_this_machine)
    return Services(database, idle_engine(database), [], vault=vault, online=online)


@dataclass(frozen=True)
class SignedInAccount:
    """An account that has signed in at a double.

    Args:
        services: what tools work with
        double: the platform
        sign_in: how it signs people in
        account_id: whose account
    """

    services: Services
    double: Double
    sign_in: SignIn
    account_id: str

    @property
    def bearer(self) -> AccountBearer:
        """Its sign-in, as a new process has it."""
        return AccountBearer(self.services, self.account_id)

    @property
    def account(self) -> Account:
        """Its row as it is now."""
        with self.services.database.read() as session:
            account = accounts.get_account(session, self.account_id)
        assert account is not None
        return account

    @property
    def grant(self) -> Grant:
        """Its grant as it is kept now."""
        grant = grant_of(self.services.vault, self.account)
        assert grant is not None
        return grant


@contextmanager
def signed_in(
    database: Database, sign_in: SignIn, platform: Platform, *scopes: str, routes: Mapping[str, Handler] | None = None
) -> Generator[SignedInAccount]:
    """An account that signed in an hour's worth of token ago.

    Args:
        database: where it is kept
        sign_in: how its platform signs people in
        platform: which
        scopes: what was granted
        routes: what else the platform answers
    """
    double = Double({**sign_in.routes, **(routes or {})})
    with serve_double(double) as running:
        services = services_at(running.url, database)
        account_id = keep_signed_in(services, platform, sign_in.grant(*scopes))
        yield SignedInAccount(services, double, sign_in, account_id)


def keep_signed_in(services: Services, platform: Platform, family: Family) -> str:
    """Keep a grant of a double as that of an account; its id."""
    grant = Grant(
        family.access_token,
        family.refresh_token or None,
        expires_at=services.database.clock() + ONE_HOUR,
        scopes=tuple(family.scopes),
    )
    with services.database.write() as session:
        account = accounts.ensure_account(
            session, platform=platform, display_name="Ada", auth_type=AuthType.OAUTH, account_key="1815"
        )
        keep_grant(services.vault, account, grant)
        session.add(account)
        return account.id
