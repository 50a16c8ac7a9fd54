"""The port to the platforms' APIs: where they are, as whom Onelane asks, and by which client (docs/platforms.md)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from pydantic import SecretStr

from onelane.tools.registry.ports.trust import trusted_certificates

if TYPE_CHECKING:
    import httpx2

TIMEOUT_SECONDS = 30
X_API_URL, X_AUTH_URL = "https://api.x.com", "https://x.com/i/oauth2/authorize"
X_TOKEN_URL, X_REVOKE_URL = "https://api.x.com/2/oauth2/token", "https://api.x.com/2/oauth2/revoke"
GOOGLE_API_URL, PEOPLE_API_URL = "https://gmail.googleapis.com", "https://people.googleapis.com"
GOOGLE_USERINFO_URL = "https://openidconnect.googleapis.com/v1/userinfo"
GOOGLE_AUTH_URL = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_TOKEN_URL, GOOGLE_REVOKE_URL = "https://oauth2.googleapis.com/token", "https://oauth2.googleapis.com/revoke"
LINKEDIN_API_URL = "https://api.linkedin.com"
LINKEDIN_AUTH_URL = "https://www.linkedin.com/oauth/v2/authorization"
LINKEDIN_TOKEN_URL = "https://www.linkedin.com/oauth/v2/accessToken"
MICROSOFT_AUTH_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize"
MICROSOFT_TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
REDIRECT_URL = "http://127.0.0.1:8766/callback"


@dataclass(frozen=True, slots=True)
class OnlineSettings:
    """What the environment says about the platforms; each field is `ONELANE_` and its name in capitals."""

    x_client_id: str | None = None
    x_client_secret: SecretStr | None = None
    x_api_url: str = X_API_URL
    x_auth_url: str = X_AUTH_URL
    x_token_url: str = X_TOKEN_URL
    x_revoke_url: str = X_REVOKE_URL
    x_monthly_usd: float = 10.0
    """At most so much is spent on X, posts included, per account and month (UTC); 0 forbids what costs."""
    google_client_id: str | None = None
    google_client_secret: SecretStr | None = None
    google_api_url: str = GOOGLE_API_URL
    people_api_url: str = PEOPLE_API_URL
    google_userinfo_url: str = GOOGLE_USERINFO_URL
    google_auth_url: str = GOOGLE_AUTH_URL
    google_token_url: str = GOOGLE_TOKEN_URL
    google_revoke_url: str = GOOGLE_REVOKE_URL
    linkedin_client_id: str | None = None
    linkedin_client_secret: SecretStr | None = None
    linkedin_api_url: str = LINKEDIN_API_URL
    linkedin_auth_url: str = LINKEDIN_AUTH_URL
    linkedin_token_url: str = LINKEDIN_TOKEN_URL
    microsoft_client_id: str | None = None
    microsoft_tenant: str = "common"
    microsoft_auth_url: str = MICROSOFT_AUTH_URL
    microsoft_token_url: str = MICROSOFT_TOKEN_URL
    oauth_redirect_url: str = REDIRECT_URL


def direct_client() -> "httpx2.Client":
    """A client that follows no redirect and waits at most half a minute."""
    import httpx2

    return httpx2.Client(verify=trusted_certificates(), timeout=TIMEOUT_SECONDS, follow_redirects=False)


class OneWait:
    """The one thing that a process waits for in the background, such as a sign-in; another takes its place.

    What it is about is kept beside it, also once it is over, so that whoever comes back to it finds it.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._stop: Callable[[], None] = _nothing_to_stop
        self.about: object = None
        self.is_waiting = False

    def replace(self, begin: "Callable[[], tuple[object, Callable[[], None]]]") -> None:
        """End the wait, then begin another.

        Args:
            begin: begins it; gives what it is about, and what ends it
        """
        with self._guard:
            self._end()
            self.about, self._stop = begin()
            self.is_waiting = True

    def stop(self) -> None:
        """End the wait, if there is one."""
        with self._guard:
            self._end()

    def _end(self) -> None:
        self._stop()
        self.about, self._stop, self.is_waiting = None, _nothing_to_stop, False


def _nothing_to_stop() -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True)
class Online:
    """How the platforms are asked.

    Args:
        settings: where they are, and as whom
        connect: makes the HTTP client; tests hand in one whose transport answers by itself
        home: where the lock files of accounts are; None where the database is shared by machines
    """

    settings: OnlineSettings = field(default_factory=OnlineSettings)
    connect: "Callable[[], httpx2.Client]" = direct_client
    home: Path | None = None
    sign_in: OneWait = field(default_factory=OneWait)
    """The sign-in that was begun from a chat or over REST."""
    pause: Callable[[float], None] = sleep
    """Lets so many seconds pass; whoever hands in a clock hands this in as well."""
