"""What the environment says about the platforms (docs/commands.md, "Platforms")."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from onelane.server.web_address import is_guarded_address, is_own_address
from onelane.tools.registry.ports.online import OnlineSettings

Word = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[!-~]+$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]
_USUAL: Mapping[str, object] = {each.name: each.default for each in fields(OnlineSettings)}
_ADDRESSES = tuple(name for name in _USUAL if name.endswith(("_api_url", "_auth_url", "_token_url", "_revoke_url")))


def _usual(name: str) -> str:
    return str(_USUAL[name])


class OnlineValues(BaseModel):
    """Where X, Google, LinkedIn and Microsoft are, and as which application Onelane asks them."""

    model_config = ConfigDict(extra="ignore")

    x_client_id: Word | None = None
    """Your application at X."""
    x_client_secret: Secret | None = None
    """Its secret, only where X calls the application confidential."""
    x_api_url: str = _usual("x_api_url")
    """Where X's API is."""
    x_auth_url: str = _usual("x_auth_url")
    """Where X asks whether the application may."""
    x_token_url: str = _usual("x_token_url")
    """Where X gives tokens."""
    x_revoke_url: str = _usual("x_revoke_url")
    """Where X takes tokens back."""
    x_monthly_usd: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = 10.0
    """At most so much is spent on X, posts included, per account and month (UTC); 0 forbids what costs."""
    google_client_id: Word | None = None
    """Your desktop application at Google."""
    google_client_secret: Secret | None = None
    """Its secret."""
    google_api_url: str = _usual("google_api_url")
    """Where Gmail's API is."""
    people_api_url: str = _usual("people_api_url")
    """Where Google's API of contacts is."""
    google_userinfo_url: str = _usual("google_userinfo_url")
    """Where Google says whose account it is."""
    google_auth_url: str = _usual("google_auth_url")
    """Where Google asks whether the application may."""
    google_token_url: str = _usual("google_token_url")
    """Where Google gives tokens."""
    google_revoke_url: str = _usual("google_revoke_url")
    """Where Google takes tokens back."""
    linkedin_client_id: Word | None = None
    """Your application at LinkedIn."""
    linkedin_client_secret: Secret | None = None
    """Its secret."""
    linkedin_api_url: str = _usual("linkedin_api_url")
    """Where LinkedIn's API is."""
    linkedin_auth_url: str = _usual("linkedin_auth_url")
    """Where LinkedIn asks whether the application may."""
    linkedin_token_url: str = _usual("linkedin_token_url")
    """Where LinkedIn gives tokens."""
    microsoft_client_id: Word | None = None
    """Your application at Microsoft."""
    microsoft_tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,100}$")] = _usual("microsoft_tenant")
    """Whose mailboxes it may open."""
    microsoft_auth_url: str = _usual("microsoft_auth_url")
    """Where Microsoft asks whether the application may; `{tenant}` stands for the tenant."""
    microsoft_token_url: str = _usual("microsoft_token_url")
    """Where Microsoft gives tokens; `{tenant}` stands for the tenant."""
    oauth_redirect_url: str = _usual("oauth_redirect_url")
    """Where the browser comes back to after a sign-in, used to the letter; http on this machine with a port."""

    @field_validator(*_ADDRESSES, "google_userinfo_url")
    @classmethod
    def _guarded(cls, value: str) -> str:
        if not is_guarded_address(value):
            raise ValueError("it must be an https address without a query; http is for this machine only")
        return value.rstrip("/")

    @field_validator("oauth_redirect_url")
    @classmethod
    def _own(cls, value: str) -> str:
        if not is_own_address(value):
            raise ValueError(f"it must be http on this machine with a port, such as {_usual('oauth_redirect_url')}")
        return value

    @property
    def online(self) -> OnlineSettings:
        """The same, as the tools read it."""
        return OnlineSettings(**{name: getattr(self, name) for name in _USUAL})
