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
    x_client_secret: Secret | None = None
    x_api_url: str = _usual("x_api_url")
    x_auth_url: str = _usual("x_auth_url")
    x_token_url: str = _usual("x_token_url")
    x_revoke_url: str = _usual("x_revoke_url")
    x_monthly_usd: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = 10.0
    google_client_id: Word | None = None
    google_client_secret: Secret | None = None
    google_api_url: str = _usual("google_api_url")
    people_api_url: str = _usual("people_api_url")
    google_userinfo_url: str = _usual("google_userinfo_url")
    google_auth_url: str = _usual("google_auth_url")
    google_token_url: str = _usual("google_token_url")
    google_revoke_url: str = _usual("google_revoke_url")
    linkedin_client_id: Word | None = None
    linkedin_client_secret: Secret | None = None
    linkedin_api_url: str = _usual("linkedin_api_url")
    linkedin_auth_url: str = _usual("linkedin_auth_url")
    linkedin_token_url: str = _usual("linkedin_token_url")
    microsoft_client_id: Word | None = None
    microsoft_tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,100}$")] = _usual("microsoft_tenant")
    microsoft_auth_url: str = _usual("microsoft_auth_url")
    microsoft_token_url: str = _usual("microsoft_token_url")
    oauth_redirect_url: str = _usual("oauth_redirect_url")

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
