"""One sign-in, from the address that the person opens to the account that is kept (docs/platforms.md, "Signing in").

Code, verifier and state are in memory only, and only as long as the sign-in lasts.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.tools.platforms.online.failures import SignInAgain
from onelane.tools.platforms.online.grants import Grant
from onelane.tools.platforms.online.oauth import authorize_url, exchange_code
from onelane.tools.platforms.online.providers import Provider, provider_of
from onelane.tools.platforms.online.sign_in.connecting import connected_features, keep_account
from onelane.tools.platforms.online.sign_in.features import Feature, scopes_of
from onelane.tools.platforms.online.sign_in.identity import who_signed_in
from onelane.tools.platforms.online.sign_in.redirect import code_in
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.deciding import check_writable

TIMEOUT_SECONDS = 300
"""So long a sign-in is waited for, where nothing else is said."""
_STATE_BYTES, _VERIFIER_BYTES = 32, 48


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person said of the account.

    Args:
        is_owned: whether the application at X is the account's own, which makes reading cheaper; None: not said
        joins_import: whether what was imported without a name belongs to it
    """

    is_owned: bool | None = None
    joins_import: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that has begun.

    Args:
        platform: whose account it will be
        provider: who lets it in
        scopes: what is asked for
        url: what the person opens
        redirect_url: where the browser comes back to
        expires_at: until when it is waited for
        state: by which the answer is known
        verifier: what proves that the code is ours
    """

    platform: Platform
    provider: Provider
    scopes: str
    url: str = field(repr=False)
    redirect_url: str
    expires_at: datetime
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    def code_in(self, query: str) -> str:
        """The code in what the browser brings; see `redirect.code_in`."""
        return code_in(query, state=self.state, name=self.provider.name)


def begin_sign_in(
    services: Services,
    platform: Platform,
    features: Collection[Feature],
    redirect_url: str,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> SignIn:
    """Begin a sign-in, which asks for what accounts of the platform were connected for before as well.

    Raises:
        Forbidden: nothing may be changed here
        NoClientId: the platform does not know Onelane
    """
    check_writable(services)
    provider = provider_of(services.online.settings, platform)
    with services.database.read() as session:
        before = connected_features(session, services.vault, platform)
        now = session.now()
    state, verifier = secrets.token_urlsafe(_STATE_BYTES), secrets.token_urlsafe(_VERIFIER_BYTES)
    scopes = " ".join(scopes_of(platform, before.union(features)))
    url = authorize_url(provider, redirect_url=redirect_url, scopes=scopes, state=state, verifier=verifier)
    return SignIn(
        platform=platform,
        provider=provider,
        scopes=scopes,
        url=url,
        redirect_url=redirect_url,
        expires_at=now + timedelta(seconds=timeout_seconds),
        state=state,
        verifier=verifier,
    )


def complete_sign_in(services: Services, sign_in: SignIn, code: str, wishes: Wishes) -> Account:
    """Turn the code into a grant, ask whose it is, and keep the account.

    Raises:
        PlatformFailure: the platform gave none, or does not say whose it is; nothing was changed
    """
    grant = exchange_code(
        sign_in.provider,
        services.online.connect,
        code=code,
        redirect_url=sign_in.redirect_url,
        verifier=sign_in.verifier,
        scopes=sign_in.scopes,
        now=services.database.clock(),
    )
    return _kept(services, sign_in.platform, grant, AuthType.OAUTH, wishes)


def connect_token(services: Services, platform: Platform, token: str, features: Collection[Feature]) -> Account:
    """Keep a token that a platform's own page made, as LinkedIn's generator does.

    Args:
        services: the database, the vault, and the platforms
        platform: whose token it is
        token: as the page showed it
        features: what it was made for; nothing else tells

    Raises:
        BadRequest: it is no token
        PlatformFailure: the platform does not take it; nothing was changed
    """
    check_writable(services)
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadRequest("That is no token: it is one word, of letters and signs. Nothing was changed.")
    grant = Grant(token, scopes=scopes_of(platform, features))
    return _kept(services, platform, grant, AuthType.API_KEY, Wishes())


def _kept(services: Services, platform: Platform, grant: Grant, auth_type: AuthType, wishes: Wishes) -> Account:
    try:
        identity = who_signed_in(services, platform, grant.access_token)
    except SignInAgain as error:
        raise SignInAgain(f"{platform.label} does not take this sign-in. Nothing was changed; try again.") from error
    with services.database.write(is_durable=True) as session:
        return keep_account(
            session,
            services.vault,
            platform,
            identity,
            grant,
            auth_type=auth_type,
            is_owned=wishes.is_owned,
            joins_import=wishes.joins_import,
        )
