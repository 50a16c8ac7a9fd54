"""One client asks all platforms: signs in, reads only so much, and says what helps when something fails."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx2
import orjson
import pytest

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, Fault, serve_double
from onelane.storage.database.engine import Database
from onelane.tools.platforms.online.failure_table import PlatformKey, platform_rules
from onelane.tools.platforms.online.failures import (
    AgainAt,
    AgainNow,
    CursorExpired,
    NothingThere,
    OurFault,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnknownParameter,
    UnreadableAnswer,
)
from onelane.tools.platforms.online.http_client import PlatformClient
from onelane.tools.platforms.online.limits import RateLimits
from tests.tools.platforms.online.asking import SeenBearer, client_of, online_account

GOOD = {"data": {"id": "12"}}


def answer(status: int, body: object = None, **headers: str) -> Callable[[httpx2.Request], httpx2.Response]:
    """The same answer to every request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
    return lambda request: httpx2.Response(status, content=content, headers=named)


def test_a_request_carries_the_token_and_its_answer_is_json_with_the_server_s_date(sqlite_database: Database) -> None:
    seen: list[httpx2.Request] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=GOOD, headers={"Date": "Mon, 02 Nov 2026 09:04:05 GMT"})

    with client_of(sqlite_database, answering) as client:
        found = client.get("me", "/2/users/me", {"user.fields": "id,name", "max_results": 5})
    assert (found.body, found.date.isoformat()) == (GOOD, "2026-11-02T09:04:05+00:00")
    assert str(seen[0].url) == "https://api.example.com/2/users/me?user.fields=id%2Cname&max_results=5"
    assert seen[0].headers["authorization"] == "Bearer token-1"


def test_what_is_sent_is_json_in_utf_8(sqlite_database: Database) -> None:
    seen: list[bytes] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.content)
        return httpx2.Response(201)

    with client_of(sqlite_database, answering) as client:
        assert client.post("post", "/2/tweets", {"text": "Grüße"}).body is None
    assert seen == ['{"text":"Grüße"}'.encode()]


def test_a_token_that_is_refused_is_renewed_once(sqlite_database: Database) -> None:
    account = online_account(sqlite_database)
    bearer = SeenBearer(account.id)

    def answering(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200 if request.headers["authorization"].endswith("2") else 401, json=GOOD)

    with client_of(sqlite_database, answering, bearer=bearer) as client:
        assert client.get("me", "/2/users/me").body == GOOD
    assert bearer.refused == ["token-1"]
    bearer = SeenBearer(account.id)
    with client_of(sqlite_database, answer(401, {}), bearer=bearer) as client, pytest.raises(SignInAgain):
        client.get("me", "/2/users/me")
    assert bearer.refused == ["token-1"]


def test_an_address_that_leads_elsewhere_is_not_followed(sqlite_database: Database) -> None:
    seen: list[str] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.host)
        return httpx2.Response(302, headers={"Location": "https://elsewhere.example.org/"})

    with client_of(sqlite_database, answering) as client, pytest.raises(PersonMustAct, match="leads elsewhere"):
        client.get("me", "/2/users/me")
    assert seen == ["api.example.com"]


def piecewise(content: bytes, size: int = 65536) -> Iterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


def packed(content: bytes, **headers: str) -> Callable[[httpx2.Request], httpx2.Response]:
    """A body that comes piece by piece and as it was sent."""
    return lambda request: httpx2.Response(200, content=piecewise(content), headers=headers)


def test_a_packed_answer_is_unpacked(sqlite_database: Database) -> None:
    content = gzip.compress(orjson.dumps(GOOD))
    for pieces in (content, content + b"more behind the end"):
        with client_of(sqlite_database, packed(pieces, **{"Content-Encoding": "gzip"})) as client:
            assert client.get("me", "/2/users/me").body == GOOD


def bomb() -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(12)) + packer.flush()


@pytest.mark.parametrize(
    ("answering", "why"),
    [
        pytest.param(packed(bomb(), **{"Content-Encoding": "gzip"}), "larger than 10 MB", id="a bomb"),
        pytest.param(packed(gzip.compress(bomb()), **{"Content-Encoding": "gzip, gzip"}), "packed", id="packed twice"),
        pytest.param(packed(b"{}", **{"Content-Encoding": "zstd"}), "packed", id="packed otherwise"),
        pytest.param(packed(b'"' + b"a" * 10_000_001 + b'"'), "larger than 10 MB", id="too large"),
        pytest.param(packed(gzip.compress(b"{}")[:-9], **{"Content-Encoding": "gzip"}), "breaks off", id="packed, cut"),
        pytest.param(packed(b"no gzip", **{"Content-Encoding": "gzip"}), "breaks off", id="not packed"),
        pytest.param(answer(200, b"<html>Sign in to the hotel</html>"), "no JSON", id="a page"),
        pytest.param(answer(200, b"[" * 101 + b"]" * 101), "deeper than 100 levels", id="too deep"),
        pytest.param(answer(200, b'{"a": NaN}'), "no JSON", id="no number"),
        pytest.param(answer(200, b'{"a": '), "no JSON", id="cut"),
        pytest.param(answer(204), "without saying anything", id="nothing"),
    ],
)
def test_an_answer_that_can_not_be_read_is_refused(
    sqlite_database: Database, answering: Callable[[httpx2.Request], httpx2.Response], why: str
) -> None:
    with client_of(sqlite_database, answering) as client, pytest.raises(UnreadableAnswer, match=why):
        client.get("followers", "/2/users/12/followers")


def test_numbers_and_characters_of_an_answer_come_as_they_are_meant(sqlite_database: Database) -> None:
    body = b'\xef\xbb\xbf{"id": 98765432109876543210, "name": "\\ud83d", "pair": "\\ud83d\\ude00", "odd": "\xff"}'
    with client_of(sqlite_database, answer(200, body)) as client:
        found = client.get("me", "/2/users/me").body
    assert found == {"id": 98765432109876543210, "name": "�", "pair": "😀", "odd": "�"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_an_answer_in_another_encoding_of_unicode_is_read(sqlite_database: Database, encoding: str) -> None:
    name = 'Zoë 😀 [[{"' * 40
    body = json.dumps({"name": name}, ensure_ascii=False).encode(encoding)
    with client_of(sqlite_database, answer(200, body)) as client:
        assert client.get("me", "/2/users/me").body == {"name": name}
    deep = ("[" * 101 + "]" * 101).encode(encoding)
    with (
        client_of(sqlite_database, answer(200, deep)) as client,
        pytest.raises(UnreadableAnswer, match="deeper than 100"),
    ):
        client.get("me", "/2/users/me")


def test_the_beginning_of_an_unreadable_answer_is_kept_without_credentials(sqlite_database: Database) -> None:
    page = b'<p>token-1</p> access_token=abc&x "refresh_token": "def" Authorization: Bearer ghi ' + "ü".encode() * 9000
    with client_of(sqlite_database, answer(200, page)) as client, pytest.raises(UnreadableAnswer) as failure:
        client.get("me", "/2/users/me")
    kept = str((failure.value.details or {})["answer"])
    assert 4000 < len(kept.encode()) <= 4096
    assert not [secret for secret in ("token-1", "abc", "def", "ghi") if secret in kept]


def test_a_drip_ends_at_the_deadline(sqlite_database: Database) -> None:
    seconds = count()
    with (
        client_of(
            sqlite_database,
            lambda request: httpx2.Response(200, content=piecewise(b" " * 1000, 1)),
            timer=lambda: next(seconds),
        ) as client,
        pytest.raises(AgainNow),
    ):
        client.get("me", "/2/users/me")
    assert next(seconds) < 70


def tell_good(request: DoubleRequest) -> DoubleAnswer:
    return DoubleAnswer(200, GOOD)


def test_faults_of_a_real_connection_are_told_apart(sqlite_database: Database) -> None:
    faults = {1: Fault.CUT, 2: Fault.UNAVAILABLE, 4: Fault.SIGNED_OUT}
    double = Double({"GET /2/users/me": tell_good}, faults)
    bearer = SeenBearer(online_account(sqlite_database).id)
    limits = RateLimits(sqlite_database, bearer.account_id, platform_rules("x"))
    with (
        serve_double(double) as running,
        PlatformClient(bearer, running.url, limits, lambda: httpx2.Client(timeout=10), sqlite_database.clock) as client,
    ):
        with pytest.raises(UnreadableAnswer, match="breaks off"):
            client.get("me", "/2/users/me")
        with pytest.raises(AgainNow):
            client.get("me", "/2/users/me")
        assert client.get("me", "/2/users/me").body == GOOD
        assert client.get("me", "/2/users/me").body == GOOD
    assert bearer.refused == ["token-1"]
    with (
        PlatformClient(bearer, running.url, limits, lambda: httpx2.Client(timeout=10), sqlite_database.clock) as client,
        pytest.raises(AgainNow),
    ):
        client.get("me", "/2/users/me")


FAILURES: list[tuple[PlatformKey, str, str, int, type[PlatformFailure]]] = [
    ("x", "users.tweets", "answers/x/error-400-unknown-parameter.json", 400, UnknownParameter),
    ("x", "me", "answers/x/error-401.json", 401, SignInAgain),
    ("x", "followers", "answers/x/error-402-credits.json", 402, PersonMustAct),
    ("x", "me", "answers/x/error-403-app-only.json", 403, SignInAgain),
    ("x", "followers", "answers/x/error-403-scope.json", 403, PersonMustAct),
    ("x", "followers", "answers/x/error-429.json", 429, AgainAt),
    ("x", "followers", "answers/x/error-429-code88.json", 429, AgainAt),
    ("x", "followers", "answers/x/error-429-usage-cap.json", 429, PersonMustAct),
    ("x", "followers", "answers/x/error-503.json", 503, AgainNow),
    (
        "google",
        "people.connections",
        "answers/google/people.expired-sync-token-400.invalid-argument.json",
        400,
        CursorExpired,
    ),
    ("google", "people.connections", "google/people.expired-sync-token-400.json", 400, CursorExpired),
    ("google", "people.connections", "google/people.expired-sync-token-400.json", 410, CursorExpired),
    ("google", "people.connections", "answers/google/people.error-429-quota.json", 429, AgainAt),
    ("google", "people.connections", "answers/google/people.error-403-scope.json", 403, PersonMustAct),
    ("google", "gmail.messages", "google/gmail.error-403-userRateLimitExceeded.json", 403, AgainAt),
    ("google", "gmail.messages", "google/gmail.error-429-rateLimitExceeded.json", 429, AgainAt),
    ("google", "gmail.messages", "google/gmail.error-403-metadata-scope-q.json", 403, PersonMustAct),
    ("google", "gmail.history", "google/gmail.history-404.json", 404, CursorExpired),
    ("google", "gmail.history", "google/gmail.history-404.json", 410, CursorExpired),
    ("google", "gmail.message", "google/gmail.history-404.json", 404, NothingThere),
    ("google", "gmail.message", "google/gmail.history-404.json", 410, NothingThere),
    ("google", "gmail.profile", "google/error-401.json", 401, SignInAgain),
    ("linkedin", "snapshot", "answers/linkedin/snapshot-404.json", 404, NothingThere),
    ("linkedin", "snapshot", "answers/oauth/linkedin.error-401-expired.json", 401, SignInAgain),
    ("linkedin", "userinfo", "answers/oauth/linkedin.error-403-userinfo.json", 403, PersonMustAct),
    ("linkedin", "snapshot", "oauth/linkedin.connections-403.json", 403, PersonMustAct),
]


@pytest.mark.parametrize(("platform", "endpoint", "file", "status", "kind"), FAILURES)
def test_a_failure_is_told_by_status_and_body(
    sqlite_database: Database,
    contracts: Path,
    platform: PlatformKey,
    endpoint: str,
    file: str,
    status: int,
    kind: type[PlatformFailure],
) -> None:
    body = (contracts / file).read_bytes()
    with (
        client_of(sqlite_database, answer(status, body), platform=platform) as client,
        pytest.raises(PlatformFailure) as failure,
    ):
        client.get(endpoint, "/anything")
    assert type(failure.value) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, b"<html>Bad gateway</html>", AgainNow),
        (502, None, AgainNow),
        (400, {"title": "Invalid Request", "errors": [{"message": "max_results is 1 to 1000"}]}, OurFault),
        (418, [], OurFault),
        (600, None, OurFault),
        (403, {"type": "https://api.x.com/2/problems/client-forbidden", "title": "Client Forbidden"}, PersonMustAct),
        (404, {"title": "Not Found Error"}, NothingThere),
    ],
)
def test_a_failure_that_nobody_knows_is_told_by_its_status(
    sqlite_database: Database, status: int, body: object, kind: type[PlatformFailure]
) -> None:
    with client_of(sqlite_database, answer(status, body)) as client, pytest.raises(PlatformFailure) as failure:
        client.get("followers", "/2/users/12/followers")
    assert type(failure.value) is kind


@pytest.mark.parametrize(
    ("platform", "endpoint", "command"),
    [
        ("x", "followers", "connect x --feature contacts"),
        ("google", "people.connections", "connect gmail --feature contacts"),
        ("google", "gmail.messages", "connect gmail --feature mail"),
        ("google", "gmail.send", "connect gmail --feature send"),
    ],
)
def test_a_permission_that_is_missing_is_named_as_it_is_typed(
    sqlite_database: Database, platform: PlatformKey, endpoint: str, command: str
) -> None:
    with client_of(sqlite_database, answer(403, {}), platform=platform) as client, pytest.raises(PersonMustAct) as no:
        client.get(endpoint, "/anything")
    assert f"onelane accounts {command}" in no.value.message


def test_a_failure_says_what_to_do_and_what_the_platform_says(sqlite_database: Database) -> None:
    body = {"title": "CreditsDepleted", "detail": "Your account has no\ncredits" + "!" * 500, "status": 402}
    with client_of(sqlite_database, answer(402, body)) as client, pytest.raises(PersonMustAct) as failure:
        client.get("followers", "/2/users/12/followers")
    assert "Buy credits" in failure.value.message
    assert 'X says: "Your account has no credits!!' in failure.value.message
    assert len(failure.value.message) < 400
