"""Signing in by OAuth 2.0, as Authlib speaks it over our own HTTP client (docs/platforms.md, "Accounts").

Three things Authlib does not do are done by whoever uses this: renewing under a lock, looking for `error` in the
address to which the browser comes back, and keeping what came.
"""

import json
import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from onelane.tools.platforms.online.failures import (
    AgainNow,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnreadableAnswer,
)
from onelane.tools.platforms.online.grants import Grant
from onelane.tools.platforms.online.providers import Provider
from onelane.tools.registry.json_depth import check_depth

if TYPE_CHECKING:
    import httpx2

ANSWER_SECONDS = 30
"""So long the platform may take for a token: whoever waits for the lock waits longer."""
_LONGEST = timedelta(days=3660)
"""An instant behind that is no date that a platform means."""
_OF_THE_APPLICATION = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})
_TOKEN = re.compile(r"[!-~]+")
"""What a header can carry."""
_BUSY = (408, 425, 429)
_PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_BEGIN_AGAIN = "Nothing was changed. Begin the sign-in again: its code is good for a short time, and once."

Connect = Callable[[], "httpx2.Client"]


def authorize_url(provider: Provider, *, redirect_url: str, scopes: str, state: str, verifier: str) -> str:
    """The address at which the person lets Onelane in.

    Args:
        provider: whose
        redirect_url: where the browser comes back to
        scopes: what is asked for, with spaces between
        state: by which the answer is known as that to this question
        verifier: what only whoever asked knows
    """
    client = _client(provider, None, redirect_url=redirect_url, scopes=scopes)
    proof = {"code_verifier": verifier} if provider.takes_pkce else {}
    address, _ = client.create_authorization_url(provider.auth_url, state=state, **proof, **provider.extra)
    return address


def exchange_code(
    provider: Provider, connect: Connect, *, code: str, redirect_url: str, verifier: str, scopes: str, now: datetime
) -> Grant:
    """Turn the code that the browser brought into a grant.

    Args:
        provider: who gave the code
        connect: makes the HTTP client
        code: good for one time, and half a minute
        redirect_url: as in the address that the person opened
        verifier: as in that address
        scopes: what was asked for; platforms need not repeat it
        now: when the answer counts from

    Raises:
        PlatformFailure: no grant came of it
    """
    proof = {"code_verifier": verifier} if provider.takes_pkce else {}
    try:
        with _asking(provider, connect, code, redirect_url=redirect_url) as client:
            answer = client.fetch_token(provider.token_url, grant_type="authorization_code", code=code, **proof)
            return _grant(answer, now, Grant("", scopes=tuple(scopes.split())))
    except SignInAgain as error:
        raise SignInAgain(f"{error.message} {_BEGIN_AGAIN}") from error


def renew(provider: Provider, connect: Connect, grant: Grant, *, now: datetime) -> Grant:
    """Get the next access token; the refresh token may be spent by asking, whatever comes back.

    Args:
        provider: who gave the grant
        connect: makes the HTTP client
        grant: with a refresh token
        now: when the answer counts from

    Raises:
        SignInAgain: the platform refuses it for good
        PlatformFailure: it did not answer, or not now
    """
    with _asking(provider, connect, grant.refresh_token or "") as client:
        return _grant(client.refresh_token(provider.token_url, refresh_token=grant.refresh_token), now, grant)


def revoke(provider: Provider, connect: Connect, grant: Grant) -> None:
    """Give a grant back, where the platform takes it.

    Raises:
        PlatformFailure: it did not
    """
    if provider.revoke_url is None:
        return
    token = grant.refresh_token or grant.access_token
    with _asking(provider, connect, token) as client:
        answer: httpx2.Response = client.revoke_token(provider.revoke_url, token=token)
        if answer.status_code >= 400:
            raise AgainNow(f"{provider.name} did not take the sign-in back (HTTP {answer.status_code}).")


class _Posts:
    """Sends what Authlib wants sent, and reads no more of the answer than is sensible.

    Args:
        client: our HTTP client
        secret: what is not to be told of an answer that can't be read
    """

    def __init__(self, client: "httpx2.Client", secret: str) -> None:
        self._client = client
        self._secret = secret

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> "httpx2.Response":
        import httpx2

        from onelane.tools.platforms.online.answers import hear

        ends_at = time.monotonic() + ANSWER_SECONDS
        with self._client.stream("POST", url, data=data, headers=headers, auth=auth) as response:
            answer = hear(response, ends_at=ends_at, timer=time.monotonic, secret=self._secret)
        check_depth(answer.content)
        return httpx2.Response(answer.status, content=answer.content, request=response.request)


@contextmanager
def _asking(provider: Provider, connect: Connect, secret: str, *, redirect_url: str | None = None) -> Generator[Any]:
    """Authlib's client, whose failures are told as ours."""
    import httpx2

    error_class: type[Exception] = import_module("authlib.oauth2.base").OAuth2Error
    try:
        with connect() as http:
            yield _client(provider, _Posts(http, secret), redirect_url=redirect_url)
    except error_class as error:
        raise _failure(provider, error) from None
    except httpx2.HTTPStatusError as error:
        raise _failure_of_status(provider, error.response.status_code) from None
    except httpx2.TransportError as error:
        raise AgainNow(f"{provider.name} did not answer. Try again.") from error
    except ValueError:
        raise UnreadableAnswer(f"What {provider.name} answered can't be read. Try again later.", raw="") from None


def _client(provider: Provider, posts: _Posts | None, *, redirect_url: str | None, scopes: str | None = None) -> Any:
    client = import_module("authlib.oauth2.client").OAuth2Client(
        posts,
        client_id=provider.client_id,
        client_secret=None if provider.client_secret is None else provider.client_secret.get_secret_value(),
        token_endpoint_auth_method=provider.secret_method,
        revocation_endpoint_auth_method=provider.secret_method,
        redirect_uri=redirect_url,
        scope=scopes,
        code_challenge_method="S256" if provider.takes_pkce else None,
    )
    client.client_auth_class = import_module("authlib.integrations.httpx_client").OAuth2ClientAuth
    for answer in ("access_token_response", "refresh_token_response"):
        client.register_compliance_hook(answer, _with_plain_end)
    return client


def _with_plain_end(response: "httpx2.Response") -> "httpx2.Response":
    """The same answer without an end that Authlib could not read; what is no token and names no error is refused."""
    import httpx2

    try:
        body: object = json.loads(response.content)
    except ValueError:
        return response
    if not isinstance(body, dict):
        return response
    plain = cast("dict[str, Any]", body)
    if isinstance(plain.get("error"), str) and response.status_code not in _BUSY:
        error = {"error": plain["error"], "error_description": str(plain.get("error_description") or "")}
        return httpx2.Response(response.status_code, json=error, request=response.request)
    if response.status_code >= 300:
        response.raise_for_status()
    plain["ends_in"] = plain.pop("expires_in", None)
    plain.pop("expires_at", None)
    return httpx2.Response(response.status_code, json=plain, request=response.request)


def _grant(answer: Mapping[str, Any], now: datetime, old: Grant) -> Grant:
    """The grant that an answer brings; what it leaves out is as it was."""
    token = answer.get("access_token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise UnreadableAnswer("The platform's answer has no access token. Try again later.", raw="")
    expires_at = _after(now, answer.get("ends_in"))
    refresh_token = _text(answer.get("refresh_token")) or old.refresh_token
    ends_at = _after(now, answer.get("refresh_token_expires_in")) or old.ends_at
    scope = _text(answer.get("scope"))
    return replace(
        old,
        access_token=token,
        refresh_token=refresh_token,
        expires_at=expires_at,
        scopes=old.scopes if scope is None else tuple(scope.replace(",", " ").split()),
        # Without a refresh token nothing comes after this access token.
        ends_at=ends_at if refresh_token is not None else expires_at,
        is_over=False,
        id_token=_text(answer.get("id_token")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _after(now: datetime, seconds: object) -> datetime | None:
    """The instant so many seconds from now, which some write as text; None where it is no sensible number."""
    try:
        length = timedelta(seconds=int(float(str(seconds))))
    except (ValueError, OverflowError):
        return None
    return now + length if timedelta() < length < _LONGEST else None


def _failure(provider: Provider, error: Any) -> PlatformFailure:
    """What it means that the platform answered with an error of OAuth."""
    name = re.sub("[^a-z_]", "", str(error.error))[:60]
    if name in _PASSING:
        return AgainNow(f"{provider.name} can't sign anybody in at the moment. Try again in a while.")
    if name in _OF_THE_APPLICATION:
        return PersonMustAct(
            f"{provider.name} does not know the application by which Onelane asks ({name}). Look at the "
            f"client id and secret in the settings, and at the application at {provider.name}."
        )
    return SignInAgain(f"{provider.name} refused the sign-in ({name}).")


def _failure_of_status(provider: Provider, status: int) -> PlatformFailure:
    if status >= 500 or status in _BUSY:
        return AgainNow(f"{provider.name} can't sign anybody in at the moment (HTTP {status}). Try again in a while.")
    return UnreadableAnswer(
        f"{provider.name} refused the sign-in and did not say why (HTTP {status}). Try again in a while; if that "
        "changes nothing, look at the addresses and the client id in the settings.",
        raw="",
    )
