"""One sign-in, from the address that the person opens to the account that is kept (docs/platforms.md, "Signing in").

Code, verifier and state are in memory only, and only as long as the sign-in lasts.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.online.grants import Grant
from onelane.tools.platforms.online.oauth import authorize_url, exchange_code
from onelane.tools.platforms.online.providers import Provider
from onelane.tools.platforms.online.sign_in.redirect import code_in, pasted_code
from onelane.tools.registry.context import Services
from onelane.tools.registry.gate.deciding import check_writable

TIMEOUT_SECONDS = 300
"""So long a sign-in is waited for, where nothing else is said."""
_STATE_BYTES, _VERIFIER_BYTES = 32, 48


class Purpose(Protocol):
    """What a sign-in is for."""

    def provider(self, services: Services) -> Provider:
        """Who lets the account in.

        Raises:
            NoClientId: they do not know Onelane
        """
        ...

    def scopes(self, services: Services) -> Sequence[str]:
        """What is asked for."""
        ...

    def keep(self, services: Services, grant: Grant) -> Account:
        """Keep what was granted as that of its account.

        Raises:
            ToolError: nobody says whose it is, or it is of no use; nothing was changed
        """
        ...


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that has begun.

    Args:
        purpose: what it is for
        provider: who lets it in
        scopes: what is asked for
        url: what the person opens
        redirect_url: where the browser comes back to
        expires_at: until when it is waited for
        state: by which the answer is known
        verifier: what proves that the code is ours
    """

    purpose: Purpose
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

    def pasted_code(self, text: str) -> str:
        """The code in what a person pasted; see `redirect.pasted_code`."""
        return pasted_code(text, state=self.state, name=self.provider.name)


def begin_sign_in(
    services: Services, purpose: Purpose, redirect_url: str, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> SignIn:
    """Begin a sign-in.

    Raises:
        Forbidden: nothing may be changed here
        NoClientId: the platform does not know Onelane
    """
    check_writable(services)
    provider, scopes = purpose.provider(services), " ".join(purpose.scopes(services))
    state, verifier = secrets.token_urlsafe(_STATE_BYTES), secrets.token_urlsafe(_VERIFIER_BYTES)
    url = authorize_url(provider, redirect_url=redirect_url, scopes=scopes, state=state, verifier=verifier)
    return SignIn(
        purpose=purpose,
        provider=provider,
        scopes=scopes,
        url=url,
        redirect_url=redirect_url,
        expires_at=services.database.clock() + timedelta(seconds=timeout_seconds),
        state=state,
        verifier=verifier,
    )


def complete_sign_in(services: Services, sign_in: SignIn, code: str) -> Account:
    """Turn the code into a grant, and keep it as that of its account.

    Raises:
        ToolError: there was none, or it is of no use; nothing was changed
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
    return sign_in.purpose.keep(services, grant)
