"""Signing in at a platform, for what is asked of its API (docs/platforms.md, "Signing in")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from onelane.storage.platforms.accounts import Account, AuthType, Platform
from onelane.tools.platforms.online.failures import SignInAgain
from onelane.tools.platforms.online.grants import Grant
from onelane.tools.platforms.online.providers import Provider, provider_of
from onelane.tools.platforms.online.sign_in.connecting import connected_features, keep_account
from onelane.tools.platforms.online.sign_in.features import Feature, scopes_of
from onelane.tools.platforms.online.sign_in.identity import identity_of
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.deciding import check_writable


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
class PlatformSignIn:
    """A sign-in at a platform; a `Purpose`.

    Args:
        platform: whose account it will be
        features: what it is for, besides what the account was connected for before
        wishes: what the person said of the account
        account_id: which account signs in again; where none is said, the only one that has signed in
    """

    platform: Platform
    features: Collection[Feature]
    wishes: Wishes = field(default_factory=Wishes)
    account_id: str | None = None

    def provider(self, services: Services) -> Provider:
        """See `Purpose`."""
        return provider_of(services.online.settings, self.platform)

    def scopes(self, services: Services) -> Sequence[str]:
        """See `Purpose`."""
        return scopes_of(self.platform, self._features(services))

    def keep(self, services: Services, grant: Grant) -> Account:
        """See `Purpose`."""
        features = self._features(services)
        return _keep_account(services, self.platform, grant, AuthType.OAUTH, self.wishes, request=features)

    def _features(self, services: Services) -> frozenset[Feature]:
        with services.database.read() as session:
            before = connected_features(session, services.vault, self.platform, self.account_id)
        return before.union(self.features)


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
    return _keep_account(services, platform, grant, AuthType.API_KEY, Wishes())


def _keep_account(
    services: Services,
    platform: Platform,
    grant: Grant,
    auth_type: AuthType,
    wishes: Wishes,
    *,
    request: frozenset[Feature] | None = None,
) -> Account:
    try:
        identity = identity_of(services, platform, grant.access_token)
    except SignInAgain as error:
        raise SignInAgain(f"{platform.company} does not take this sign-in. Nothing was changed; try again.") from error
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
            request=request,
        )
