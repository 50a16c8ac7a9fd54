"""Each of the canned answers is read: as what it holds, or as the failure that it is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.google.gmail_client import GmailClient
from onelane.tools.platforms.google.people_client import PeopleClient
from onelane.tools.platforms.linkedin.client import NotPreparedYet, SnapshotClient
from onelane.tools.platforms.online.failure_table import PlatformKey
from onelane.tools.platforms.online.failures import (
    AgainAt,
    AgainNow,
    CursorExpired,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnknownParameter,
)
from onelane.tools.platforms.online.grants import Grant
from onelane.tools.platforms.online.oauth import exchange_code, renew, revoke
from onelane.tools.platforms.online.providers import provider_of
from onelane.tools.platforms.online.sign_in.identity import identity_of
from onelane.tools.platforms.online.sign_in.redirect import code_in
from onelane.tools.platforms.x.answers import made_id, page_of, post_of
from onelane.tools.platforms.x.client import XClient
from onelane.tools.registry.ports.online import Online
from tests.databases import Clock
from tests.online_accounts import services_at, settings_at
from tests.tools.platforms.online.asking import client_of
from tests.tools.platforms.online.test_x_client import Words

REDIRECT = "http://127.0.0.1:8766/callback"


@dataclass(frozen=True)
class Canned:
    """One answer, and whoever asks for it.

    Args:
        database: for what clients keep
        content: the answer's
        status: its HTTP status
        headers: its own
    """

    database: Database
    content: bytes
    status: int
    headers: Mapping[str, str]

    def x(self, *, old: bool = False) -> XClient:
        """X's client."""
        return XClient(client_of(self.database, self._answering), Words(old))

    def people(self) -> PeopleClient:
        """The address book's."""
        return PeopleClient(self._client("google"))

    def gmail(self) -> GmailClient:
        """The mailbox's."""
        return GmailClient(self._client("google"))

    def linkedin(self, number: int = 0, **domain: Any) -> Any:
        """A page of the snapshot."""
        return SnapshotClient(self._client("linkedin")).page(domain.get("domain", "CONNECTIONS"), number)

    def who(self, platform: Platform) -> str:
        """Whose token it is."""
        services = services_at("https://api.example.com", self.database)
        return identity_of(replace(services, online=Online(connect=self._connect)), platform, "token").account_key

    def oauth(self, do: Callable[..., Any], platform: Platform, **given: Any) -> Any:
        """What comes of a step of a sign-in."""
        return do(provider_of(settings_at("https://api.example.com"), platform), self._connect, **given)

    @property
    def body(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.content)

    def _client(self, platform: PlatformKey) -> Any:
        return client_of(self.database, self._answering, platform=platform)

    def _connect(self) -> httpx2.Client:
        return httpx2.Client(transport=httpx2.MockTransport(self._answering))

    def _answering(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(self.status, content=self.content, headers=dict(self.headers))


def ids(page: Any) -> list[str]:
    return [each.id for each in page.items]


def renewed(canned: Canned) -> str | None:
    now, old = canned.database.clock(), Grant("old", "old-refresh")
    return canned.oauth(partial(renew, grant=old, now=now), Platform.X).refresh_token


def exchanged(canned: Canned) -> int:
    given = {
        "code": "c",
        "redirect_url": REDIRECT,
        "verifier": "v" * 64,
        "scopes": "a b",
        "now": canned.database.clock(),
    }
    return len(canned.oauth(exchange_code, Platform.GMAIL, **given).scopes)


def given_back(canned: Canned, platform: Platform) -> None:
    canned.oauth(revoke, platform, grant=Grant("old", "old-refresh"))


def denied(canned: Canned) -> str:
    """The redirect of somebody who said no."""
    return code_in("error=access_denied&state=st", state="st", name="Google")


def names(canned: Canned) -> list[str]:
    return [each.resource_name.removeprefix("people/") for each in canned.people().connections().people]


OLD = [f"182000000000000010{number}" for number in (4, 3, 2)]
READ: Mapping[str, tuple[Callable[[Canned], Any], object]] = {
    "x/users.me": (lambda canned: canned.x().me().id, "12"),
    "x/users.me.old-words": (lambda canned: canned.x(old=True).me().id, "12"),
    "x/followers.page1": (lambda canned: ids(canned.x().followers("12")), ["2001", "2002", "2003"]),
    "x/followers.page2": (lambda canned: len(canned.x().followers("12").items), 2),
    "x/followers.empty": (lambda canned: ids(canned.x().followers("12")), []),
    "x/followers.empty-page-with-next": (lambda canned: canned.x().followers("12").next_token, "7140dibdnow9c7btw481"),
    "x/following.page1": (lambda canned: len(canned.x().following("12").items), 2),
    "x/users.lookup.partial": (lambda canned: len(canned.x().users(["2001"]).faults), 2),
    "x/users.lookup.none": (lambda canned: canned.x().users(["2099"]).items, ()),
    "x/users.tweets.page1": (lambda canned: ids(canned.x().tweets("12")), OLD),
    "x/users.tweets.old-words": (lambda canned: ids(canned.x(old=True).tweets("12")), OLD),
    "x/users.mentions": (lambda canned: ids(canned.x().mentions("12")), ["1820000000000000201"]),
    # Nothing asks for these two any more.
    "x/users.liked_tweets": (lambda canned: len(page_of(canned.body, post_of).items), 1),
    "x/dm.send-201": (lambda canned: bool(made_id(canned.body)), True),
    "x/tweets.create-201": (lambda canned: canned.x().create_post("hi"), "1820000000000000301"),
    "x/error-400-unknown-parameter": (lambda canned: canned.x().tweets("12"), UnknownParameter),
    "x/error-401": (lambda canned: canned.x().me(), SignInAgain),
    "x/error-402-credits": (lambda canned: canned.x().followers("12"), PersonMustAct),
    "x/error-403-app-only": (lambda canned: canned.x().me(), SignInAgain),
    "x/error-403-scope": (lambda canned: canned.x().followers("12"), PersonMustAct),
    "x/error-429": (lambda canned: canned.x().followers("12"), AgainAt),
    "x/error-429-code88": (lambda canned: canned.x().following("12"), AgainAt),
    "x/error-429-usage-cap": (lambda canned: canned.x().mentions("12"), PersonMustAct),
    "x/error-503": (lambda canned: canned.x().users(["1"]), AgainNow),
    "google/people.connections.page1": (lambda canned: canned.people().connections().next_page_token, "PT-1"),
    "google/people.connections.page2": (lambda canned: canned.people().connections().next_sync_token, "ST-1"),
    "google/people.connections.delta": (names, ["c1002", "c1005", "c1006"]),
    "google/people.connections.delta-none": (names, []),
    "google/people.expired-sync-token-400.invalid-argument": (names, CursorExpired),
    "google/people.error-429-quota": (names, AgainAt),
    "google/people.error-403-scope": (names, PersonMustAct),
    "google/otherContacts.page1": (lambda canned: len(canned.people().other_contacts().people), 1),
    "google/gmail.profile": (lambda canned: canned.gmail().profile().history_id, "9004"),
    "google/gmail.messages.list.page1": (lambda canned: len(canned.gmail().messages().ids), 2),
    "google/gmail.messages.list.page2": (lambda canned: canned.gmail().messages().next_page_token, ""),
    "google/gmail.messages.list.empty": (lambda canned: canned.gmail().messages().ids, ()),
    **{
        f"google/gmail.message.{kind}": (lambda canned: bool(canned.gmail().message("18f").writers), True)
        for kind in ("inbound", "outbound", "bulk", "bounce", "autoreply")
    },
    "google/gmail.history.page1": (lambda canned: canned.gmail().history("1").mail_ids, ("18f0000000000005",)),
    "google/gmail.history.none": (lambda canned: canned.gmail().history("1").mail_ids, ()),
    "google/gmail.send-200": (lambda canned: canned.gmail().send(b"hi").thread_id, "18f0000000000001"),
    "google/gmail.drafts.create-200": (lambda canned: canned.gmail().create_draft(b"hi"), "r101"),
    "google/gmail.drafts.send-200": (lambda canned: canned.gmail().send_draft("r101").thread_id, "18f0000000000102"),
    "google/userinfo-200": (lambda canned: canned.who(Platform.GMAIL), "me@example.com"),
    "oauth/x.refresh-200-rotated": (renewed, "x-refresh-0003"),
    "oauth/x.refresh-400-used-before": (renewed, SignInAgain),
    "oauth/x.revoke-200": (lambda canned: given_back(canned, Platform.X), None),
    "oauth/google.token-200-partial-scope": (exchanged, 3),
    "oauth/google.revoke-200": (lambda canned: given_back(canned, Platform.GMAIL), None),
    "oauth/google.callback-denied": (denied, PersonMustAct),
    "oauth/linkedin.error-401-expired": (lambda canned: canned.linkedin(), SignInAgain),
    "oauth/linkedin.error-401-revoked": (lambda canned: canned.linkedin(), SignInAgain),
    "oauth/linkedin.error-403-userinfo": (lambda canned: canned.linkedin(), PersonMustAct),
    "linkedin/snapshot.CONNECTIONS.page0": (lambda canned: len(canned.linkedin().rows), 2),
    "linkedin/snapshot.CONNECTIONS.page1": (lambda canned: len(canned.linkedin(1).rows), 1),
    "linkedin/snapshot-404": (lambda canned: canned.linkedin(), NotPreparedYet),
    "linkedin/snapshot.PROFILE": (lambda canned: len(canned.linkedin(domain="PROFILE").rows), 1),
}
"""By the answer's name: what asks for it, and what comes of it."""


def test_each_canned_answer_is_read_as_what_it_holds_or_as_the_failure_that_it_is(
    contracts: Path, sqlite_database: Database, clock: Clock
) -> None:
    listed: list[dict[str, Any]] = json.loads((contracts / "answers" / "index.json").read_bytes())
    entries = {str(each["file"]).removesuffix(".json"): each for each in listed}
    assert (len(entries), entries.keys()) == (60, READ.keys())
    read: dict[str, object] = {}
    for name, entry in entries.items():
        content = (contracts / "answers" / entry["file"]).read_bytes()
        resets_at = str(int(sqlite_database.clock().timestamp()) + 900)
        said: dict[str, str] = entry.get("headers", {})
        headers = {key: resets_at if key.endswith("-reset") else value for key, value in said.items()}
        try:
            read[name] = READ[name][0](Canned(sqlite_database, content, entry["status"], headers))
        except PlatformFailure as failure:
            read[name] = type(failure)
        # What a 429 has closed is open for the next.
        clock.advance(days=40)
    assert read == {name: wanted for name, (_, wanted) in READ.items()}
