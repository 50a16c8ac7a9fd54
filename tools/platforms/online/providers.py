"""Who lets accounts sign in, and how each of them wants to be asked (docs/platforms.md, "Accounts")."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from onelane.storage.platforms.accounts import Platform
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.gate.credentials import GRANT, MICROSOFT
from onelane.tools.registry.ports.online import OnlineSettings


class NoClientId(BadRequest):
    """The platform does not know Onelane: register an application there, and set its client id."""

    code = "no_client_id"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a platform lets accounts sign in.

    Args:
        name: what people call it
        word: what the person types for it
        client_id: which application asks
        client_secret: the application's, where it has one
        auth_url: what the person's browser opens
        token_url: where codes and refresh tokens become access tokens
        revoke_url: where a grant is given back; None where the platform has no such place
        sends_secret_by: how the application proves itself, in OAuth's words
        takes_pkce: whether a code challenge is taken
        takes_any_port: whether the redirect may come back to another port than the registered one
        extra: what its sign-in page is told besides
    """

    name: str
    word: str
    client_id: str
    client_secret: SecretStr | None
    auth_url: str
    token_url: str
    revoke_url: str | None
    sends_secret_by: str
    takes_pkce: bool = True
    takes_any_port: bool = False
    extra: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def secret_method(self) -> str:
        """How the application proves itself at the token's address, in OAuth's words."""
        return "none" if self.client_secret is None else self.sends_secret_by


def provider_of(settings: OnlineSettings, platform: Platform, part: str = GRANT) -> Provider:
    """Who lets accounts of a platform sign in.

    Args:
        settings: where they are
        platform: of which platform
        part: for which part of an account's credentials

    Raises:
        NoClientId: the settings name no application there
        BadRequest: nobody signs in to this platform
    """
    if part == MICROSOFT:
        return microsoft(settings)
    if platform is Platform.X:
        return _x(settings)
    if platform is Platform.GMAIL:
        return _google(settings)
    if platform is Platform.LINKEDIN:
        return _linkedin(settings)
    raise BadRequest(f"Accounts of {platform.label} do not sign in: it is known from its export files.")


def microsoft(settings: OnlineSettings) -> Provider:
    """Who lets mailboxes at Microsoft sign in.

    Raises:
        NoClientId: the settings name no application there
    """
    tenant = settings.microsoft_tenant
    return Provider(
        name="Microsoft",
        word=MICROSOFT,
        client_id=_client_id(settings.microsoft_client_id, "Microsoft", "ONELANE_MICROSOFT_CLIENT_ID", settings),
        client_secret=None,
        auth_url=settings.microsoft_auth_url.replace("{tenant}", tenant),
        token_url=settings.microsoft_token_url.replace("{tenant}", tenant),
        revoke_url=None,
        sends_secret_by="none",
        takes_any_port=True,
    )


def _x(settings: OnlineSettings) -> Provider:
    return Provider(
        name="X",
        word="x",
        client_id=_client_id(settings.x_client_id, "X", "ONELANE_X_CLIENT_ID", settings),
        client_secret=settings.x_client_secret,
        auth_url=settings.x_auth_url,
        token_url=settings.x_token_url,
        revoke_url=settings.x_revoke_url,
        sends_secret_by="client_secret_basic",
    )


def _google(settings: OnlineSettings) -> Provider:
    return Provider(
        name="Google",
        word="gmail",
        client_id=_client_id(settings.google_client_id, "Google", "ONELANE_GOOGLE_CLIENT_ID", settings),
        client_secret=settings.google_client_secret,
        auth_url=settings.google_auth_url,
        token_url=settings.google_token_url,
        revoke_url=settings.google_revoke_url,
        sends_secret_by="client_secret_post",
        takes_any_port=True,
        # Without both of them Google gives a refresh token at the first time only.
        extra={"access_type": "offline", "prompt": "consent"},
    )


def _linkedin(settings: OnlineSettings) -> Provider:
    return Provider(
        name="LinkedIn",
        word="linkedin",
        client_id=_client_id(settings.linkedin_client_id, "LinkedIn", "ONELANE_LINKEDIN_CLIENT_ID", settings),
        client_secret=settings.linkedin_client_secret,
        auth_url=settings.linkedin_auth_url,
        token_url=settings.linkedin_token_url,
        revoke_url=None,
        sends_secret_by="client_secret_post",
        # LinkedIn switches it on for an application only when it is asked to.
        takes_pkce=False,
    )


_OTHER_WAYS = {
    "Google": " To send mail and see its answers, none is needed: the person makes an app password at Google and types "
    "onelane accounts connect smtp --address ADDRESS at a terminal, or connects it on the settings page."
}
"""What works without an application of one's own."""


def _client_id(client_id: str | None, name: str, variable: str, settings: OnlineSettings) -> str:
    if client_id is None:
        without = _OTHER_WAYS.get(name, "")
        raise NoClientId(
            f"{name} does not know this Onelane yet. Register an application of your own at {name} with the redirect "
            f"address {settings.oauth_redirect_url}, set its client id as {variable}, and try again.{without}"
        )
    return client_id
