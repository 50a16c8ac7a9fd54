"""What is asked at a sign-in is what X's own client asks, as it was recorded."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.online.oauth import authorize_url, exchange_code
from onelane.tools.platforms.online.providers import Provider, provider_of
from onelane.tools.registry.ports.online import OnlineSettings

VERIFIER = "v" * 64
SCOPES = "tweet.read users.read offline.access"
REDIRECT = "http://127.0.0.1:8765/callback"


def recorded(contracts: Path, name: str) -> dict[str, Any]:
    return json.loads((contracts / "official-client-requests" / "x.json").read_text())["requests"][name]


def provider(kind: str) -> Provider:
    secret = SecretStr("secret") if kind == "confidential" else None
    return provider_of(OnlineSettings(x_client_id="cid", x_client_secret=secret), Platform.X)


@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_the_address_to_open_is_that_of_xs_own_client(contracts: Path, kind: str) -> None:
    wanted = recorded(contracts, f"oauth.{kind}.authorize")
    address = authorize_url(provider(kind), redirect_url=REDIRECT, scopes=SCOPES, state="st", verifier=VERIFIER)
    assert address.partition("?")[0] == wanted["url"]
    assert sorted(map(list, parse_qsl(urlsplit(address).query))) == sorted(wanted["query"])


@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_a_code_is_exchanged_as_xs_own_client_does_it(contracts: Path, kind: str) -> None:
    wanted = recorded(contracts, f"oauth.{kind}.exchange")
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(200, json=json.loads((contracts / "oauth" / "x.token-200.json").read_text()))

    grant = exchange_code(
        provider(kind),
        lambda: httpx2.Client(transport=httpx2.MockTransport(answer)),
        code="code1",
        redirect_url=REDIRECT,
        verifier=VERIFIER,
        scopes=SCOPES,
        now=datetime(2026, 11, 26, tzinfo=UTC),
    )
    (request,) = sent
    assert (request.method, request.url.path) == (wanted["method"], wanted["path"])
    assert sorted(map(list, parse_qsl(request.content.decode()))) == sorted(wanted["body"])
    assert request.headers["content-type"].startswith(wanted["content_type"])
    assert request.headers.get("authorization", "").partition(" ")[0] == (wanted["auth_scheme"] or "")
    assert (grant.access_token, grant.refresh_token) == ("x-access-0001", "x-refresh-0002")
